"""Watched shops: ``include/shops.yaml``, or ``shops.yaml`` in the home folder."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from shopwatch.catalog.calendar import REGION
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.hours import Zone
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.currencies import unknown_currency
from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.nights import TIMEZONE
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import Place, closest, in_lines, line_of, nearest, read_text, read_yaml

CHINESE_PLATFORMS = frozenset({"tmall", "taobao", "jd", "doudian", "pinduoduo", "kuaishou", "xiaohongshu"})
PLATFORM_CUTOFF = 0.7
MAIN = "main"
"""Shard of a shop that names none."""


class Shop(Declaration):
    """One shop.

    ``targets``: KPI -> target, in the KPI's unit. ``closed``: weekdays without trade, on which no export is missing.
    ``ended_ad_accounts``: abandoned ad account -> last day with an expected report. ``region``: country or subdivision
    for events and holidays; if missing, derived from platform and time zone (``home_region``). ``group``: name of the
    shops that belong together, for analysts. ``stock_of``: shop whose stock lists hold this shop's goods as well, where
    one warehouse serves both. ``date_order``: of dates such as 03/11/2026 in exports whose contract declares none.
    ``shard``: name of the shops whose nights run together, apart from the others' (docs/scale.md).
    """

    name: str = ""
    title: str
    platform: str
    currency: str
    timezone: Zone = TIMEZONE
    language: Literal["zh", "en"] = "zh"
    closed: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    targets: dict[str, float] = {}
    ended_ad_accounts: dict[str, date] = {}
    date_order: Literal["day_first", "month_first"] | None = None
    region: str | None = Field(None, pattern=REGION)
    group: str | None = None
    stock_of: str | None = None
    shard: str = Field(MAIN, pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")

    @property
    def home_region(self) -> str | None:
        """Declared region, else the platform's country, else the time zone's; None if unknown."""
        return self.region or ("CN" if self.platform in CHINESE_PLATFORMS else country_of(self.timezone))

    def expects(self, ad_account: str, day: date) -> bool:
        """True if a report of the ad account is expected to cover the day."""
        return day <= self.ended_ad_accounts.get(ad_account, date.max)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Time zone -> country, from zone.tab of the IANA database."""
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}


def country_of(timezone: str) -> str | None:
    """Country of a time zone (Europe/London: GB); None for a shared zone (UTC)."""
    return _countries().get(timezone)


def load_shops(settings: Settings) -> dict[str, Shop]:
    """Shop name -> shop. Raises DeclarationError naming file and key."""
    own = settings.home / "shops.yaml"
    path: Path = own if own.exists() else settings.include / "shops.yaml"
    content = read_yaml(path)
    if not isinstance(content, dict) or not content:
        raise DeclarationError(f"{path}: declare at least one shop, as `name: {{title: ..., currency: ...}}`")
    text = read_text(path)
    shops: dict[str, Shop] = {}
    for name, shop in content.items():
        try:
            shops[name] = Shop.model_validate(shop).model_copy(update={"name": name})
        except ValidationError as error:
            raise DeclarationError(f"{path}: {name}: {in_lines(error, Shop, text, (name,))}") from error
    platforms = CHINESE_PLATFORMS | {path.name for path in (settings.include / "sources").glob("*/")}
    has_targets = any(shop.targets for shop in shops.values())
    kpis = {metric.name for metric in load_metrics(settings.include)} if has_targets else set()
    for name, shop in shops.items():
        for place, strange in (*_unknown(settings, shop, platforms, kpis), *_shared_stock(shop, shops)):
            line = line_of(text, (name, *place))
            raise DeclarationError(f"{path}: {name}: line {line}: {'.'.join(map(str, place))}: {strange}")
    return shops


def _unknown(settings: Settings, shop: Shop, platforms: Set[str], kpis: Set[str]) -> Iterator[tuple[Place, str]]:
    """Unknown words of a shop's declaration, each with its path and fault."""
    if strange := unknown_currency(shop.currency):
        yield ("currency",), strange
    if shop.platform not in platforms and (near := nearest(shop.platform, platforms, PLATFORM_CUTOFF)):
        yield ("platform",), f"unknown platform `{shop.platform}` (did you mean `{near}`?)"
    for metric in shop.targets.keys() - kpis:
        yield ("targets", metric), f"unknown KPI `{metric}`{closest(metric, kpis)}"
    for ad_account in shop.ended_ad_accounts:
        if strange := _no_ad_account(settings, ad_account):
            yield ("ended_ad_accounts", ad_account), strange


def _shared_stock(shop: Shop, shops: dict[str, Shop]) -> Iterator[tuple[Place, str]]:
    """Fault of a shop's ``stock_of``: the other shop exists, has its own stock lists, and shares currency and shard."""
    if shop.stock_of is None:
        return
    holder = shops.get(shop.stock_of)
    if holder is None or holder is shop:
        yield ("stock_of",), f"name another shop of the file, not `{shop.stock_of}`{closest(shop.stock_of, set(shops))}"
    elif holder.stock_of is not None:
        yield ("stock_of",), f"`{shop.stock_of}` has no stock lists of its own: name `{holder.stock_of}`"
    elif holder.shard != shop.shard:
        yield (
            ("stock_of",),
            f"`{shop.stock_of}` is in the shard {holder.shard}, this shop in {shop.shard}: name one shard",
        )
    elif holder.currency != shop.currency:
        yield (
            ("stock_of",),
            f"`{shop.stock_of}` sells in {holder.currency}, this shop in {shop.currency}: sales of one warehouse are "
            "added up, so both need the same currency",
        )


def _no_ad_account(settings: Settings, name: str) -> str:
    """Error message for a name that no contract declares as an ad account; empty if one does."""
    ad_accounts = {
        contract.ad_account for contract in load_contracts(settings.include).values() if contract.table == "ad_day"
    }
    known = ", ".join(sorted(ad_accounts))
    return "" if name in ad_accounts else f"no such ad account{closest(name, ad_accounts)}; there are {known}"
