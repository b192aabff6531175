"""Reports of traffic by week or month, whose rows look like days."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb

from shopwatch.catalog.contracts import Contract
from shopwatch.core.reasons import RejectedError
from shopwatch.core.sql_files import library_sql

TRAFFIC = frozenset({"shop_day", "product_day", "source_day"})
EVERY_DAY = "shop_day"
"""Table whose reports list every day, so that days a week apart are no days."""
WEEK = 7
RANGE = re.compile(r"(?<!\d)(20\d\d)[-/]?([01]\d)[-/]?([0-3]\d)[\s~～至到_-]+(20\d\d)[-/]?([01]\d)[-/]?([0-3]\d)(?!\d)")


def named_range(path: Path) -> tuple[date, date] | None:
    """First and last day of a range of several days in a file's name; None if it has none."""
    stated = RANGE.search(path.name)
    try:
        first, last = (date(*map(int, stated.groups()[at : at + 3])) for at in (0, 3)) if stated else (None, None)
    except ValueError:
        return None
    return (first, last) if first and last and first < last else None


def check_daily(con: duckdb.DuckDBPyConnection, contract: Contract, path: Path | None = None) -> None:
    """Raise RejectedError if rows of ``typed`` are no days, as far as their days show it.

    Days of a whole shop that are a week or more apart are weeks or months. So is a single day of any traffic in a file
    whose name, if ``path`` is given, states several.
    """
    if contract.table not in TRAFFIC or not isinstance(contract.day, tuple):
        return
    for first, second, last, step in con.execute(library_sql("ingest/steps")).fetchall():
        if contract.table == EVERY_DAY and step and step >= WEEK:
            raise RejectedError("not_daily", first=first, second=second, step=step)
        named = named_range(path) if path and first == last else None
        if named and named[0] <= first <= named[1]:
            raise RejectedError("sums_up_days", first=named[0], last=named[1])
