"""Profiles of a file's columns without loading it, on the cells as the load reads them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.catalog.contracts import Column, Contract
from shopwatch.catalog.stated import Version
from shopwatch.core.i18n import Title
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import Detection, detect_contract
from shopwatch.ingest.load_alone import WORTH_THREADS
from shopwatch.ingest.readers import read
from shopwatch.ingest.record_counts import RecordCounts


@dataclass(frozen=True)
class Profile:
    """Profile of one column's filled cells.

    ``fits``: types and date orders that parse all of them; ``platform_id`` if all have the form of platform ids.
    ``few_values``: all distinct values, if 20 at most and none looks personal. ``shape``: kind of personal data that a
    fifth of them or more resemble; ``maybe_names``: most could be names.
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
def read_apart(settings: Settings, found: Detection) -> Iterator[tuple[duckdb.DuckDBPyConnection, RecordCounts]]:
    """In-memory connection with ``lines``, the cells of the file, and ``broken``.

    Nothing stays on disk. Raises RejectedError like the load.
    """
    with tempfile.TemporaryDirectory(prefix="shopwatch-") as scratch, duckdb.connect() as con:
        make_macros(con, settings, found.path)
        yield con, read(con, found, Path(scratch))


def make_macros(con: duckdb.DuckDBPyConnection, settings: Settings, path: Path) -> None:
    """Set up a connection for reading and profiling the file."""
    if path.stat().st_size < WORTH_THREADS:
        con.execute("set threads = 1")
    for script in ("ingest/types", "ingest/moments", "ingest/shapes"):
        con.execute(library_sql(script))


def all_columns(path: Path, headers: Iterable[str]) -> Detection:
    """Detection of the file by a pseudo contract that takes every header as an untyped column.

    Raises RejectedError if no line of the file has the headers.
    """
    contract = _contract_for_all(headers)
    return detect_contract(path, {contract.export: contract})


def with_all_columns(found: Detection) -> Detection:
    """Detection with the contract replaced by one that takes every header as an untyped column."""
    return replace(found, contract=_contract_for_all(found.headers))


def _contract_for_all(headers: Iterable[str]) -> Contract:
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
    """Create ``looked`` from ``lines``, without rows that hold such a cell at its position. Returns the row count."""
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
    """Position -> profile of each non-empty column of ``looked``."""
    rows = con.execute(library_sql("ingest/profile")).fetchall()
    return {row[0]: Profile(*row) for row in rows}


def any_personal(con: duckdb.DuckDBPyConnection, texts: list[str], *, names: bool = False) -> bool:
    """True if a text has the shape of personal data or, with ``names``, may be a name."""
    row = con.execute(
        """
        select count(*) from (select unnest($1::varchar[]) as text)
        where personal_shape(text) is not null or ($2 and maybe_name(text))
        """,
        [texts, names],
    ).fetchone()
    return row is not None and row[0] > 0
