"""The shops that are watched: ``include/shops.yaml``, or ``shops.yaml`` in the home folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shopwatch.catalog.calendar import REGION
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.hours import Zone
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.currencies import unknown_currency
from shopwatch.core.errors import DeclarationError
from shopwatch.core.nights import TIMEZONE
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import Place, closest, in_lines, line_of, nearest, read_yaml

CHINESE_PLATFORMS = frozenset({"tmall", "taobao", "jd", "doudian", "pinduoduo", "kuaishou", "xiaohongshu"})
PLATFORM_CUTOFF = 0.7


class Shop(BaseModel):
    """One shop.

    ``targets``: metric name -> the value aimed at, in the metric's unit. ``closed``: weekdays on which it
    never trades, so that no export is missing on them. ``ended_ad_accounts``: ad account that was given
    up -> the last day for which a report is expected. ``region``: country, or part of one, whose events and holidays it
    has; where missing, by platform and time zone (``home_region``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    title: str
    platform: str
    currency: str
    timezone: Zone = TIMEZONE
    language: Literal["zh", "en"] = "zh"
    closed: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    targets: dict[str, float] = {}
    ended_ad_accounts: dict[str, date] = {}
    region: str | None = Field(None, pattern=REGION)

    @property
    def home_region(self) -> str | None:
        """The declared region, else the country of the platform, else that of the time zone; None if neither tells."""
        return self.region or ("CN" if self.platform in CHINESE_PLATFORMS else country_of(self.timezone))

    def expects(self, ad_account: str, day: date) -> bool:
        """Whether a report of the ad account is expected to cover the day."""
        return day <= self.ended_ad_accounts.get(ad_account, date.max)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Time zone -> country, by the IANA database's zone.tab."""
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}


def country_of(timezone: str) -> str | None:
    """The country of a time zone (Europe/London: GB); None of one that several share (UTC)."""
    return _countries().get(timezone)


def load_shops(settings: Settings) -> dict[str, Shop]:
    """Shop name -> shop. Raises DeclarationError naming file and key."""
    own = settings.home / "shops.yaml"
    path: Path = own if own.exists() else settings.include / "shops.yaml"
    content = read_yaml(path)
    if not isinstance(content, dict) or not content:
        raise DeclarationError(f"{path}: declare at least one shop, as `name: {{title: ..., currency: ...}}`")
    text = path.read_text("utf-8")
    shops: dict[str, Shop] = {}
    for name, shop in content.items():
        try:
            shops[name] = Shop.model_validate(shop).model_copy(update={"name": name})
        except ValidationError as error:
            raise DeclarationError(f"{path}: {name}: {in_lines(error, Shop, text, (name,))}") from error
        for place, strange in _unknown(settings, shops[name]):
            line = line_of(text, (name, *place))
            raise DeclarationError(f"{path}: {name}: line {line}: {'.'.join(map(str, place))}: {strange}")
    return shops


def _unknown(settings: Settings, shop: Shop) -> Iterator[tuple[Place, str]]:
    """The words of the shop's declaration that nothing else knows, and what is wrong with each."""
    if strange := unknown_currency(shop.currency):
        yield ("currency",), strange
    if near := _near_platform(settings, shop.platform):
        yield ("platform",), f"unknown platform `{shop.platform}` (did you mean `{near}`?)"
    metrics = {metric.name for metric in load_metrics(settings.include)} if shop.targets else set()
    for metric in shop.targets.keys() - metrics:
        yield ("targets", metric), f"unknown KPI `{metric}`{closest(metric, metrics)}"
    for ad_account in shop.ended_ad_accounts:
        if strange := _no_ad_account(settings, ad_account):
            yield ("ended_ad_accounts", ad_account), strange


def _near_platform(settings: Settings, name: str) -> str | None:
    """The platform that was probably meant. A platform of which no contract is known is no mistake."""
    known = CHINESE_PLATFORMS | {path.parent.name for path in (settings.include / "sources").rglob("*.yaml")}
    return None if name in known else nearest(name, known, PLATFORM_CUTOFF)


def _no_ad_account(settings: Settings, name: str) -> str:
    """The fault of a name that is no ad account of any contract; empty for one that is."""
    ad_accounts = {
        contract.ad_account for contract in load_contracts(settings.include).values() if contract.table == "ad_day"
    }
    known = ", ".join(sorted(ad_accounts))
    return "" if name in ad_accounts else f"no such ad account{closest(name, ad_accounts)}; there are {known}"
