"""Reconciliation of warehouse layers: ``include/sql/reconcile``, one comparison per file.

A comparison's SELECT returns ``side`` (``expected`` or ``found``), ``shop``, ``day`` (of a week its Monday),
``row_count`` and ``money``. The rows of a side, shop and day add up, and the two sides must agree.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import duckdb

from shopwatch.core.declaration import Declaration
from shopwatch.core.sql_files import library_sql, read_variants

log = logging.getLogger("shopwatch.warehouse.reconcile")


class Comparison(Declaration):
    """Head of a comparison. ``grain``: of its rows in ``ops.reconciliation``, one per shop and differing day or week.

    ``partition``: ``order`` if it reads changed orders only, so that other days keep their result.
    """

    grain: str
    partition: Literal["order", "whole"] = "whole"
    note: str = ""


def load_comparisons(include: Path) -> dict[str, tuple[Comparison, str]]:
    """Head and statement of each comparison, by name. Raises DeclarationError naming the file."""
    comparisons: dict[str, tuple[Comparison, str]] = {}
    for path in sorted((include / "sql" / "reconcile").glob("*.sql")):
        comparisons |= read_variants(path, Comparison)
    return comparisons


def reconcile(con: duckdb.DuckDBPyConnection, comparisons: dict[str, tuple[Comparison, str]], whole: bool) -> int:
    """Fill ``ops.reconciliation`` with each shop and day (or week) on which two layers differ by a row or a cent.

    ``con``: the built shop warehouse with the raw warehouse attached as ``raw``. ``whole``: whether all days changed.
    Returns the number of differences.
    """
    in_part = [name for name, (head, _) in comparisons.items() if head.partition == "order" and not whole]
    con.execute(library_sql("warehouse/reconciliation"))
    con.execute(library_sql("warehouse/reconciliation_again"), {"kept": in_part})
    for name, (_, sql) in comparisons.items():
        values = {"name": name, "sql": sql, "in_part": name in in_part}
        con.execute(library_sql("warehouse/differing_sides"), values)
    count = con.table("ops.reconciliation").shape[0]
    if count:
        log.error("%s days on which the layers differ: see ops.reconciliation", f"{count:,}")
    return count
