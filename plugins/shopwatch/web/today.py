"""Today page: alerts to act on, critical ones first, then by money, those about one thing together; late exports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language, words
from shopwatch.notify.entries import late_export
from shopwatch.notify.grouping import EntityKey, Group, group_by_cause
from shopwatch.notify.news import fold_blocked
from shopwatch.notify.unjudged_view import late_view
from shopwatch.notify.view_models import BlockedView
from shopwatch.web.alerts import ALONE, FOLLOWS, AlertItem, DecidedAlert, at_stake, decided_alerts, item
from shopwatch.web.published import PublishedWarehouse

MOST = 30


@dataclass(frozen=True)
class Owner:
    """A department and its number of waiting alerts."""

    owner: str
    count: int


@dataclass(frozen=True)
class ExportFreshness:
    """Freshness of one kind of export of a shop.

    ``behind``: days from its last day to the night's; None if its rows hold until others replace them, so that no day
    can be missing.
    """

    shop_title: str
    export: str
    last_day: date
    behind: int | None
    loaded_at: datetime | None


@dataclass(frozen=True)
class Today:
    """Content of the page; ``hidden``: number of waiting alerts that are not shown; ``things``: number of
    things that the waiting ones are about."""

    todo: list[AlertItem]
    hidden: int
    stake: str
    count: int
    things: int
    owners: list[Owner]
    owner: str
    acknowledged: list[AlertItem]
    quiet: list[AlertItem]
    late: list[BlockedView]
    fresh: list[ExportFreshness]


def today(
    session: Session,
    night: PublishedWarehouse,
    known: Catalog,
    language: Language,
    owner: str = "",
    everything: bool = False,
) -> Today:
    """Content for one department or all; ``everything`` lists all alerts instead of the first ones."""
    settings = night.settings
    listed = decided_alerts(session, night.rows("web/open_alerts"), known, settings, language, night.night)
    waiting = [one for one in listed if one.waits]
    things = group_by_cause((one for one in waiting if owner in ("", one.owner)), _entity_key)
    todo = [one for thing in things for one in thing]
    places = {
        one.row["key"]: Group.of(thing, _entity_key) if one is thing[0] else FOLLOWS
        for thing in things
        for one in thing
    }
    acknowledged = [one for one in listed if one.is_acknowledged and not one.quiet]
    quiet = [one for one in listed if not one.waits and (one.quiet or not one.is_acknowledged)]
    counts = Counter(one.owner for one in waiting)
    first = todo if everything else todo[:MOST]
    keys = [one.row["key"] for one in (*first, *acknowledged, *quiet)]
    cards = {row["key"]: row for row in night.rows("notify/cards", keys=keys, notified=None)}

    def written(some: list[DecidedAlert]) -> list[AlertItem]:
        full = (replace(one, row=one.row | cards[one.row["key"]]) for one in some)
        return [item(one, known, settings, language, places.get(one.row["key"], ALONE)) for one in full]

    return Today(
        todo=written(first),
        hidden=len(todo) - len(first),
        stake=at_stake(todo),
        count=len(todo),
        things=len(things),
        owners=[Owner(name, count) for name, count in sorted(counts.items())],
        owner=owner,
        acknowledged=written(acknowledged),
        quiet=written(quiet),
        late=_late(night, known, language, owner),
        fresh=[_fresh(row, known, language, night.night) for row in night.rows("web/freshness")],
    )


def _entity_key(one: DecidedAlert) -> EntityKey:
    row = one.row
    return EntityKey(row["shop"], row["entity_type"], row["entity"], row["metric"], row["belongs_to"])


def _late(night: PublishedWarehouse, known: Catalog, language: Language, owner: str) -> list[BlockedView]:
    """Late exports with the rules that wait for them: of all, or those that concern one department."""
    late = [row for row in night.rows("notify/late") if row["export"] in known.contracts]
    blocked = night.rows("web/blocked")
    judged = [row for row in blocked if row["rule"] in known.rules and row["metric"] in known.metrics]
    fold_blocked(judged, late, known.metrics)
    say = words(known.include, language)
    return [
        late_view(late_export(row, known, language), say)
        for row in late
        if not owner or owner in _concerned(row, known, language)
    ]


def _concerned(late: dict[str, Any], known: Catalog, language: Language) -> set[str]:
    """Departments of a late export and of the rules that wait for it."""
    owners = {late["owner"], *(known.rules[rule].owner for rule in late["rules"])}
    return {known.departments[one].of(language) for one in owners & known.departments.keys()}


def _fresh(row: dict[str, Any], known: Catalog, language: Language, night: date) -> ExportFreshness:
    contract = known.contracts.get(row["source"])
    return ExportFreshness(
        shop_title=row["shop_title"],
        export=contract.title.of(language) if contract else row["source"],
        last_day=row["last_day"],
        behind=None if contract and contract.standing else max((night - row["last_day"]).days, 0),
        loaded_at=row["loaded_at"],
    )
