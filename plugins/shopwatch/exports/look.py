"""What stands in a file, without loading it: its columns' values as the load would read them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.exports.alone import WORTH_THREADS
from shopwatch.exports.contract import Column, Contract, Title
from shopwatch.exports.readers import Counted, read
from shopwatch.exports.recognise import Recognised, recognise
from shopwatch.exports.stated import Version
from shopwatch.settings import Settings
from shopwatch.warehouse import sql_text


@dataclass(frozen=True)
class Profile:
    """One column's filled cells.

    ``fits``: the types, and orders of dates, that read all of them; ``platform_id``: all are ids as platforms make
    them. ``few_values``: all that there are, if 20 at most and none like a person's. ``shape``: what of a person a
    fifth of them or more look like; ``maybe_names``: most could be names.
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
def read_apart(settings: Settings, found: Recognised) -> Iterator[tuple[duckdb.DuckDBPyConnection, Counted]]:
    """A connection in memory with the file's ``lines``, as cells, and ``broken``.

    Nothing stays on disk. Raises RejectedError where the load would.
    """
    with tempfile.TemporaryDirectory(prefix="shopwatch-") as scratch, duckdb.connect() as con:
        make_macros(con, settings, found.path)
        yield con, read(con, found, Path(scratch))


def make_macros(con: duckdb.DuckDBPyConnection, settings: Settings, path: Path) -> None:
    """What a connection needs that is to read and look at the file."""
    if path.stat().st_size < WORTH_THREADS:
        con.execute("set threads = 1")
    for script in ("types", "look/shapes"):
        con.execute(sql_text(settings, script))


def all_columns(path: Path, headers: Iterable[str]) -> Recognised:
    """The file as a contract would read it that asks for every header and understands none.

    Raises RejectedError where no line of the file has them.
    """
    contract = _asks_for_all(headers)
    return recognise(path, {contract.export: contract})


def with_all_columns(found: Recognised) -> Recognised:
    """A recognised file as a contract would read it that asks for every header and understands none."""
    return replace(found, contract=_asks_for_all(found.headers))


def _asks_for_all(headers: Iterable[str]) -> Contract:
    times = Counter(filter(None, headers))
    single = [header for header, count in times.items() if count == 1]
    return Contract(
        export="unknown",
        title=Title(zh="", en=""),
        recognise=tuple(times),
        table="unknown",
        mode="upsert",
        key=("day",),
        version=Version(),
        day="version",
        columns={f"column_{at}": Column(headers=(header,), type="id") for at, header in enumerate(single)},
    )


def look(con: duckdb.DuckDBPyConnection, without: dict[int, list[str]]) -> int:
    """Make ``looked`` of ``lines``, but for lines with such a cell (trimmed) at such a position; how many are left."""
    is_data: exp.Expr = exp.true()
    for position, cells in without.items():
        cell = exp.func("coalesce", exp.func("trimmed", exp.column(f"c{position}")), exp.Literal.string(""))
        is_data = exp.and_(is_data, cell.isin(*map(exp.Literal.string, cells)).not_())
    table = exp.Create(
        this=exp.to_table("looked"),
        kind="TABLE",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=exp.select("*").from_("lines").where(is_data),
    )
    con.execute(table.sql("duckdb"))
    return con.table("temp.looked").shape[0]


def profiles(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[int, Profile]:
    """Position -> profile of each column of ``looked`` that holds anything."""
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
