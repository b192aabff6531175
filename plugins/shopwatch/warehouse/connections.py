"""The DuckDB files: connections and transactions."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import TokenType, exp

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
RAW_MEMORY = BUILD_MEMORY = "512MB"  # the rest spills to disk, next to the warehouse
BLOCK_BYTES = 65536
"""Block size of new warehouses. In DuckDB's default of 262,144 a hundred small tables take 30 MB."""
LARGE_BYTES = 48_000_000
"""Bytes of warehouse files from which on work on all rows gets all cores. On less, threads cost more than they gain."""
ONE_THREAD = "set threads = 1"
"""Setting for a night's statements: on two threads they took 1.4 times the CPU of one, on a history of a year."""


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
    """Replace table names of one statement."""
    ((statement, _),) = _statements(text, tuple(tables.items()))
    return statement


def run_script(con: duckdb.DuckDBPyConnection, text: str, tables: dict[str, str], values: dict[str, object]) -> None:
    """Run a script statement by statement, with table names replaced, each with the parameters it uses."""
    for statement, used in _statements(text, tuple(tables.items())):
        con.execute(statement, {name: value for name, value in values.items() if name in used})


@lru_cache(maxsize=512)
def _statements(text: str, tables: tuple[tuple[str, str], ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Statements of a script with table names replaced, each with the names of its parameters."""
    names = dict(tables)
    return tuple(("".join(names.get(part, part) for part in parts), used) for parts, used in _parts(text, (*names,)))


@lru_cache(maxsize=64)
def _parts(text: str, names: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], frozenset[str]], ...]:
    """Statements of a script, each cut before and after the given names, with the names of its parameters.

    By tokens, since a syntax tree takes a hundred times as long to make and to write.
    """
    statements: list[tuple[tuple[str, ...], frozenset[str]]] = []
    parts: list[str] = []
    used: set[str] = set()
    end = 0
    tokens = sqlglot.tokenize(text, read="duckdb")
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.token_type is TokenType.SEMICOLON:
            statements.append(((*parts, text[end : token.start]), frozenset(used)))
            parts, used, end = [], set(), token.end + 1
        elif token.token_type is TokenType.VAR and before and before.token_type is TokenType.PARAMETER:
            used.add(token.text)
        elif token.token_type is TokenType.VAR and token.text in names:
            parts += [text[end : token.start], token.text]
            end = token.end + 1
    if parts or (tokens and tokens[-1].start >= end):
        statements.append(((*parts, text[end:]), frozenset(used)))
    return tuple(statements)


def choose_threads(con: duckdb.DuckDBPyConnection, *warehouses: Path) -> None:
    """Use all cores for large warehouses and one thread for small ones, before work on all of their rows."""
    size = sum(path.stat().st_size for path in warehouses if path.exists())
    con.execute("reset threads" if size >= LARGE_BYTES else ONE_THREAD)


@contextmanager
def raw_warehouse(settings: Settings, contracts: dict[str, Contract]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the raw warehouse for writing, with a table for each contract. No other process can have it open."""
    keep_private()
    private_folder(settings.raw_warehouse.parent)
    with contextlib.nullcontext() if settings.is_replay else lock_raw(settings), _connection(settings) as con:
        settings.raw_warehouse.chmod(0o600)
        for left in (*settings.raw_warehouse.parent.glob("tmp*.csv"), *settings.archive.glob(".*.part")):
            left.unlink()  # text and copy of a file left by a killed load; no other process can be using them
        _ensure_structure(con, contracts)
        yield con


@contextmanager
def _connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(settings.raw_warehouse, config={"memory_limit": RAW_MEMORY, "default_block_size": BLOCK_BYTES})
    try:
        choose_threads(con, settings.raw_warehouse)
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


def create_incoming(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Create the table of an export's incoming rows unless it exists."""
    con.execute(_creation(f"incoming.{contract.export}", tuple(_incoming_columns(contract).items())))


def _incoming_columns(contract: Contract) -> dict[str, str]:
    return {**LINEAGE_COLUMNS, **table_columns({contract.export: contract})[contract.table]}


def _ensure_structure(con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> None:
    """Bring schemas, tables and columns in line with the contracts; does nothing if these were the last ones.

    Existing rows have NULL in a new column until their files are loaded again, which a changed contract triggers.
    Raises DeclarationError if an existing column contradicts the contracts.
    """
    schema = library_sql("warehouse/raw_schema")
    tables = {
        f"{schema_name}.{table}": {**LINEAGE_COLUMNS, **columns}
        for table, columns in table_columns(contracts).items()
        for schema_name in ("main", "apart")
    }
    incoming = {f"incoming.{name}": _incoming_columns(contract) for name, contract in contracts.items()}
    signature = hashlib.sha256(repr((schema, tables, incoming)).encode()).hexdigest()
    if _recorded_structure(con) == signature:
        return
    with transaction(con):  # committed one by one, each table would wait for the disk
        con.execute(schema)
        _ensure(con, tables, incoming)
        con.execute("create or replace table structure as select $1 as signature", [signature])


def _recorded_structure(con: duckdb.DuckDBPyConnection) -> str | None:
    try:
        row = con.execute("select signature from structure").fetchone()
    except duckdb.CatalogException:  # a new warehouse
        return None
    return str(row[0]) if row else None


def _ensure(
    con: duckdb.DuckDBPyConnection, tables: dict[str, dict[str, str]], existing: dict[str, dict[str, str]]
) -> None:
    """Create missing tables, and missing columns of them and of ``existing`` tables."""
    present: dict[str, dict[str, str]] = {}
    for name, column, kind in con.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal"
    ).fetchall():
        present.setdefault(name, {})[column] = kind
    for name, wanted in {**tables, **{name: existing[name] for name in existing.keys() & present.keys()}}.items():
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
    """Statement that creates an empty table unless it exists."""
    definitions = [_definition(column, kind) for column, kind in columns]
    table = exp.Schema(this=exp.to_table(name), expressions=definitions)
    return exp.Create(this=table, kind="TABLE", exists=True).sql("duckdb")


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
def shop_warehouse(settings: Settings, memory: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the shop warehouse for writing, with the raw warehouse attached read-only as ``raw``.

    ``memory``: most memory that DuckDB uses (``512MB``); by default 80 % of the machine's.
    """
    keep_private()
    limits = {"memory_limit": memory} if memory else {}
    con = duckdb.connect(settings.shop_warehouse, config={"default_block_size": BLOCK_BYTES, **limits})
    try:
        settings.shop_warehouse.chmod(0o600)
        con.execute(ONE_THREAD)
        raw = exp.Literal.string(str(settings.raw_warehouse)).sql("duckdb")
        con.execute(f"attach {raw} as raw (read_only)")
        yield con
    finally:
        con.close()


@contextmanager
def gathered_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the shop warehouse that is gathered from those of the shards; it has no raw warehouse."""
    keep_private()
    private_folder(settings.shop_warehouse.parent)
    con = duckdb.connect(settings.shop_warehouse, config={"default_block_size": BLOCK_BYTES})
    try:
        settings.shop_warehouse.chmod(0o600)
        yield con
    finally:
        con.close()


@contextmanager
def read_shop_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the shop warehouse read-only, so that several tasks can notify at once."""
    con = duckdb.connect(settings.shop_warehouse, read_only=True)
    try:
        con.execute(ONE_THREAD)
        yield con
    finally:
        con.close()
