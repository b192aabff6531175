"""Sums of a table's money for each currency: currencies are never added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopwatch.catalog.tables import Table
from shopwatch.core.i18n import Words, money
from shopwatch.core.text import DOT
from shopwatch.warehouse.connections import dicts
from shopwatch.web.published import Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation


def currency_sums(rows: DuckDBPyRelation, table: Table, say: Words) -> list[str]:
    """A line for each currency with the sums of the table's ``sums``; empty for fewer than two rows of it.

    A sum over rows of which some have no value states how many have one.
    """
    if not table.sums:
        return []
    from duckdb import ColumnExpression, FunctionExpression

    columns = [ColumnExpression("currency"), FunctionExpression("count", ColumnExpression("currency")).alias("rows")]
    for name in table.sums:
        columns += [
            FunctionExpression("sum", ColumnExpression(name)).alias(name),
            FunctionExpression("count", ColumnExpression(name)).alias(f"{name}_rows"),
        ]
    found = dicts(rows.aggregate(columns, "currency").order("currency"))
    return [_line(row, table, say) for row in found if row["rows"] > 1]


def _line(row: Row, table: Table, say: Words) -> str:
    amounts = [
        say(
            "sum_of_all" if row[f"{name}_rows"] == row["rows"] else "sum_of_some",
            title=table.columns[name].title.of(say.language),
            amount=money(row[name], row["currency"]),
            **({} if row[f"{name}_rows"] == row["rows"] else {"count": row[f"{name}_rows"]}),
        )
        for name in table.sums
        if row[f"{name}_rows"]
    ]
    return say("sums", currency=row["currency"], amounts=DOT.join(amounts))
