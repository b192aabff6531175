"""The published warehouse, opened anew for each request: a swapped-in night is seen at once, and none is held."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from shopwatch.heads import split_head
from shopwatch.settings import Settings

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
_numbers = itertools.count(1)


class NothingPublishedError(RuntimeError):
    """No night has been published yet."""


class Published:
    """One night's warehouse for the length of a request."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        """Read with the statements of the settings' ``include/sql/page``."""
        self.con = con
        self.settings = settings

    def rows(self, name: str, **values: object) -> list[Row]:
        """The rows of ``include/sql/page/<name>.sql`` with its parameters bound."""
        result = self.con.execute(split_head(self.settings.include / "sql" / "page" / f"{name}.sql")[1], values)
        columns = [column[0] for column in result.description or []]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    @property
    def night(self) -> date:
        """The business date that the numbers are of."""
        row = self.con.execute("select night from seed.night").fetchone()
        assert row is not None
        night: date = row[0]
        return night

    def has(self, table: str) -> bool:
        """Whether the night has published a table, ``schema.name``, with rows in it."""
        schema, name = table.split(".")
        found = self.con.execute(
            "select 1 from duckdb_tables() where database_name = current_database() "
            "and schema_name = $1 and table_name = $2 and estimated_size > 0",
            [schema, name],
        ).fetchone()
        return found is not None


@contextmanager
def published(settings: Settings) -> Iterator[Published]:
    """The published warehouse, read-only. Raises NothingPublishedError.

    Attaching a file to a database in memory costs a third of what opening it costs. Two nights may be attached side by
    side: whoever still reads the old file keeps it. One thread: a page is many small statements, and a second thread
    costs them a third more processor time than it saves; requests run beside each other anyway.
    """
    import duckdb

    if not settings.published.is_file():
        raise NothingPublishedError(settings.published)
    name = exp.to_identifier(f"night_{next(_numbers)}").sql("duckdb")
    path = exp.Literal.string(str(settings.published)).sql("duckdb")
    con = _memory().cursor()
    try:
        con.execute(f"attach {path} as {name} (read_only)")
        try:
            con.execute(f"use {name}")
            yield Published(con, settings)
        finally:
            con.execute("use memory")
            con.execute(f"detach {name}")
    except duckdb.IOException as error:
        raise NothingPublishedError(settings.published) from error
    finally:
        con.close()


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
