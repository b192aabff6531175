"""Whether the layers of the warehouse say the same: ``include/sql/reconcile``, one comparison a file."""

from __future__ import annotations

import logging

import duckdb

from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql, split_head

log = logging.getLogger("shopwatch.warehouse.reconcile")


def reconcile(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Fill ``ops.reconciliation`` with each shop and day (or week) on which two layers differ by a row or a cent.

    ``con`` is the built shop warehouse with the raw one attached as ``raw``. Returns how many differ.
    """
    con.execute(library_sql("warehouse/reconciliation"))
    for path in sorted((settings.include / "sql" / "reconcile").glob("*.sql")):
        named = duckdb.ConstantExpression(path.stem)
        con.sql(split_head(path)[1]).select(named, duckdb.StarExpression()).insert_into("ops.reconciliation")
    count = con.table("ops.reconciliation").shape[0]
    if count:
        log.error("%s days on which the layers differ: see ops.reconciliation", f"{count:,}")
    return count
