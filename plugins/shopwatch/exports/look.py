"""What stands in a file, without loading it: its columns' values as the load would read them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopwatch.exports.readers import Counted, read
from shopwatch.exports.recognise import Recognised
from shopwatch.settings import Settings
from shopwatch.warehouse import sql_text


@dataclass(frozen=True)
class Profile:
    """One column's filled cells. ``fits``: the types that read all of them; ``few_values``: all, if 20 at most.

    ``shape``: what of a person a fifth of them or more look like; ``maybe_names``: most could be names.
    """

    position: int
    filled: int
    distinct: int
    fits: list[str]
    decimals: int
    has_percent: bool
    only_digits: bool
    has_leading_zero: bool
    longest: int
    has_time: bool
    is_recent: bool
    shape: str | None
    maybe_names: bool
    few_values: list[str]


@contextmanager
def looked_into(settings: Settings, found: Recognised) -> Iterator[tuple[duckdb.DuckDBPyConnection, Counted]]:
    """A connection in memory with the file's ``lines`` and ``broken``, as `read` leaves them for the load.

    Nothing stays on disk. Raises RejectedError where the load would.
    """
    with tempfile.TemporaryDirectory(prefix="shopwatch-") as scratch, duckdb.connect() as con:
        for script in ("types", "look/shapes"):
            con.execute(sql_text(settings, script))
        yield con, read(con, found, Path(scratch))


def profiles(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[int, Profile]:
    """Position -> profile of each column of ``lines`` that holds anything."""
    rows = con.execute(sql_text(settings, "look/profile")).fetchall()
    return {row[0]: Profile(*row) for row in rows}


def any_personal(con: duckdb.DuckDBPyConnection, texts: list[str], *, names: bool = False) -> bool:
    """Whether one of the texts has the shape of a person's data, with ``names`` also what may be a name."""
    row = con.execute(
        """
        select count(*) from (select unnest($1::varchar[]) as text)
        where personal_shape(text) is not null or ($2 and maybe_name(text))
        """,
        [texts, names],
    ).fetchone()
    return row is not None and row[0] > 0
