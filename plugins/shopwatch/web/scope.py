"""Views of a published night that hold the rows of some shops only, in a database of their own.

Every statement of a page runs against these views, so that none has to know who asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from shopwatch.core.sql_files import library_sql

if TYPE_CHECKING:
    import duckdb

SHARED = "meta"
"""Schema of declarations: its tables without a shop are the same for everybody."""
SUMS = ("review/rule_quality",)
"""Models that sum over shops: they are computed from the rows that are seen."""
ALERTS = "ops.alerts"


def create_scope(con: duckdb.DuckDBPyConnection, night: str, scope: str, shops: Collection[str], include: Path) -> None:
    """Attach ``scope``: the attached database ``night`` with the rows of the shops only.

    A table with a column ``shop`` keeps those rows, one with ``alert_key`` those of their alerts, and what takes these
    back. One with neither is shown if it holds declarations, and is empty otherwise: it may hold anything of any shop.
    """
    con.execute(f"attach ':memory:' as {exp.to_identifier(scope).sql('duckdb')}")
    try:
        for view in _views(con, night, scope, shops, include):
            con.execute(view.sql("duckdb"))
    except BaseException:
        con.execute(f"detach {exp.to_identifier(scope).sql('duckdb')}")
        raise


def _views(
    con: duckdb.DuckDBPyConnection, night: str, scope: str, shops: Collection[str], include: Path
) -> Iterator[exp.Create]:
    """Statements that create schemas and views, those first that others read."""
    tables = con.execute(library_sql("web/columns"), {"database": night}).fetchall()
    for schema in sorted({schema for schema, _, _ in tables}):
        yield exp.Create(kind="SCHEMA", this=exp.table_("", db=schema, catalog=scope))
    for schema, table, columns in sorted(tables, key=lambda one: (f"{one[0]}/{one[1]}" in SUMS, "shop" not in one[2])):
        name = f"{schema}/{table}"
        if name in SUMS:
            query = _within(scope, (include / "sql" / f"{name}.sql").read_text("utf-8"))
        else:
            query = _seen(exp.table_(table, db=schema, catalog=night), columns, shops, scope)
        yield exp.Create(kind="VIEW", this=exp.table_(table, db=schema, catalog=scope), expression=query)


def _seen(table: exp.Table, columns: Collection[str], shops: Collection[str], scope: str) -> exp.Select:
    rows = exp.select("*").from_(table)
    if "shop" in columns:
        return rows.where(exp.column("shop").isin(*sorted(shops)))
    if "alert_key" in columns:
        schema, name = ALERTS.split(".")
        of_alerts = exp.column("alert_key").isin(query=exp.select("key").from_(exp.table_(name, schema, scope)))
        if "lifts" not in columns:
            return rows.where(of_alerts)
        about_alerts = exp.select("key").from_(table.copy()).where(of_alerts.copy())
        return rows.where(exp.or_(of_alerts, exp.column("lifts").isin(query=about_alerts)))
    return rows if table.db == SHARED else rows.where(exp.false())


def _within(scope: str, sql: str) -> exp.Expr:
    """The statement on the scope's tables: a view looks for unqualified ones in its own schema."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        if table.db:
            table.set("catalog", exp.to_identifier(scope))
    return tree
