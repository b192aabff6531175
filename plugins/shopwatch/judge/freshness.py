"""Freshness of exports: due times from ``include/rules/freshness.yaml``, and the late exports of a night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from shopwatch.catalog.calendar import Event, calendar_of, is_working_day
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.hours import Clock
from shopwatch.catalog.shops import Shop
from shopwatch.core.declaration import Declaration
from shopwatch.core.nights import closing
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import Fault, Place, closest, line_of, read_list

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_PAUSE = 40  # days; no holiday lasts longer
NAME = "freshness.yaml"


class DueTime(Declaration):
    """Due time of one kind of export.

    It is due at ``by`` o'clock, shop time, on the first of ``days`` after the day that it covers. ``shops`` empty:
    every shop that ever delivered one. A shop named there is reported even if it never did.
    """

    export: str
    by: Clock
    days: Literal["every_day", "working_days"] | Weekday = "every_day"
    shops: tuple[str, ...] = ()
    owner: str

    def moment(self, day: date, zone: str, events: Mapping[str, Event]) -> datetime:
        """Deadline of the export that covers the day."""
        due = day + timedelta(days=1)
        while not self._is_a_day(due, events):
            due += timedelta(days=1)
        return datetime.combine(due, self.by, ZoneInfo(zone))

    def _is_a_day(self, day: date, events: Mapping[str, Event]) -> bool:
        if self.days == "working_days":
            return is_working_day(day, events)
        return self.days in ("every_day", WEEKDAYS[day.weekday()])


@dataclass(frozen=True)
class Freshness:
    """State of one shop's export by a night. ``due_at``: shop time, without a time zone."""

    shop: str
    export: str
    input: str
    owner: str
    last_day: date | None
    due_day: date | None
    due_at: datetime | None
    state: Literal["fresh", "late", "not_expected"]


def read_freshness(catalog: Catalog) -> tuple[list[DueTime], list[Fault]]:
    """Valid entries, and the faults of the others. An invalid entry does not affect the others."""
    path = catalog.include / "rules" / NAME
    if not path.exists():
        return [], []
    listed = read_list(
        path, DueTime, "export", "write a list, each entry beginning with `- export: <name of a contract>`"
    )
    known = {
        "export": set(catalog.contracts),
        "owner": set(catalog.departments),
        "shop": set(catalog.all_shops),
    }
    found: list[DueTime] = []
    faults = listed.faults
    if listed.is_blank:
        faults.append(
            Fault(path, None, "the file names no export: none is reported as late. If that is intended, delete it")
        )
    for number, due in listed.entries.items():
        if unknown := next(_unknown(due, known), None):
            key, what = unknown
            faults.append(Fault(path, due.export, f"line {line_of(listed.text, (number, *key))}: {what}"))
        else:
            found.append(due)
    return found, faults


def freshness(
    due: DueTime, shop: Shop, contract: Contract, last_day: date | None, night: date, events: Mapping[str, Event]
) -> Freshness:
    """State of an export by the end of the night's day.

    It is expected after the first delivery; from a shop named in ``due``, from the beginning.
    """
    days = (one for one in _due_days(due, shop, night, events) if shop.expects(contract.ad_account, one[0]))
    newest = next(days, None) if last_day or shop.name in due.shops else None
    if newest is None:
        return Freshness(shop.name, due.export, contract.feeds, due.owner, last_day, None, None, "not_expected")
    day, moment = newest
    state: Literal["fresh", "late"] = "fresh" if last_day and last_day >= day else "late"
    due_at = moment.replace(tzinfo=None)
    return Freshness(shop.name, due.export, contract.feeds, due.owner, last_day, day, due_at, state)


def write_freshness(con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date) -> None:
    """Fill ``ops.freshness`` from ``ops.coverage`` and the declared due times."""
    con.execute(library_sql("judge/freshness"))
    shops = catalog.shops
    last_days = {
        (source, shop): last
        for source, shop, last in con.execute(library_sql("judge/last_covered_days"), {"night": night}).fetchall()
    }
    for due in read_freshness(catalog)[0]:
        delivered = sorted(shop for export, shop in last_days if export == due.export and shop in shops)
        for name in [shop for shop in due.shops if shop in shops] if due.shops else delivered:
            last = last_days.get((due.export, name))
            own = calendar_of(shops[name].home_region, catalog.events)
            one = freshness(due, shops[name], catalog.contracts[due.export], last, night, own)
            con.execute(
                "insert into ops.freshness values ($1, $2, $3, $4, $5, $6, $7, $8)",
                [one.shop, one.export, one.input, one.owner, one.last_day, one.due_day, one.due_at, one.state],
            )


def _due_days(due: DueTime, shop: Shop, night: date, events: Mapping[str, Event]) -> Iterator[tuple[date, datetime]]:
    """Days whose export was due by the end of the night's day, newest first, each with its deadline."""
    end = closing(night)
    for back in range(LONGEST_PAUSE):
        day = night - timedelta(days=back)
        moment = due.moment(day, shop.timezone, events)
        if moment <= end and WEEKDAYS[day.weekday()] not in shop.closed:
            yield day, moment


def _unknown(due: DueTime, known: dict[str, set[str]]) -> Iterator[tuple[Place, str]]:
    words: list[tuple[str, str, Place]] = [("export", due.export, ("export",)), ("owner", due.owner, ("owner",))]
    words += [("shop", shop, ("shops", at)) for at, shop in enumerate(due.shops)]
    for kind, word, key in words:
        if word not in known[kind]:
            yield key, f"unknown {kind} `{word}`{closest(word, known[kind])}"
