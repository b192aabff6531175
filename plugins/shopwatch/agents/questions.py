"""Read-only questions to the published warehouse, with limits on time, memory and rows."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import closest
from shopwatch.web.published import published

MOST_ROWS = 1000
MOST_CHARACTERS = 1_000_000
SECONDS = 10.0
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
ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


class QuestionError(ShopwatchError, ValueError):
    """A question that cannot be answered as asked; the message says how to ask it."""


@dataclass(frozen=True)
class QueryResult:
    """Rows as JSON values. ``is_cut``: there are more. Money and other decimals are numbers, days ISO text."""

    columns: list[str]
    rows: list[list[Any]]
    is_cut: bool

    def as_dicts(self) -> list[dict[str, Any]]:
        """Rows keyed by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class PublishedFile:
    """The published warehouse, opened anew for each question: a new night is seen at once.

    ``seconds``: limit of one statement. ``shops``: those whose rows are read; None: all.
    """

    settings: Settings
    seconds: float = SECONDS
    shops: frozenset[str] | None = None

    def ask(self, name: str, limit: int = MOST_ROWS, **values: object) -> QueryResult:
        """Answer of a library statement such as ``agents/kpi``, with its parameters bound."""
        with self._open() as con:
            return self._answer(con, library_sql(name), values, limit)

    def run(self, sql: str, limit: int) -> QueryResult:
        """Answer of one SELECT of somebody else.

        Raises QuestionError for anything but a single SELECT or EXPLAIN, a statement that DuckDB refuses, and one that
        takes longer than ``seconds``, and for any statement where only some shops may be read.
        """
        if self.shops is not None:
            raise QuestionError("SQL could read the rows of other shops: ask for KPIs and alerts")
        with self._open() as con:
            try:
                statements = con.extract_statements(sql)
            except duckdb.Error as error:
                raise QuestionError(str(error)) from error
            if len(statements) != 1 or statements[0].type not in ALLOWED:
                raise QuestionError("One SELECT at a time: the published warehouse is read-only")
            return self._answer(con, sql, {}, limit)

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        path = self.settings.published
        if not path.is_file():
            raise QuestionError(f"{path} is not there: no night has been published yet")
        if self.shops is not None:
            with published(self.settings, self.shops) as night:
                yield night.con
            return
        try:
            con = duckdb.connect(path, read_only=True, config=CLOSED)
        except duckdb.Error as error:
            raise QuestionError(f"{path} cannot be read: {error}") from error
        try:
            yield con
        finally:
            con.close()

    def _answer(
        self, con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object], limit: int
    ) -> QueryResult:
        if not 1 <= limit <= MOST_ROWS:
            raise QuestionError(f"limit is {limit}: it must be between 1 and {MOST_ROWS}")
        watch = threading.Timer(self.seconds, con.interrupt)
        watch.start()
        try:
            result = con.execute(sql, dict(values)) if values else con.execute(sql)
            rows = result.fetchmany(limit + 1)
        except duckdb.InterruptException as error:
            raise QuestionError(f"Stopped after {self.seconds:g} s: ask for fewer rows or a shorter period") from error
        except duckdb.Error as error:
            raise QuestionError(str(error)) from error
        finally:
            watch.cancel()
        answer = [[_plain(cell) for cell in row] for row in rows[:limit]]
        if sum(len(str(cell)) for row in answer for cell in row) > MOST_CHARACTERS:
            raise QuestionError(
                f"The answer has more than {MOST_CHARACTERS:,} characters: ask for fewer rows or columns"
            )
        return QueryResult(_names([column[0] for column in result.description or []]), answer, len(rows) > limit)


def require_known(kind: str, name: str, known: set[str]) -> None:
    """Raise QuestionError for a name that is not known, with the closest that is."""
    if name not in known:
        raise QuestionError(f"unknown {kind} `{name}`{closest(name, known)}; there are {', '.join(sorted(known))}")


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
