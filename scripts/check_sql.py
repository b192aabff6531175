"""Every model and metric: one bare SELECT, its grain stated, tables only in import CTEs, every column named."""

from __future__ import annotations

import sys
from pathlib import Path

import sqlglot
from sqlglot import exp

from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.errors import DeclarationError
from shopwatch.core.sql_files import LIBRARY, split_head
from shopwatch.warehouse.models import build_order, load_models

INCLUDE = Path(__file__).resolve().parents[1] / "include"
FOLDERS = (
    "staging",
    "intermediate",
    "marts",
    "kpi",
    "metrics",
    "review",
    "reconcile",
    "workbook",
)
SHAPE = [
    "shop",
    "entity_type",
    "entity",
    "grain",
    "period_start",
    "numerator",
    "denominator",
    "value",
    "at_stake",
]


def faults_of(path: Path) -> list[str]:
    """What is wrong with one file, each fault in a line."""
    head, sql = split_head(path)
    statements = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        return ["is not one bare SELECT"]
    tree = statements[0]
    faults = []
    if path.parent.name != "metrics" and not head.lstrip().startswith("grain:"):
        faults.append("does not state its grain in the first line")
    if ";" in sql:
        faults.append("ends in a semicolon")
    steps = tree.args.get("with_")
    if steps is None:
        return [*faults, "has no import CTE"]
    names = {step.alias for step in steps.expressions}
    if {table.name for table in tree.args["from_"].find_all(exp.Table)} - names:
        faults.append("its last SELECT reads a table directly: import it in a CTE")
    if any(isinstance(column, exp.Star) for column in tree.expressions):
        faults.append("its last SELECT says *: name the columns")
    if path.parent.name == "metrics" and [column.alias_or_name for column in tree.expressions] != SHAPE:
        faults.append(f"does not give the shape of a metric: {', '.join(SHAPE)}")
    used = {table.name for table in tree.find_all(exp.Table)}
    faults += [f"its step {name} is used nowhere" for name in sorted(names - used)]
    return faults


def main() -> int:
    """Returns 1 where any file has a fault."""
    paths = sorted(path for folder in FOLDERS for path in (INCLUDE / "sql" / folder).glob("*.sql"))
    paths += sorted(path for path in LIBRARY.rglob("*.sql") if path.read_text("utf-8").startswith("/*"))
    found = [f"{path}: {fault}" for path in paths for fault in faults_of(path)]
    try:
        build_order(load_models(INCLUDE), load_metrics(INCLUDE))
    except DeclarationError as error:
        found.append(str(error))
    print("\n".join(found) if found else f"{len(paths)} SQL files are well")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
