"""Data of the review: the published weekly tables, read by the statements in ``review/sql``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import dicts
from shopwatch.warehouse.models import tables_read

Row = dict[str, Any]
WEEKS = 10
MOST_ROWS = 30
MOST_STOCK = 12
EACH_REASON = 5

TABLES = (
    "shops",
    "shop_weeks",
    "alerts",
    "decisions",
    "products",
    "campaigns",
    "stock",
    "coverage",
    "set_aside",
    "definitions",
)
FOUND = ("stages", "week_kpis", "drivers", "traffic")
"""Findings of the review; warehouses published before these tables existed have no rows of them."""


class ReviewError(ShopwatchError, RuntimeError):
    """There is nothing to review; the message gives the reason."""


@dataclass(frozen=True)
class Week:
    """The reviewed week, and the night that its numbers are from."""

    start: date
    is_closed: bool
    as_of: date

    @property
    def end(self) -> date:
        """The week's Sunday."""
        return self.start + timedelta(days=6)

    @property
    def last_day(self) -> date:
        """The last day that the numbers can cover."""
        return min(self.end, self.as_of)


def report_name(start: date) -> str:
    """File name without extension for the week that begins on the day: ``review-2026-W46``."""
    year, week, _ = start.isocalendar()
    return f"review-{year}-W{week:02}"


@dataclass(frozen=True)
class Tables:
    """All rows that the page shows."""

    week: Week
    rows: dict[str, list[Row]]

    def of(self, name: str, shop: str) -> list[Row]:
        """Rows of one shop in a table, in the order of its statement; none if the table is not published."""
        return [row for row in self.rows.get(name, ()) if row["shop"] == shop]

    @property
    def definitions(self) -> dict[str, Row]:
        """KPI -> its definition."""
        return {row["metric"]: row for row in self.rows["definitions"]}


def read_tables(warehouse: Path, week_start: date | None, enough_visitors: float) -> Tables:
    """Read all tables for one week from the published file, opened read-only.

    Raises ReviewError if the file or the week does not exist.
    """
    with _published(warehouse) as con:
        return tables_of(con, choose_week(_rows(con, library_sql("review/weeks"), {}), week_start), enough_visitors)


def tables_of(con: duckdb.DuckDBPyConnection, week: Week, enough_visitors: float, shop: str | None = None) -> Tables:
    """All tables for a week from an open published warehouse. ``shop``: read the long ones for this shop only."""
    values = {
        "shop": shop,
        "week": week.start,
        "weeks": WEEKS,
        "most": MOST_ROWS,
        "each": EACH_REASON,
        "enough_visitors": enough_visitors,
    }
    rows = {
        name: _rows(con, library_sql(f"review/{name}"), values | ({"most": MOST_STOCK} if name == "stock" else {}))
        for name in TABLES
    }
    return Tables(week, rows | _rows_there(con, {name: (library_sql(f"review/{name}"), values) for name in FOUND}))


def read_more(warehouse: Path, statements: Mapping[str, tuple[str, Mapping[str, object]]]) -> dict[str, list[Row]]:
    """Rows by name, each of a statement with its values; statements on unpublished tables are skipped."""
    with _published(warehouse) as con:
        return _rows_there(con, statements)


@contextmanager
def _published(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    if not warehouse.is_file():
        raise ReviewError(f"{warehouse} is not there: nothing has been published yet")
    con = duckdb.connect(warehouse, read_only=True)
    try:
        yield con
    finally:
        con.close()


def choose_week(weeks: list[Row], wanted: date | None) -> Week:
    """The week that begins on the day, by default the best to review, of the rows of ``review/sql/weeks.sql``.

    Raises ReviewError if it is not among them.
    """
    if not weeks:
        raise ReviewError("no shop has a week to review: no export has been loaded")
    if wanted is not None and wanted.weekday() != 0:
        raise ReviewError(f"{wanted} is not a Monday: weeks start on Monday")
    found = next((row for row in weeks if wanted in (None, row["week_start"])), None)
    if found is None:
        first, last = (choose(row["week_start"] for row in weeks) for choose in (min, max))
        raise ReviewError(f"no shop has data for the week of {wanted}; there is data from {first} to {last}")
    return Week(found["week_start"], found["is_closed"], found["as_of"])


def _rows_there(
    con: duckdb.DuckDBPyConnection, statements: Mapping[str, tuple[str, Mapping[str, object]]]
) -> dict[str, list[Row]]:
    """Rows of the statements whose tables all exist."""
    found = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    there = {name for (name,) in found}
    return {name: _rows(con, sql, values) for name, (sql, values) in statements.items() if tables_read(sql) <= there}


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> list[Row]:
    """Run one statement with those of the values that it uses."""
    named = set(re.findall(r"\$([a-z_]+)", sql))
    return dicts(con.execute(sql, {key: value for key, value in values.items() if key in named}))
