"""KPIs as a semantic layer: an Apache Ossie model (formerly Open Semantic Interchange, OSI) of the published warehouse.

Format: https://github.com/apache/ossie, core specification 0.1.1 (datasets, relationships, metrics).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from shopwatch.catalog.metrics import Metric
from shopwatch.catalog.semantic import is_quotient, label, names_and_types, selection

Entry = dict[str, Any]
VERSION = "0.1.1"
KPIS, SHOPS = "fct_kpi", "dim_shop"
KEY = ("shop", "metric", "entity_type", "entity", "grain", "period_start")
TIME = "period_start"
FACTS = ("numerator", "denominator", "value", "coverage")


def ossie_model(metrics: list[Metric]) -> Entry:
    """KPIs with their shops as datasets, and a metric for each KPI and entity type at its shortest period.

    Values roll up as in the MetricFlow model: sums add up, ratios are sums of their parts divided, others are averaged.
    """
    model = {
        "name": "shopwatch",
        "description": "KPIs of on-line shops",
        "ai_context": {
            "instructions": f"Each metric selects its rows of {KPIS} by metric, entity type and grain. Group money by "
            "shop or currency. A missing value is unknown or does not apply; it is never zero."
        },
        "datasets": [
            _dataset(KPIS, "kpi", KEY, (*KEY, "currency", *FACTS)),
            _dataset(SHOPS, "marts", ("shop",), ("shop", "title", "platform", "currency", "region", "shop_group")),
        ],
        "relationships": [
            {"name": "kpi_of_shop", "from": KPIS, "to": SHOPS, "from_columns": ["shop"], "to_columns": ["shop"]}
        ],
        "metrics": [_metric(metric, name, by) for metric in metrics for name, by in names_and_types(metric)],
    }
    return {"version": VERSION, "semantic_model": [model]}


def _dataset(table: str, schema: str, key: Iterable[str], columns: Iterable[str]) -> Entry:
    fields = [
        {"name": column, "expression": _expression(exp.column(column))}
        | ({} if column in FACTS else {"dimension": {"is_time": column == TIME}})
        for column in columns
    ]
    return {"name": table, "source": f"shop.{schema}.{table}", "primary_key": [*key], "fields": fields}


def _metric(metric: Metric, name: str, by: str) -> Entry:
    head = metric.head
    return {
        "name": name,
        "description": f"{head.definition.en}. {head.caveat.en}",
        "expression": _expression(_aggregate(metric, by)),
        "ai_context": {"synonyms": [label(metric, by), head.title.zh]},
    }


def _aggregate(metric: Metric, by: str) -> exp.Expr:
    """The KPI over the rows of a query."""
    chosen = exp.and_(*(_column(name).eq(value) for name, value in selection(metric, by).items()))

    def of_rows(function: type[exp.AggFunc], column: str) -> exp.Expr:
        return function(this=exp.case().when(chosen, _column(column)))

    if is_quotient(metric):
        below = exp.func("nullif", of_rows(exp.Sum, "denominator"), exp.Literal.number(0))
        return exp.Div(this=of_rows(exp.Sum, "numerator"), expression=below)
    if metric.head.value == "sum":
        return of_rows(exp.Sum, "numerator")
    return of_rows(exp.Avg, "value")


def _column(name: str) -> exp.Column:
    return exp.column(name, table=KPIS)


def _expression(expression: exp.Expr) -> Entry:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": expression.sql()}]}
