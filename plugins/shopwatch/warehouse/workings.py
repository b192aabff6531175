"""Workings of the warehouse: what only models and the next night read, left out of the published file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import ONE_THREAD
from shopwatch.warehouse.dictionary import column_comment, table_comment
from shopwatch.warehouse.models import tables_by_statement
from shopwatch.warehouse.statements import INTERNAL, WORKINGS

NOTES = ("ops.judged_", "ops.news_", "meta.built", "meta.reviewed", "meta.un", "meta.written")
"""Beginnings of the names of tables that a night keeps for the next one, or for its mails."""

JUDGED = {"stg_shops", "stg_targets"}
"""Tables of the workings that the judge reads: a backtest runs on the published file."""


def leave_out_workings(warehouse: Path, language: str = "en") -> None:
    """Drop the workings from a copy of the shop warehouse, and add what depends on the night.

    Tables that a statement of ``meta.metrics`` or a backtest reads move to ``_internal``, with their descriptions; the
    dictionary keeps what is left, and ``kpi.metric_rows`` the periods that have begun by the night: orders may be due
    after it. The blocks of dropped tables stay in the file, free: to write all others anew would cost a large shop
    minutes a night. ``language``: that of the comments.
    """
    with duckdb.connect(warehouse) as con:
        con.execute(ONE_THREAD)
        found = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        if ("meta", "metrics") not in found:  # no night has been judged
            return
        con.execute("begin")
        con.execute(f"create schema {INTERNAL}")
        needed = _read_by_metrics(con) | JUDGED
        moved = [(schema, table) for schema, table in found if schema in WORKINGS and table in needed]
        for schema, table in moved:
            con.execute(f"create table {INTERNAL}.{table} as from {schema}.{table}")
        if comments := _comments(con, moved):
            con.execute(";\n".join(comments))
        con.execute(
            "update meta.columns set table_schema = $1 "
            "where list_contains($2, table_schema) and list_contains($3, table_name)",
            [INTERNAL, [*WORKINGS], sorted(needed)],
        )
        for schema in {schema for schema, _ in found} & {*WORKINGS}:
            con.execute(f"drop schema {schema} cascade")
        for schema, table in found:
            if f"{schema}.{table}".startswith(NOTES):
                con.execute(f"drop table {schema}.{table}")
                con.execute("delete from meta.columns where table_schema = $1 and table_name = $2", [schema, table])
        con.execute("delete from kpi.metric_rows where period_start > (select night from meta.night)")
        con.execute("delete from meta.columns where list_contains($1, table_schema)", [[*WORKINGS]])
        if {("marts", name) for name in ("fct_shipment", "fct_order", "fct_buyer_order")} <= {*found}:
            _add_columns(con, language)
        con.execute("commit")
        con.execute("checkpoint")


def _add_columns(con: duckdb.DuckDBPyConnection, language: str) -> None:
    """Add columns that no model can have, with their descriptions."""
    added = con.execute(library_sql("warehouse/published_columns")).fetchall()
    for column, table, en, zh in added:
        con.execute(column_comment("marts", table, column, zh if language == "zh" else en))


def _read_by_metrics(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the tables in ``_internal`` that the metrics' statements read."""
    statements = tuple(sql for (sql,) in con.execute("select sql from meta.metrics order by metric").fetchall())
    read = frozenset[str]().union(*tables_by_statement(statements).values()) if statements else frozenset[str]()
    return {name.removeprefix(f"{INTERNAL}.") for name in read if name.startswith(f"{INTERNAL}.")}


def _comments(con: duckdb.DuckDBPyConnection, moved: list[tuple[str, str]]) -> list[str]:
    """Statements that describe the moved tables and their columns in ``_internal`` as before."""
    described = con.execute(
        "select schema_name, table_name, column_name, duckdb_columns.comment, duckdb_tables.comment "
        "from duckdb_columns() inner join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = current_database()"
    ).fetchall()
    statements: dict[str, None] = {}
    for schema, table, column, meaning, grain in described:
        if (schema, table) in moved:
            statements[table_comment(INTERNAL, table, grain or "")] = None
            statements[column_comment(INTERNAL, table, column, meaning or "")] = None
    return [*statements]
