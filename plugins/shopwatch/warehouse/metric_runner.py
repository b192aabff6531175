"""Metric runner: rolls the rows of metric files up to days, weeks and months in ``kpi.metric_rows``."""

from __future__ import annotations

import duckdb
import pyarrow

from shopwatch.catalog.metrics import Metric
from shopwatch.core.errors import DeclarationError
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import run_script

METRIC_ROWS = "kpi.metric_rows"
ALL = "select $metric_{number} as metric, * from query($sql_{number})"
CHANGED = {
    "period": f"{ALL} semi join changed_spans using (shop, day)",
    "onward": f"{ALL} semi join changed_onward_spans using (shop, day)",
}


def declared_metrics(metrics: list[Metric]) -> dict[str, list[dict[str, object]]]:
    """Rows of ``seed.metrics`` and ``seed.metric_grains``, from the metric heads."""
    rows: list[dict[str, object]] = [
        {
            "metric": metric.name,
            "inputs": list(metric.head.inputs),
            "title_zh": metric.head.title.zh,
            "title_en": metric.head.title.en,
            "stage": metric.head.stage,
            "unit": metric.head.unit,
            "direction": metric.head.direction,
            "adds_up": metric.head.adds_up,
            "may_be_negative": metric.head.may_be_negative,
            "roll_up": metric.head.value,
            "is_whole": metric.head.partition == "whole",
            "is_onward": metric.head.partition == "onward",
            "has_money": any(metric.head.has_money),
            "is_quotient_of_money": metric.head.parts == "money",
            "shortfall": metric.head.shortfall,
            "needs_denominator": metric.head.needs_denominator,
            "at_most_one": metric.head.at_most_one,
            "model_hash": metric.hash[:12],
        }
        for metric in metrics
    ]
    grains: list[dict[str, object]] = [
        {
            "metric": metric.name,
            "entity_type": entity_type,
            "grain": grain,
            "covered_by": metric.covered_by(entity_type),
        }
        for metric in metrics
        for entity_type, lengths in metric.head.all_grains.items()
        for grain in lengths
    ]
    return {"seed.metrics": rows, "seed.metric_grains": grains}


def declare_metrics(con: duckdb.DuckDBPyConnection, metrics: list[Metric]) -> None:
    """Fill the empty ``seed.metrics`` and ``seed.metric_grains``."""
    for table, content in declared_metrics(metrics).items():
        if content:
            con.from_arrow(pyarrow.Table.from_pylist(content)).insert_into(table)


def fill_metrics(con: duckdb.DuckDBPyConnection, metrics: list[Metric], whole: bool) -> int:
    """Build the rows of some metrics, for changed periods or whole; returns the number of rows.

    A metric about other KPIs (a target and its attainment) reads ``kpi.metric_rows`` itself and therefore runs last.
    """
    if whole:
        con.execute(library_sql("warehouse/metric_rows"))
    else:
        run_script(con, library_sql("warehouse/stale_metrics"), {}, {"metrics": [metric.name for metric in metrics]})
    about_others = [metric for metric in metrics if not metric.head.inputs]
    first = [metric for metric in metrics if metric.head.inputs]
    rows = sum(roll_up(con, group, whole) for group in (first, about_others) if group)
    if not whole:
        run_script(con, library_sql("warehouse/changed_whole"), {}, {"metrics": [metric.name for metric in metrics]})
    return rows


def roll_up(con: duckdb.DuckDBPyConnection, metrics: list[Metric], whole: bool) -> int:
    """Append the rolled-up rows of some metrics to ``kpi.metric_rows``; returns the number of rows.

    All statements run as one, since planning dominates the time of a small build. Raises DeclarationError naming the
    metric if its statement cannot be run or its rows are not declared in its head.
    """
    con.execute(library_sql("warehouse/metric_days"))
    try:
        _collect(con, metrics, whole)
    except duckdb.ProgrammingError:
        for metric in metrics:
            try:
                _collect(con, [metric], whole)
            except duckdb.ProgrammingError as error:
                raise DeclarationError(f"KPI {metric.name}: its statement cannot be run: {error}") from error
        raise
    con.execute(library_sql("warehouse/group_days"))
    if undeclared := con.execute(library_sql("warehouse/undeclared_rows")).fetchone():
        name, entity_type, grain = undeclared
        raise DeclarationError(
            f"KPI {name}: has rows of {entity_type} {grain}".rstrip() + "; add them to `grains` in its head"
        )
    added = con.execute(library_sql("warehouse/append_metrics"), {"roll_up": roll_up_sql()}).fetchone()
    return int(added[0]) if added else 0


def _collect(con: duckdb.DuckDBPyConnection, metrics: list[Metric], whole: bool) -> None:
    """Insert the metrics' rows into ``metric_days``: all of them, or those of periods with a changed day."""
    parts: list[str] = []
    values: dict[str, str] = {}
    for number, metric in enumerate(metrics):
        is_filtered = not whole and metric.head.rows == "day"
        part = CHANGED.get(metric.head.partition, ALL) if is_filtered else ALL
        parts.append(part.format(number=number))
        values |= {f"metric_{number}": metric.name, f"sql_{number}": metric.sql}
    con.execute("insert into metric_days by name " + " union all by name ".join(parts), values)


def roll_up_sql() -> str:
    """SELECT that rolls the rows of ``metric_days`` up to those of ``kpi.metric_rows``."""
    return library_sql("warehouse/roll_up").split("*/", 1)[1]
