"""Answers of a DuckDB file to a statement, with limits on time, memory and rows."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from shopwatch.core.errors import ShopwatchError

MOST_ROWS = 1000
MOST_CHARACTERS = 1_000_000
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "512MB",
    "max_temp_directory_size": "1GB",
    "threads": 1,
    "lock_configuration": "true",
}
"""Configuration of a connection that reaches nothing but its own file, and cannot be opened up again."""


class QuestionError(ShopwatchError, ValueError):
    """A question that cannot be answered as asked; the message explains how to ask it."""


@dataclass(frozen=True)
class QueryResult:
    """Rows as JSON values. ``is_cut``: there are more. Money and other decimals are numbers, days ISO text."""

    columns: list[str]
    rows: list[list[Any]]
    is_cut: bool

    def as_dicts(self) -> list[dict[str, Any]]:
        """Rows keyed by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@contextmanager
def closed_off(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connection that reads this file alone. Raises QuestionError."""
    try:
        con = duckdb.connect(path, read_only=True, config=CLOSED)
    except duckdb.Error as error:
        raise QuestionError(f"{path} cannot be read: {error}") from error
    try:
        yield con
    finally:
        con.close()


def answer(
    con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object], limit: int, seconds: float
) -> QueryResult:
    """The first rows of a statement, interrupted after ``seconds``. Raises QuestionError."""
    if not 1 <= limit <= MOST_ROWS:
        raise QuestionError(f"limit is {limit}: it must be between 1 and {MOST_ROWS}")
    watch = threading.Timer(seconds, con.interrupt)
    watch.start()
    try:
        result = con.execute(sql, dict(values)) if values else con.execute(sql)
        rows = result.fetchmany(limit + 1)
    except duckdb.InterruptException as error:
        raise QuestionError(too_long(seconds)) from error
    except duckdb.Error as error:
        raise QuestionError(str(error)) from error
    finally:
        watch.cancel()
    shown = [[_plain(cell) for cell in row] for row in rows[:limit]]
    if sum(len(str(cell)) for row in shown for cell in row) > MOST_CHARACTERS:
        raise QuestionError(f"The answer has more than {MOST_CHARACTERS:,} characters: ask for fewer rows or columns")
    return QueryResult(_names([column[0] for column in result.description or []]), shown, len(rows) > limit)


def too_long(seconds: float) -> str:
    """Text about a statement that was stopped."""
    return f"Stopped after {seconds:g} s: ask for fewer rows or a shorter period"


def _names(columns: list[str]) -> list[str]:
    """The columns with a number on the names that occur before: joined tables share some."""
    names: list[str] = []
    for column in columns:
        free = (f"{column}_{number}" for number in itertools.count(1))
        names.append(column if column not in names else next(name for name in free if name not in {*names, *columns}))
    return names


def _plain(value: Any) -> Any:
    """A cell as JSON has it; infinity and NaN, which it lacks, as text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.total_seconds() if isinstance(value, timedelta) else str(value)
