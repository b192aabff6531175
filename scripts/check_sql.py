"""Check of every model and metric: one bare SELECT, a stated grain, tables only in import CTEs, every column named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import sqlglot
from pydantic import BaseModel
from sqlglot import exp

from shopwatch.catalog.metrics import Metric, MetricHead, load_metrics
from shopwatch.core.errors import DeclarationError
from shopwatch.core.sql_files import LIBRARY, read_variants, split_head
from shopwatch.warehouse.models import build_order, load_models
from shopwatch.warehouse.reconcile import Comparison

INCLUDE = Path(__file__).resolve().parents[1] / "include"
FOLDERS = (
    "staging",
    "intermediate",
    "marts",
    "kpi",
    "metrics",
    "details",
    "evidence",
    "review",
    "reconcile",
    "tables",
)
VARIANTS: dict[str, type[BaseModel]] = {"metrics": MetricHead, "reconcile": Comparison}
ROW = {"shop", "entity_type", "entity", "day"}
PERIOD_ROW = {"shop", "entity_type", "entity", "grain", "period_start"}
NUMBERS = {"numerator", "denominator", "value", "at_stake", "is_unknown"}


def faults_of(sql: str) -> list[str]:
    """Faults of one statement, one line each."""
    statements = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return ["is not one bare SELECT"]
    tree = statements[0]
    faults = []
    if ";" in sql:
        faults.append("ends in a semicolon")
    steps = tree.args.get("with_")
    if steps is None:
        return [*faults, "has no import CTE"]
    names = {step.alias for step in steps.expressions}
    for last in parts_of(tree):
        if {table.name for table in last.args["from_"].find_all(exp.Table)} - names:
            faults.append("its last SELECT reads a table directly: import it in a CTE")
        if any(isinstance(column, exp.Star) for column in last.expressions):
            faults.append("its last SELECT says *: name the columns")
    used = {table.name for table in tree.find_all(exp.Table)}
    faults += [f"its step {name} is used nowhere" for name in sorted(names - used)]
    return faults


def parts_of(tree: exp.Query) -> list[exp.Select]:
    """The last SELECT of a statement, or the SELECTs of its UNION."""
    if isinstance(tree, exp.Union):
        return [*parts_of(tree.left), *parts_of(tree.right)]
    return [tree] if isinstance(tree, exp.Select) else []


def faults_of_shape(metric: Metric) -> list[str]:
    """Faults in the columns of a metric's rows: missing ones, and ones that the runner does not roll up."""
    wanted = PERIOD_ROW if metric.head.rows == "period" else ROW
    number = "value" if metric.head.value in ("mean", "given") else "numerator"
    faults = []
    for last in parts_of(cast("exp.Query", sqlglot.parse_one(metric.sql, read="duckdb"))):
        given = set()
        for column in last.expressions:
            is_unnested = not column.alias_or_name  # unnest([{'entity_type': …, 'entity': …}], recursive := true)
            given |= (
                {field.name for struct in column.find_all(exp.Struct) for field in struct.expressions}
                if is_unnested
                else {column.alias_or_name}
            )
        if missing := sorted((wanted | {number}) - given):
            faults.append(f"lacks {', '.join(missing)}")
        if more := sorted(given - wanted - NUMBERS):
            faults.append(f"has columns that nothing reads: {', '.join(more)}")
    return faults


def main() -> int:
    """Return 1 if any file has a fault."""
    paths = sorted(path for folder in FOLDERS for path in (INCLUDE / "sql" / folder).glob("*.sql"))
    paths += sorted(path for path in LIBRARY.rglob("*.sql") if path.read_text("utf-8").startswith("/*"))
    found = []
    try:
        for path in paths:
            head, sql = split_head(path)
            if path.parent.name in VARIANTS:
                found += [
                    f"{path}: {fault}"
                    for _, sql in read_variants(path, VARIANTS[path.parent.name]).values()
                    for fault in faults_of(sql)
                ]
                continue
            if not head.lstrip().startswith("grain:"):
                found.append(f"{path}: does not state its grain in the first line")
            found += [f"{path}: {fault}" for fault in faults_of(sql)]
        metrics = load_metrics(INCLUDE)
        found += [f"KPI {metric.name}: {fault}" for metric in metrics for fault in faults_of_shape(metric)]
        build_order(load_models(INCLUDE), metrics)
    except DeclarationError as error:
        found.append(str(error))
    print("\n".join(found) if found else f"{len(paths)} SQL files are well")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
