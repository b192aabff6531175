"""Workings of the warehouse: the schemas that only models read, left out of the published file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from shopwatch.warehouse.connections import limit_threads
from shopwatch.warehouse.dictionary import column_comment, table_comment
from shopwatch.warehouse.models import tables_by_statement
from shopwatch.warehouse.statements import INTERNAL, WORKINGS


def leave_out_workings(warehouse: Path) -> None:
    """Drop the workings from a copy of the shop warehouse.

    Tables that a statement of ``meta.metrics`` reads move to ``_internal``, with their descriptions; the dictionary
    keeps what is left, and ``kpi.metric_rows`` the periods that have begun by the night: orders may be due after it.
    The blocks of dropped tables stay in the file, free: to write all others anew would cost a large shop minutes a
    night.
    """
    with duckdb.connect(warehouse) as con:
        limit_threads(con, warehouse)
        found = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        if ("meta", "metrics") not in found:  # no night has been judged
            return
        con.execute("begin")
        con.execute(f"create schema {INTERNAL}")
        needed = _read_by_metrics(con)
        for schema, table in found:
            if schema in WORKINGS and table in needed:
                _move(con, schema, table)
        for schema in {schema for schema, _ in found} & {*WORKINGS}:
            con.execute(f"drop schema {schema} cascade")
        con.execute("delete from kpi.metric_rows where period_start > (select night from meta.night)")
        con.execute("delete from meta.columns where list_contains($1, table_schema)", [[*WORKINGS]])
        con.execute("commit")
        con.execute("checkpoint")


def _read_by_metrics(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the tables in ``_internal`` that the metrics' statements read."""
    statements = tuple(sql for (sql,) in con.execute("select sql from meta.metrics order by metric").fetchall())
    read = frozenset[str]().union(*tables_by_statement(statements).values()) if statements else frozenset[str]()
    return {name.removeprefix(f"{INTERNAL}.") for name in read if name.startswith(f"{INTERNAL}.")}


def _move(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    """Copy a table to ``_internal``, and describe it there as before."""
    con.execute(f"create table {INTERNAL}.{table} as from {schema}.{table}")
    con.execute(
        "update meta.columns set table_schema = $1 where table_schema = $2 and table_name = $3",
        [INTERNAL, schema, table],
    )
    described = con.execute(
        "select column_name, duckdb_columns.comment, duckdb_tables.comment "
        "from duckdb_columns() inner join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = current_database() and schema_name = $1 and table_name = $2",
        [schema, table],
    ).fetchall()
    for column, meaning, grain in described:
        con.execute(table_comment(INTERNAL, table, grain or ""))
        con.execute(column_comment(INTERNAL, table, column, meaning or ""))
