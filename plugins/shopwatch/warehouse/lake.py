"""Publishing to a lake: the published tables as Parquet files, one DuckLake snapshot a night."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import choose_threads, on_tables, run_script
from shopwatch.warehouse.dictionary import column_comment, table_comment
from shopwatch.warehouse.lake_store import LakeError, LakeStore, open_lake_store
from shopwatch.warehouse.statements import INTERNAL

log = logging.getLogger("shopwatch.lake")

YEAR_OF = ("day", "period_start", "week_start")
"""Columns whose year parts a shop's rows, the first that a table has."""
PARTS = f"{INTERNAL}.parts"
"""Table of the lake with the fingerprint of each part."""
REMEDY = (
    "If files of the lake or its catalogue were lost, remove what is left of both: the next night publishes all tables "
    "again, without the nights before"
)
NAMED = "call lake.set_commit_message('shopwatch', $1, extra_info => $2)"
MEMORY = "512MB"
SHORTEST_LIFE = timedelta(hours=12)
"""Age from which a file that no snapshot knows was left by a killed publication: younger ones may be being written."""


@dataclass(frozen=True)
class LakeTable:
    """A table of the night or of the lake: its columns with their types, and all comments."""

    schema: str
    name: str
    columns: dict[str, str]
    comment: str
    comments: dict[str, str]

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def shop_key(self) -> str:
        return "rows.shop" if "shop" in self.columns else "cast(null as varchar)"

    @property
    def year_key(self) -> str:
        column = self._year_column()
        return f"year(rows.{column})" if column else "cast(null as bigint)"

    @property
    def partition(self) -> list[str]:
        """Partition keys in DuckLake's words; none if the table is one part."""
        column = self._year_column()
        return [*(["shop"] if "shop" in self.columns else []), *([f"year({column})"] if column else [])]

    def _year_column(self) -> str | None:
        return next((column for column in YEAR_OF if self.columns.get(column) == "DATE"), None)


def publish_to_lake(settings: Settings, night: date, warehouse: Path) -> int:
    """Publish a published warehouse to the lake of the settings as one snapshot; returns the number of changed parts.

    A part is a shop's year of a table. Only parts whose rows changed are written anew, and readers see the last night
    until the new one is complete. The same night once more leaves the lake as it is. Snapshots before the last
    ``keep_nights`` nights are removed with their files, and so are files that a killed publication has left.

    Raises LakeError if the lake or its catalogue cannot be reached or files of it are missing, and DeclarationError if
    a setting or package is missing.
    """
    store = open_lake_store(settings)
    with _connection(store, warehouse) as con:
        with store.attached(con):
            changed = _publish(con, night)
            _expire(con, settings.keep_nights)
        with store.attached(con):  # only now that readers have the night
            _remove_files(con, store)
    log.info("published %s parts of tables to %s", changed, store.address)
    return changed


@contextmanager
def _connection(store: LakeStore, warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The night attached as ``night``, and what the lake needs loaded."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": str(warehouse.parent),
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(config=config) as con, store.permissions():
        choose_threads(con, warehouse)
        path = exp.Literal.string(str(warehouse)).sql("duckdb")
        con.execute(f"attach {path} as night (read_only)")
        try:
            store.load(con)
            yield con
        except duckdb.Error as error:
            raise LakeError(f"the night cannot be published to {store.address}: {error}. {REMEDY}") from error
        except OSError as error:
            raise LakeError(f"the night cannot be published to {store.address}: {error}") from error


def _publish(con: duckdb.DuckDBPyConnection, night: date) -> int:
    """Bring all tables of the lake up to date in one transaction."""
    con.execute("begin")
    run_script(con, library_sql("warehouse/lake_start"), {}, {})
    tables, present = _tables(con, "night"), _tables(con, "lake")
    present.pop(PARTS)
    for key, table in tables.items():
        former = present.pop(key, None)
        if former is None or former.columns != table.columns:
            _create(con, table, former)
            former = None
        _comment(con, table, former)
        _run(con, "lake_parts", table)
    for table in present.values():
        con.execute(on_tables("drop table lake_table", {"lake_table": _in_lake(table)}))
    changes, names = library_sql("warehouse/lake_changes").split(";")
    con.execute(changes)
    changed = [tables[name] for (name,) in con.execute(names).fetchall() if name in tables]
    for table in changed:
        _run(con, "lake_replace", table)
    (count,) = con.execute("select count(*) from temp.changed_parts").fetchall()[0]
    if not count:
        con.execute("rollback")
        return 0
    con.execute(library_sql("warehouse/lake_finish"))
    con.execute(NAMED, [f"night of {night.isoformat()}", night.isoformat()])
    con.execute("commit")
    return int(count)


def _tables(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, LakeTable]:
    """Tables of an attached database by their names."""
    rows = con.execute(library_sql("warehouse/lake_tables"), {"database": database}).fetchall()
    tables = {}
    for (schema, name), columns in groupby(rows, itemgetter(0, 1)):
        found = list(columns)
        types = {column: data_type for _, _, column, data_type, _, _ in found}
        comments = {column: comment or "" for _, _, column, _, comment, _ in found}
        table = LakeTable(schema, name, types, found[0][5] or "", comments)
        tables[table.key] = table
    return tables


def _in_lake(table: LakeTable) -> str:
    return exp.table_(table.name, db=table.schema, catalog="lake").sql("duckdb", identify=True)


def _run(con: duckdb.DuckDBPyConnection, script: str, table: LakeTable) -> None:
    """Run a script of the lake on one table."""
    names = {
        "lake_table": _in_lake(table),
        "night_table": exp.table_(table.name, db=table.schema, catalog="night").sql("duckdb", identify=True),
        "shop_key": table.shop_key,
        "year_key": table.year_key,
    }
    run_script(con, library_sql(f"warehouse/{script}"), names, {"name": table.key})


def _create(con: duckdb.DuckDBPyConnection, table: LakeTable, former: LakeTable | None) -> None:
    """Create a table of the lake, without rows; one with other columns is dropped first, and all parts are news."""
    if former is not None:
        con.execute(on_tables("drop table lake_table", {"lake_table": _in_lake(former)}))
    con.execute("delete from lake._internal.parts where table_name = $1", [table.key])
    con.execute(on_tables("create schema if not exists lake.lake_schema", {"lake_schema": f'"{table.schema}"'}))
    _run(con, "lake_create", table)
    if table.partition:
        keys = ", ".join(table.partition)
        con.execute(
            on_tables("alter table lake_table set partitioned by (keys)", {"lake_table": _in_lake(table), "keys": keys})
        )


def _comment(con: duckdb.DuckDBPyConnection, table: LakeTable, former: LakeTable | None) -> None:
    """Write the comments that the lake does not have yet; ``former``: the table as it has it."""
    if table.comment != (former.comment if former else ""):
        con.execute(table_comment(table.schema, table.name, table.comment, "lake"))
    for column, text in table.comments.items():
        if text != (former.comments[column] if former else ""):
            con.execute(column_comment(table.schema, table.name, column, text, "lake"))


def _expire(con: duckdb.DuckDBPyConnection, nights: int) -> None:
    """Expire snapshots before the last nights."""
    old = con.execute(library_sql("warehouse/lake_expired"), {"nights": nights}).fetchall()
    if old:
        con.execute("call ducklake_expire_snapshots('lake', versions => $1)", [[number for (number,) in old]])


def _remove_files(con: duckdb.DuckDBPyConnection, store: LakeStore) -> None:
    """Remove files of expired snapshots, and those that killed publications left.

    DuckLake's own function for the latter compares addresses: on a store that writes them differently, it removed
    every file.
    """
    con.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)")
    known = {file for (file,) in con.execute(library_sql("warehouse/lake_files")).fetchall()}
    store.remove_unknown(known, datetime.now(UTC) - SHORTEST_LIFE)
    live = [file for (file,) in con.execute(library_sql("warehouse/lake_live_files")).fetchall()]
    if lost := sorted({*live} - store.file_names()):
        raise LakeError(f"{len(lost)} files of the lake {store.address} are missing, such as {lost[0]}. {REMEDY}")
