"""Complete statement of a metric, as analysts run it on the published warehouse: its rows and their roll-up."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from textwrap import indent

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from shopwatch.catalog.metrics import Metric
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import on_tables
from shopwatch.warehouse.metric_runner import roll_up_sql

Declared = tuple[tuple[str, object], ...]
METRIC_HERE, ROWS_HERE = "@metric", "@rows"
WORKINGS = ("staging", "intermediate", "seed")
"""Schemas that only models read: the published file leaves them out."""
INTERNAL = "_internal"
"""Schema of the published file with the tables of the workings that metrics read."""


def whole_statement(metric: Metric, macros: str) -> str:
    """A metric's rows over its whole history, rolled up as in ``kpi.fct_kpi``, in one statement.

    It needs only the published warehouse: macros, which end with the connection, and the metric's declaration are
    inlined, and tables of the workings are those in ``_internal``. ``macros``: the text that creates them.
    """
    head = metric.head
    roll_up = _roll_up(
        (
            ("roll_up", head.value),
            ("shortfall", head.shortfall),
            ("needs_denominator", head.needs_denominator),
            ("at_most_one", head.at_most_one),
            ("unit", "hours" if head.unit == "hours" else ""),  # the only unit that changes the statement
        ),
        macros,
    )
    rows = indent(_without_macros(metric.sql, macros), "    ")
    statement = roll_up.replace(METRIC_HERE, metric.name).replace(ROWS_HERE, f"\n{rows}\n")
    return on_tables(statement, dict.fromkeys(WORKINGS, INTERNAL))


@lru_cache(maxsize=64)
def _roll_up(declared: Declared, macros: str) -> str:
    """The roll-up of metrics with one declaration: all periods, and only the steps this declaration needs.

    It has placeholders for the metric's name and SELECT, so that the text of the file appears as written.
    """
    tree = sqlglot.parse_one(roll_up_sql(), read="duckdb")
    assert isinstance(tree, exp.Select)
    values = dict(declared)
    next(step for step in tree.ctes if step.alias == "changed").this.args["where"] = None
    for column in list(tree.find_all(exp.Column)):
        if column.name in ("model_hash", "is_whole", "is_onward", *values):
            if isinstance(column.parent, exp.Select) and column.arg_key == "expressions":
                column.pop()
            else:
                column.replace(exp.convert(values[column.name]))
    simplify(tree, dialect="duckdb")
    while _prune(tree):
        pass
    _table(tree, "temp.metric_days").replace(_rows().subquery())
    tree = tree.with_("own", as_=exp.Var(this=ROWS_HERE), append=True)
    steps = tree.args["with_"]
    steps.set("expressions", [steps.expressions[-1], *steps.expressions[:-1]])
    return str(_inline_macros(tree, macros).sql(dialect="duckdb", pretty=True))


def _rows() -> exp.Query:
    """The metric's own rows with its name; a column it lacks is NULL, in the type it has in a night."""
    created = sqlglot.parse_one(library_sql("warehouse/metric_days"), read="duckdb")
    columns = [exp.Cast(this=exp.null(), to=column.kind).as_(column.name) for column in created.find_all(exp.ColumnDef)]
    own = exp.select(exp.Literal.string(METRIC_HERE).as_("metric"), "*").from_("own")
    return exp.Union(this=own, expression=exp.select(*columns).where(exp.false()), distinct=False, by_name=True)


def _prune(tree: exp.Select) -> bool:
    """Remove columns, joins and steps that nothing references; returns whether any were removed."""
    columns = list(tree.find_all(exp.Column))
    tables = {column.table for column in columns}
    names = {column.name for column in columns} | tables  # the field of a struct looks like the column of a table
    steps = {table.name for table in tree.find_all(exp.Table) if not table.db}
    counted = Counter(column.name for column in columns)
    unused: list[exp.Expr] = [
        projection
        for step in tree.ctes
        for projection in step.this.expressions
        if (isinstance(projection, exp.Alias) and projection.alias not in names)
        or (isinstance(projection, exp.Column) and projection.table and counted[projection.name] == 1)
    ]
    unused += [
        join
        for join in tree.find_all(exp.Join)
        if join.this.name in ("metrics", "targets", "prices") and join.this.name not in tables
    ]
    unused += [step for step in tree.ctes if step.alias not in steps]
    for node in unused:
        node.pop()
    return bool(unused)


def _table(tree: exp.Expr, name: str) -> exp.Table:
    return next(table for table in tree.find_all(exp.Table) if f"{table.db}.{table.name}" == name)


@lru_cache(maxsize=512)
def _without_macros(sql: str, macros: str) -> str:
    """The statement with macros inlined; unchanged if it uses none."""
    if not any(f"{macro}(" in sql for macro in _macro_bodies(macros)):
        return sql
    return str(_inline_macros(sqlglot.parse_one(sql, read="duckdb"), macros).sql(dialect="duckdb", pretty=True))


def _inline_macros(tree: exp.Expr, macros: str) -> exp.Expr:
    bodies = _macro_bodies(macros)

    def inline_call(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.DateTrunc | exp.TimestampTrunc) and node.text("unit").lower() == "grain":
            return exp.Anonymous(this="date_trunc", expressions=[exp.column("grain"), node.this])  # a column, no unit
        if not isinstance(node, exp.Anonymous) or node.name.lower() not in bodies:
            return node
        names, body = bodies[node.name.lower()]
        arguments = dict(zip(names, node.expressions, strict=True))
        return exp.paren(
            body.transform(lambda part: arguments.get(part.name, part) if isinstance(part, exp.Column) else part)
        )

    return tree.transform(inline_call)


@lru_cache(maxsize=4)
def _macro_bodies(macros: str) -> dict[str, tuple[list[str], exp.Expr]]:
    """Argument names and expression of each macro."""
    return {
        create.this.this.name: ([argument.name for argument in create.this.expressions], create.expression)
        for create in sqlglot.parse(macros, read="duckdb")
        if isinstance(create, exp.Create)
    }
