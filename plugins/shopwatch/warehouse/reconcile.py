"""Reconciliation of warehouse layers: ``include/sql/reconcile``, one comparison per file."""

from __future__ import annotations

import logging

import duckdb
from pydantic import BaseModel, ConfigDict

from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql, read_variants

log = logging.getLogger("shopwatch.warehouse.reconcile")


class Comparison(BaseModel):
    """Head of a comparison. ``grain``: one row per shop and day or week on which its two sides differ."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grain: str
    note: str = ""


def reconcile(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Fill ``ops.reconciliation`` with each shop and day (or week) on which two layers differ by a row or a cent.

    ``con``: the built shop warehouse with the raw warehouse attached as ``raw``. Returns the number of differences.
    """
    con.execute(library_sql("warehouse/reconciliation"))
    for path in sorted((settings.include / "sql" / "reconcile").glob("*.sql")):
        for name, (_, sql) in read_variants(path, Comparison).items():
            con.execute("insert into ops.reconciliation select $name, * from query($sql)", {"name": name, "sql": sql})
    count = con.table("ops.reconciliation").shape[0]
    if count:
        log.error("%s days on which the layers differ: see ops.reconciliation", f"{count:,}")
    return count
