"""``kpi.period_coverage``: compared with what its model gives now, from the first changed day on."""

from __future__ import annotations

import duckdb

from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.integrity import has_table

INCOMPLETE = frozenset(
    f"intermediate.int_{name}"
    for name in ("absent_ad_accounts", "short_days", "unknown_shipping_days", "short_horizons", "order_days")
)
"""Tables that name days which lack something, or have more than exports cover."""


def remember_incomplete_days(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Keep the incomplete days of the last build, if it had all tables that name them."""
    con.execute("drop table if exists temp.known_incomplete_days")
    if present >= INCOMPLETE:
        _write_incomplete_days(con, "known_incomplete_days")


def replace_moved_coverage(con: duckdb.DuckDBPyConnection, sql: str, *, is_declared_anew: bool) -> int | None:
    """Replace the changed rows; returns the number of rows written, None if none changed.

    ``sql``: statement of the model. ``is_declared_anew``: a declaration changed, so that any period may have.
    """
    if not is_declared_anew and has_table(con, "known_incomplete_days", database="temp"):
        _write_incomplete_days(con, "incomplete_days")
        row = con.execute(library_sql("warehouse/first_day_to_cover")).fetchone()
        con.execute("set variable first_day = $1", [row[0] if row else None])
    con.execute(f"create or replace temp table fresh as {sql}; {library_sql('warehouse/moved_coverage')}")
    con.execute("reset variable first_day")
    return con.table("moved_period_coverage").shape[0] or None


def _write_incomplete_days(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute(f"create or replace temp table {table} as {library_sql('warehouse/incomplete_days')}")
