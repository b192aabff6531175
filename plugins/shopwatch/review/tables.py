"""What the page is made of: the published weekly tables, read by the statements in ``review/sql``."""

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
FOUND = ("stages", "week_kpis", "drivers")
"""What the review found; a warehouse that was published before there were these tables has no rows of them."""


class ReviewError(ShopwatchError, RuntimeError):
    """There is nothing to review; the message says why."""


@dataclass(frozen=True)
class Week:
    """The week that is reviewed, and the night that its numbers are from."""

    start: date
    is_closed: bool
    as_of: date

    @property
    def end(self) -> date:
        """Sunday."""
        return self.start + timedelta(days=6)

    @property
    def last_day(self) -> date:
        """The last day that the numbers can speak of."""
        return min(self.end, self.as_of)


def report_name(start: date) -> str:
    """``review-2026-W46``: what the files of the week that begins on the day are called, without their endings."""
    year, week, _ = start.isocalendar()
    return f"review-{year}-W{week:02}"


@dataclass(frozen=True)
class Tables:
    """All rows that the page shows."""

    week: Week
    rows: dict[str, list[Row]]

    def of(self, name: str, shop: str) -> list[Row]:
        """A table's rows of one shop, in the order of its statement; none where it is not published."""
        return [row for row in self.rows.get(name, ()) if row["shop"] == shop]


def read_tables(warehouse: Path, week_start: date | None, enough_visitors: float) -> Tables:
    """Read everything for one week from the published file, which is opened read-only.

    Raises ReviewError where the file or the week is not there.
    """
    with _published(warehouse) as con:
        return tables_of(con, week_start, enough_visitors)


def tables_of(con: duckdb.DuckDBPyConnection, week_start: date | None, enough_visitors: float) -> Tables:
    """As `read_tables`, from a published warehouse that is open. Raises ReviewError where the week is not there."""
    week = _week(_rows(con, library_sql("review/weeks"), {}), week_start)
    values = {
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
    """Rows by name, each of a statement with its values; what reads a table that is not published is left out."""
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


def _week(weeks: list[Row], wanted: date | None) -> Week:
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
    """The rows of those statements whose tables are all there."""
    found = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    there = {name for (name,) in found}
    return {name: _rows(con, sql, values) for name, (sql, values) in statements.items() if tables_read(sql) <= there}


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> list[Row]:
    """Run one statement with those of the values that it names."""
    named = set(re.findall(r"\$([a-z_]+)", sql))
    return dicts(con.execute(sql, {key: value for key, value in values.items() if key in named}))
