"""The KPIs as a semantic layer: one metric for each KPI and entity type, whose parts are there."""

from __future__ import annotations

import re

import duckdb
import pytest

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.semantic import Entry, semantic_layer
from shopwatch.core.settings import PROJECT

METRICS = load_metrics(PROJECT / "include")
LAYER = semantic_layer(METRICS)
BY_NAME: dict[str, Entry] = {entry["name"]: entry for entry in LAYER["metrics"]}
ROWS = """
    create table fct_kpi as
    select * from (values
        ('roas', 'shop', 'week', 300, 100, 3.0), ('roas', 'shop', 'week', 100, 300, 0.33),
        ('roas', 'shop', 'month', 9, 1, 9.0), ('roas', 'campaign', 'week', 8, 1, 8.0),
        ('revenue', 'shop', 'day', 40, 2, 40.0), ('revenue', 'shop', 'day', 60, 3, 60.0),
        ('revenue', 'shop', 'week', 100, 5, 100.0)
    ) as rows (metric, entity_type, grain, numerator, denominator, value)
"""


def answer(con: duckdb.DuckDBPyConnection, name: str) -> float:
    """A metric over all periods, as a tool that reads the layer asks for it."""
    entry = BY_NAME[name]
    if entry["type"] == "ratio":
        above, below = (answer(con, entry["type_params"][part]["name"]) for part in ("numerator", "denominator"))
        return above / below
    measures = {measure["name"]: measure for measure in LAYER["semantic_models"][0]["measures"]}
    measure = measures[entry["type_params"]["measure"]["name"]]
    condition = re.sub(r"\{\{ Dimension\('kpi_row__(\w+)'\) \}\}", r"\1", entry["filter"])
    function = {"sum": "sum", "average": "avg"}[measure["agg"]]
    ((value,),) = con.table("fct_kpi").filter(condition).aggregate(f"{function}({measure['expr']})").fetchall()
    return float(value)


@pytest.mark.parametrize(("name", "expected"), [("roas", 1.0), ("roas_by_campaign", 8.0), ("revenue", 100.0)])
def test_a_metric_of_several_periods_is_made_of_its_parts(name: str, expected: float) -> None:
    with duckdb.connect() as con:
        con.execute(ROWS)
        assert answer(con, name) == pytest.approx(expected)


def test_every_kpi_is_there_for_each_entity_type_under_a_name_of_its_own() -> None:
    wanted = {metric.name for metric in METRICS}
    wanted |= {f"{metric.name}_by_{by}" for metric in METRICS for by in metric.head.by[1:]}
    assert wanted <= BY_NAME.keys()
    assert len(BY_NAME) == len(LAYER["metrics"])
