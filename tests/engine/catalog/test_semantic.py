"""The KPIs as a semantic layer: one metric for each KPI and entity type, whose parts are there."""

from __future__ import annotations

import re

import duckdb
import jsonschema
import pytest
import sqlglot

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.ossie import ossie_model
from shopwatch.catalog.semantic import Entry, semantic_layer
from shopwatch.core.settings import PROJECT
from shopwatch.warehouse.models import WAREHOUSE, load_models

METRICS = load_metrics(PROJECT / "include")
LAYER = semantic_layer(METRICS)
OSSIE = ossie_model(METRICS)
OSSIE_METRICS: dict[str, Entry] = {metric["name"]: metric for metric in OSSIE["semantic_model"][0]["metrics"]}
BY_NAME: dict[str, Entry] = {entry["name"]: entry for entry in LAYER["metrics"]}


def _object(required: str, optional: str = "", **kinds: Entry) -> Entry:
    properties: Entry = {key: kinds.get(key, {"type": "string"}) for key in f"{required} {optional}".split()}
    return {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}


def _list_of(name: str) -> Entry:
    return {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{name}"}}


NAMES: Entry = {"type": "array", "items": {"type": "string"}}
ABOUT: Entry = {"ai_context": {"type": "object"}}
SQL: Entry = {"expression": {"$ref": "#/$defs/expression"}}
OSSIE_OBJECTS = {
    "document": _object("version semantic_model", version={"const": "0.1.1"}, semantic_model=_list_of("model")),
    "model": _object(
        "name datasets",
        "description ai_context relationships metrics",
        **ABOUT,
        **{f"{name}s": _list_of(name) for name in ("dataset", "relationship", "metric")},
    ),
    "dataset": _object(
        "name source", "primary_key description ai_context fields", primary_key=NAMES, fields=_list_of("field"), **ABOUT
    ),
    "field": _object("name expression", "dimension label description ai_context", dimension={"type": "object"}, **SQL),
    "relationship": _object("name from to from_columns to_columns", from_columns=NAMES, to_columns=NAMES),
    "metric": _object("name expression", "description ai_context", **SQL, **ABOUT),
    "expression": _object("dialects", dialects=_list_of("dialect")),
    "dialect": _object("dialect expression", dialect={"const": "ANSI_SQL"}),
}
"""Objects of Apache Ossie's core specification, as far as the export has them."""
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


@pytest.mark.parametrize(("name", "expected"), [("roas", 1.0), ("roas_by_campaign", 8.0), ("revenue", 100.0)])
def test_ossies_expressions_give_the_same_values(name: str, expected: float) -> None:
    (expression,) = OSSIE_METRICS[name]["expression"]["dialects"]
    with duckdb.connect() as con:
        con.execute(ROWS)
        ((value,),) = con.execute(f"select {expression['expression']} from fct_kpi").fetchall()
    assert float(value) == pytest.approx(expected)


def test_the_export_has_the_keys_of_the_ossie_specification() -> None:
    """Each object's required and other keys, which are all that it may have."""
    jsonschema.validate(OSSIE, {"$defs": OSSIE_OBJECTS, "$ref": "#/$defs/document"})
    (model,) = OSSIE["semantic_model"]
    assert [metric["name"] for metric in model["metrics"]] == list(OSSIE_METRICS)
    assert OSSIE_METRICS.keys() <= BY_NAME.keys()


def test_ossies_columns_are_those_of_the_models() -> None:
    models = load_models(PROJECT / "include", WAREHOUSE)
    for dataset in OSSIE["semantic_model"][0]["datasets"]:
        model = models[dataset["source"].removeprefix("shop.")]
        assert {field["name"] for field in dataset["fields"]} <= set(
            sqlglot.parse_one(model.sql, read="duckdb").named_selects
        )


def test_every_kpi_is_there_for_each_entity_type_under_a_name_of_its_own() -> None:
    wanted = {metric.name for metric in METRICS}
    wanted |= {f"{metric.name}_by_{by}" for metric in METRICS for by in metric.head.by[1:]}
    assert wanted <= BY_NAME.keys()
    assert len(BY_NAME) == len(LAYER["metrics"])
