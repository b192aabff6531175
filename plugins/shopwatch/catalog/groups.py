"""Groups of shops with combined KPIs: ``include/groups.yaml``, or ``groups.yaml`` in the home folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, ValidationError

from shopwatch.catalog.calendar import REGION
from shopwatch.catalog.shops import Shop
from shopwatch.core.currencies import unknown_currency
from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import Place, closest, in_lines, line_of, read_text, read_yaml

ONE = Decimal(1)


class RateSpan(NamedTuple):
    """Rate of a currency and the days on which it holds; ``last_day`` None: until another is declared."""

    currency: str
    first_day: date
    last_day: date | None
    rate: Decimal


class ShopGroup(Declaration):
    """Group of shops with combined KPIs, in one currency.

    ``joined``: shop -> first day on which it is part of the group, for those that were not from the beginning.
    ``currency``: that of the group's amounts. ``rates``: currency of a shop -> first day -> amount of the group's
    currency for one unit of it, which holds until the next one; before the first, amounts are unknown. ``region``:
    country or subdivision for events and holidays; if missing, that of the first shop.
    """

    name: str = ""
    title: str
    shops: tuple[str, ...] = Field(min_length=1)
    joined: dict[str, date] = {}
    currency: str
    rates: dict[str, dict[date, Decimal]] = {}
    region: str | None = Field(None, pattern=REGION)
    shard: str = Field("", exclude=True)

    @property
    def rate_spans(self) -> list[RateSpan]:
        """Declared rates with the days on which they hold, by currency and day; that of the group's own is 1."""
        spans = [RateSpan(self.currency, date(1900, 1, 1), None, ONE)]
        for currency, dated in sorted(self.rates.items()):
            days = sorted(dated)
            ends = [day - timedelta(days=1) for day in days[1:]]
            spans += [RateSpan(currency, day, end, dated[day]) for day, end in zip(days, [*ends, None], strict=True)]
        return spans

    def unrated(self, shops: Mapping[str, Shop], days: list[date]) -> list[str]:
        """Currencies of its shops without a rate on one of the days."""
        foreign = {shops[shop].currency for shop in self.shops if shop in shops} - {self.currency}
        return sorted(currency for currency in foreign if any(not self._has_rate(currency, day) for day in days))

    def _has_rate(self, currency: str, day: date) -> bool:
        return any(first <= day for first in self.rates.get(currency, {}))


def load_groups(settings: Settings, shops: Mapping[str, Shop]) -> dict[str, ShopGroup]:
    """Group name -> group; empty without the file. Raises DeclarationError naming file, line and key."""
    own = settings.home / "groups.yaml"
    path: Path = own if own.exists() else settings.include / "groups.yaml"
    content = read_yaml(path) if path.exists() else None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise DeclarationError(f"{path}: declare groups as `name: {{title: ..., shops: [...], currency: ...}}`")
    text = read_text(path)
    groups: dict[str, ShopGroup] = {}
    for name, declared in content.items():
        try:
            group = ShopGroup.model_validate(declared)
        except ValidationError as error:
            raise DeclarationError(f"{path}: {name}: {in_lines(error, ShopGroup, text, (name,))}") from error
        for place, fault in _faults(str(name), group, shops):
            line = line_of(text, (name, *place))
            raise DeclarationError(f"{path}: {name}: line {line}: {'.'.join(map(str, place)) or name}: {fault}")
        first = shops[group.shops[0]]
        groups[name] = group.model_copy(
            update={"name": name, "shard": first.shard, "region": group.region or first.home_region}
        )
    return groups


def _faults(name: str, group: ShopGroup, shops: Mapping[str, Shop]) -> Iterator[tuple[Place, str]]:
    """Faults of a group: its name, unknown shops and currencies, shops of several shards, rates without use."""
    if name in shops:
        yield (), "a shop has this name: give the group another"
    for at, shop in enumerate(group.shops):
        if shop not in shops:
            yield ("shops", at), f"unknown shop `{shop}`{closest(shop, set(shops))}"
            return
        if shops[shop].shard != shops[group.shops[0]].shard:
            yield (
                ("shops", at),
                (
                    f"{shop} is in the shard {shops[shop].shard}, {group.shops[0]} in {shops[group.shops[0]].shard}: "
                    "the shops of a group need one shard"
                ),
            )
    for shop in group.joined.keys() - set(group.shops):
        yield ("joined", shop), f"`{shop}` is not one of the group's shops{closest(shop, group.shops)}"
    if fault := unknown_currency(group.currency):
        yield ("currency",), fault
    foreign = {shops[shop].currency for shop in group.shops} - {group.currency}
    for currency, dated in group.rates.items():
        if currency not in foreign:
            known = ", ".join(sorted(foreign)) or "none"
            yield (
                ("rates", currency),
                f"no shop of the group sells in {currency}; other currencies than its own: {known}",
            )
        for day, rate in dated.items():
            if not rate.is_finite() or rate <= 0:
                yield ("rates", currency, str(day)), f"{rate} is not a valid rate: give a number above 0"
