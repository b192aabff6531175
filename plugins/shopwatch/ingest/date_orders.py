"""Order of day and month in dates such as 03/11/2026, where files prove it.

A number above 12 can only be the day, and no row is dated after its export.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal

import duckdb
from sqlglot import exp

from shopwatch.catalog.headers import position_of
from shopwatch.core.reasons import RejectedError
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.inbox import InboxFile
from shopwatch.ingest.readers import read
from shopwatch.ingest.type_sql import TIMES

Order = Literal["day_first", "month_first"]
ORDERS: tuple[Order, ...] = ("day_first", "month_first")
UNCLEAR = "unclear_dates"
WITHOUT_YEAR_FIRST = re.compile(r"\D{0,2}\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})(\D.*)?")
NAMED_DAY = re.compile(r"(?<!\d)(20\d\d)[-_./]?([01]\d)[-_./]?([0-3]\d)(?!\d)")
ENOUGH_DAYS = 3
"""Days in a row that daily files must have to prove an order."""


def may_be_unclear(detected: DetectedFile) -> bool:
    """True if nothing declares the order of the file's dates, and its first row has one without a leading year."""
    found = detected.detection
    if detected.lineage.date_order(found.contract, found.headers) != "year_first":
        return False
    cells = found.first_record
    return any(WITHOUT_YEAR_FIRST.fullmatch(cells[at].strip()) for at in _positions(detected) if at < len(cells))


def _positions(detected: DetectedFile, *, of_day: bool = False) -> list[int]:
    contract, headers = detected.detection.contract, detected.detection.headers
    days = contract.day if isinstance(contract.day, tuple) else ()
    names = days if of_day else contract.columns
    columns = [contract.columns[name] for name in names]
    places = (position_of(column.headers, headers) for column in columns if column.type in TIMES)
    return sorted({at for at in places if at is not None})


@dataclass(frozen=True)
class WrittenDates:
    """Distinct dates of a file, read in both orders; None where an order gives no date. ``days``: those of its rows."""

    dates: frozenset[tuple[date | None, date | None]]
    days: frozenset[tuple[date | None, date | None]]
    named_day: date | None
    latest: date

    def proven_order(self) -> Order | None:
        """The one order in which all dates exist and no day is ahead of the export, or all days are that of the name.

        Where both orders give the same dates, either. None if the file proves nothing, or contradicts itself.
        """
        possible = [order for order in ORDERS if self.dates and self._is_possible(order)]
        if len(possible) > 1 and all(one == other for one, other in self.dates):
            return possible[0]
        if len(possible) > 1 and self.named_day:
            possible = [order for order in possible if self.days_in(order) == {self.named_day}]
        return possible[0] if len(possible) == 1 else None

    def days_in(self, order: Order) -> set[date]:
        """Days of the rows in that order."""
        return {pair[ORDERS.index(order)] for pair in self.days} - {None}  # type: ignore[return-value]

    def _is_possible(self, order: Order) -> bool:
        """True if every date exists and no row's day is ahead of the export; promised times may be."""
        exist = all(pair[ORDERS.index(order)] for pair in self.dates)
        return exist and all(day <= self.latest for day in self.days_in(order))


def written_dates(con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path) -> WrittenDates:
    """Read a file's dates, on a connection with the macros of the load. Raises RejectedError like the load."""
    arrays = {"dates": _positions(detected), "days": _positions(detected, of_day=True)}
    lists = (exp.alias_(exp.array(*(exp.column(f"c{at}") for at in places)), name) for name, places in arrays.items())
    query = exp.select(*lists).from_("source").sql("duckdb")
    try:
        read(con, detected.detection, scratch, query)
        rows = con.execute(library_sql("ingest/date_order")).fetchall()
    finally:
        con.execute(library_sql("ingest/clear"))
    stated = {date(*map(int, match)) for match in NAMED_DAY.findall(detected.found.place_name) if _is_date(match)}
    return WrittenDates(
        dates=frozenset((one, other) for _, one, other in rows),
        days=frozenset((one, other) for is_day, one, other in rows if is_day),
        named_day=stated.pop() if len(stated) == 1 else None,
        latest=(detected.exported_at()[0] + timedelta(days=1)).date(),
    )


def _is_date(parts: Iterable[str]) -> bool:
    try:
        return bool(date(*map(int, parts)))
    except ValueError:
        return False


@dataclass
class DateOrders:
    """Orders proven by files of a run, for others of the same shop and export; and dates of files that prove none."""

    _proven: dict[tuple[str, str], set[Order]] = field(default_factory=lambda: defaultdict(set))
    _looked_up: set[tuple[str, str]] = field(default_factory=set)
    _unclear: dict[tuple[str, str], list[WrittenDates]] = field(default_factory=lambda: defaultdict(list))

    def add(self, detected: DetectedFile, dates: WrittenDates) -> Order | None:
        """Note what a file proves; returns its own order, None if it proves none."""
        key = detected.shop.name, detected.detection.contract.export
        order = dates.proven_order()
        if order and any(one != other for one, other in dates.dates):
            self._proven[key].add(order)
        elif not order:
            self._unclear[key].append(dates)
        return order

    def add_earlier(self, con: duckdb.DuckDBPyConnection, detected: DetectedFile, archive: Path, scratch: Path) -> None:
        """Note what the newest loaded files of the shop and export prove, from their originals."""
        shop, contract = detected.shop, detected.detection.contract
        if (shop.name, contract.export) in self._looked_up:
            return
        self._looked_up.add((shop.name, contract.export))
        for (sha256,) in con.execute(library_sql("ingest/newest_loads"), [shop.name, contract.export]).fetchall():
            for path in (archive / shop.name / sha256[:16]).rglob("*.*"):
                found = InboxFile(path, path.name, shop.name, path.name, modified_ns=path.stat().st_mtime_ns)
                try:
                    detection = detect_contract(path, {contract.export: contract})
                    other = DetectedFile(found, lambda: "", detection, shop, None)
                    if may_be_unclear(other):
                        self.add(other, written_dates(con, other, scratch))
                except RejectedError:  # the contract has changed since
                    continue

    def order_by_others(self, detected: DetectedFile) -> Order:
        """Order of a file that proves none itself, by the shop's other files of that export.

        Raises RejectedError if they prove none, or both.
        """
        key = detected.shop.name, detected.detection.contract.export
        orders = self._proven[key]
        if not orders and detected.detection.contract.covers_span:
            orders = {order for order in ORDERS if _are_in_a_row(self._unclear[key], order)}
        if len(orders) == 1:
            return next(iter(orders))
        raise RejectedError("unclear_dates", shop=detected.shop.name, day=_example(detected))


def _are_in_a_row(files: list[WrittenDates], order: Order) -> bool:
    """True if files of one day each lie on days in a row, weekends aside. Monthly events of one day would not."""
    if any(len(dates.days_in(order)) != 1 for dates in files):
        return False
    days = sorted(set().union(*(dates.days_in(order) for dates in files)))
    steps = [(later - day).days for day, later in pairwise(days)]
    return len(days) >= ENOUGH_DAYS and max(steps) <= ENOUGH_DAYS


def _example(detected: DetectedFile) -> str:
    cells = detected.detection.first_record
    return next(cells[at].strip() for at in _positions(detected) if WITHOUT_YEAR_FIRST.fullmatch(cells[at].strip()))
