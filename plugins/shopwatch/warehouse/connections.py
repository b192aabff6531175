"""The DuckDB files: connections and transactions."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from shopwatch.catalog.contracts import Contract, table_columns
from shopwatch.core.durable import keep_private, private_folder
from shopwatch.core.errors import DeclarationError, StateError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql

LINEAGE_COLUMNS = {
    "source": "VARCHAR",
    "shop": "VARCHAR",
    "day": "DATE",
    "unit": "VARCHAR",
    "version": "TIMESTAMP",
    "load_id": "VARCHAR",
    "line": "BIGINT",
}
ANY_ORDER, KEPT_ORDER = "set preserve_insertion_order = false", "set preserve_insertion_order = true"
"""Settings that release and restore insertion order.

With the order preserved, DuckDB 1.x loses all rows of an insert of 122,880 or more that follows an insert from an empty
table in the same transaction (1.4.4 to 1.5.6; not 2.0.1). Files are read with their order preserved.
"""
RAW_MEMORY = "512MB"  # the rest spills to disk, next to the warehouse
BLOCK_BYTES = 65536
"""Block size of new warehouses. In DuckDB's default of 262,144 a hundred small tables take 30 MB."""


class BusyError(StateError):
    """Another process is using the raw warehouse."""


def model_macros(settings: Settings) -> str:
    """Macros for models and metrics: ``include/sql/macros.sql``."""
    return (settings.include / "sql" / "macros.sql").read_text("utf-8")


def dicts(result: duckdb.DuckDBPyConnection | duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """Rows of an executed statement as dicts, keyed by column name."""
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def on_tables(text: str, tables: dict[str, str]) -> str:
    """Replace table names of one statement, in its syntax tree."""
    tree = sqlglot.parse_one(text, read="duckdb")
    return exp.replace_tables(tree, tables, dialect="duckdb").sql(dialect="duckdb")


def run_script(con: duckdb.DuckDBPyConnection, text: str, tables: dict[str, str], values: dict[str, object]) -> None:
    """Run a script statement by statement, with table names replaced, each with the parameters it uses."""
    for statement, used in _statements(text, tuple(tables.items())):
        con.execute(statement, {name: value for name, value in values.items() if name in used})


@lru_cache(maxsize=512)
def _statements(text: str, tables: tuple[tuple[str, str], ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Parse a script: each statement with table names replaced, and the names of its parameters."""
    return tuple(
        (
            exp.replace_tables(tree, dict(tables), dialect="duckdb").sql(dialect="duckdb"),
            frozenset(parameter.name for parameter in tree.find_all(exp.Placeholder)),
        )
        for tree in sqlglot.parse(text, read="duckdb")
        if tree is not None
    )


@contextmanager
def raw_warehouse(settings: Settings, contracts: dict[str, Contract]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the raw warehouse for writing, with a table for each contract. No other process can have it open."""
    keep_private()
    private_folder(settings.raw_warehouse.parent)
    with contextlib.nullcontext() if settings.is_replay else lock_raw(settings), _connection(settings) as con:
        settings.raw_warehouse.chmod(0o600)
        for left in (*settings.raw_warehouse.parent.glob("tmp*.csv"), *settings.archive.glob(".*.part")):
            left.unlink()  # text and copy of a file left by a killed load; no other process can be using them
        con.execute(library_sql("warehouse/raw_schema"))
        own_tables = table_columns(contracts)
        tables = {f"{schema}.{table}": own_tables[table] for schema in ("main", "apart") for table in own_tables}
        for contract in contracts.values():
            own = table_columns({contract.export: contract})
            tables[f"incoming.{contract.export}"] = own[contract.table]
        with transaction(con):  # committed one by one, each table would wait for the disk
            _ensure(con, tables)
        yield con


@contextmanager
def _connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(settings.raw_warehouse, config={"memory_limit": RAW_MEMORY, "default_block_size": BLOCK_BYTES})
    try:
        yield con
    finally:
        con.close()


@contextmanager
def lock_raw(settings: Settings, *, for_replay: bool = False) -> Iterator[None]:
    """Keep nights and replays apart: a replay is exclusive. Raises BusyError while the other is running."""
    folder = os.open(settings.raw_warehouse.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, (fcntl.LOCK_EX if for_replay else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = "A night" if for_replay else "A replay"
            raise BusyError(f"{other} is using {settings.raw_warehouse}: try again when it has ended") from error
        yield
    finally:
        os.close(folder)


def _ensure(con: duckdb.DuckDBPyConnection, tables: dict[str, dict[str, str]]) -> None:
    """Create missing tables and columns.

    Existing rows have NULL in a new column until their files are loaded again, which a changed contract triggers.
    Raises DeclarationError if an existing column contradicts the contracts.
    """
    present: dict[str, dict[str, str]] = {}
    for name, column, kind in con.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal"
    ).fetchall():
        present.setdefault(name, {})[column] = kind
    for name, columns in tables.items():
        wanted = {**LINEAGE_COLUMNS, **columns}
        found = present.get(name)
        if found is None:
            con.execute(_creation(name, tuple(wanted.items())))
            continue
        if differ := sorted(found.items() - wanted.items()):
            raise DeclarationError(
                f"{name} in the raw warehouse differs from the contracts ({differ}): run `shopwatch replay`, "
                "which builds it again from the archive"
            )
        for column, kind in wanted.items():
            if column not in found:
                added = exp.Alter(this=exp.to_table(name), kind="TABLE", actions=[_definition(column, kind)])
                con.execute(added.sql("duckdb"))


@lru_cache(maxsize=1024)
def _creation(name: str, columns: tuple[tuple[str, str], ...]) -> str:
    """Statement that creates an empty table."""
    definitions = [_definition(column, kind) for column, kind in columns]
    return exp.Create(this=exp.Schema(this=exp.to_table(name), expressions=definitions), kind="TABLE").sql("duckdb")


def _definition(column: str, kind: str) -> exp.ColumnDef:
    return exp.ColumnDef(this=exp.to_identifier(column, quoted=True), kind=exp.DataType.build(kind, "duckdb"))


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run as one transaction, all or nothing; row order is not preserved."""
    con.execute(ANY_ORDER)
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    else:
        con.execute("commit")
    finally:
        con.execute(KEPT_ORDER)


@contextmanager
def shop_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the shop warehouse for writing, with the raw warehouse attached read-only as ``raw``."""
    keep_private()
    con = duckdb.connect(settings.shop_warehouse, config={"default_block_size": BLOCK_BYTES})
    try:
        settings.shop_warehouse.chmod(0o600)
        raw = exp.Literal.string(str(settings.raw_warehouse)).sql("duckdb")
        con.execute(f"attach {raw} as raw (read_only)")
        yield con
    finally:
        con.close()


@contextmanager
def read_shop_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the shop warehouse read-only, so that several tasks can notify at once."""
    con = duckdb.connect(settings.shop_warehouse, read_only=True)
    try:
        yield con
    finally:
        con.close()
