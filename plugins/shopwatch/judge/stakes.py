"""Total money at stake of several alerts: never more than can be lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

WHOLE = ("shop", "target")
"""Entity types whose money includes that of the shop's other entities."""


class Stake(NamedTuple):
    """Money at stake of one alert; ``money`` is None if it is unknown."""

    shop: str
    entity_type: str
    entity: str
    money: Decimal | None
    currency: str


def stake_of(row: Mapping[str, Any]) -> Stake:
    """Stake of an alert's row."""
    return Stake(row["shop"], row["entity_type"], row["entity"], row["at_stake"], row["currency"] or "")


def together(stakes: Iterable[Stake]) -> dict[str, Decimal]:
    """Money at stake per currency; currencies are never added up.

    Several rules may count the same money of an entity, so each entity counts once, with its greatest stake. The
    greatest stake of the whole shop replaces the sum of its entities if it is higher.
    """
    things: dict[tuple[str, str], dict[tuple[str, str], Decimal]] = defaultdict(dict)
    shops: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for stake in stakes:
        if stake.money is None:
            continue
        shop = stake.currency, stake.shop
        if stake.entity_type in WHOLE:
            shops[shop] = max(shops[shop], stake.money)
        else:
            thing = stake.entity_type, stake.entity
            things[shop][thing] = max(things[shop].get(thing, stake.money), stake.money)
    found: dict[str, Decimal] = defaultdict(Decimal)
    for shop in {*things, *shops}:
        found[shop[0]] += max(sum(things[shop].values(), Decimal(0)), shops[shop])
    return dict(sorted(found.items()))
