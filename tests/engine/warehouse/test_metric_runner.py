"""One file declares several KPIs, and the runner rolls up the rows of days or names the KPI at fault."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from shopwatch.catalog.metrics import Metric, MetricHead, load_metrics
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.metric_runner import declare_metrics, roll_up

HEAD = """
title: {zh: 名, en: name}
stage: 1
grains: {shop: [day, week]}
value: sum
unit: count
direction: up
inputs: [orders, "orders_of_{days}_days"]
numerator: {zh: 分子, en: numerator}
denominator: {zh: 分母, en: denominator}
definition: {zh: "{days} 天", en: "{days} days"}
caveat: {zh: 无, en: none}
at_stake: {zh: 不适用, en: not applicable}
source: a test
"""
BODY = """with orders as (
    select * from raw_orders
    where {condition}
)

select shop, 'shop' as entity_type, shop as entity, day, {number} as numerator
from orders
"""


def declared(include: Path, variants: str, number: str = "paid", condition: str = "age = $days") -> list[Metric]:
    """The metrics of a folder with one file."""
    folder = include / "sql" / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    body = BODY.format(number=number, condition=condition)
    (folder / "paid.sql").write_text(f"/*{variants}{HEAD}*/\n{body}", "utf-8")
    return load_metrics(include)


TWO = """
variants:
  paid_3: {parameters: {days: 3}}
  paid_7: {parameters: {days: 7}, unit: pieces}
"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """An empty warehouse with four orders on two days of a week."""
    con = duckdb.connect()
    con.execute("create schema seed; create schema kpi; create schema staging; create schema ops")
    con.execute(model_macros(Settings()))
    for name in ("seeds", "metric_rows"):
        con.execute(library_sql(f"warehouse/{name}"))
    con.execute(
        "create table staging.stg_targets (shop text, metric text, grain text, period_start date, target double)"
    )
    con.execute("create table raw_orders (shop text, day date, age int, paid decimal(18, 2))")
    con.execute(
        "insert into raw_orders values ('a', '2026-11-02', 3, 1.10), ('a', '2026-11-02', 3, 2), "
        "('a', '2026-11-03', 3, 4), ('a', '2026-11-03', 7, 8)"
    )
    con.execute("create temp table changed_days as select distinct shop, day from raw_orders")
    con.execute(library_sql("warehouse/changed_periods"))
    con.execute("create temp table changed_onward_periods as from changed_periods limit 0")
    return con


def test_a_file_with_variants_declares_one_kpi_each(tmp_path: Path) -> None:
    three, seven = declared(tmp_path, TWO)
    assert (three.name, three.head.unit, three.head.definition.en) == ("paid_3", "count", "3 days")
    assert (seven.name, seven.head.unit, seven.head.definition.zh) == ("paid_7", "pieces", "7 天")
    assert seven.head.inputs == ("orders", "orders_of_7_days")
    assert "age = 7" in seven.sql


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ("\nvariants: {paid_3: {parameters: {day: 3}}}", "unknown parameter 'days'"),
        ("\nvariants: {paid_3: {parameters: {days: 3, more: 1}}}", "differ in more"),
        ("\nvariants: {paid_3: {parameters: {days: 3}, unti: count}}", "unti: no such key"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(tmp_path: Path, variants: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        declared(tmp_path, variants)


def test_rows_of_days_become_days_and_weeks(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    metrics = declared(tmp_path, TWO)
    declare_metrics(con, metrics)
    assert roll_up(con, metrics, whole=True) == 5
    found = con.execute(
        "select metric, grain, period_start, value from kpi.metric_rows order by metric, grain, period_start"
    )
    assert found.fetchall() == [
        ("paid_3", "day", date(2026, 11, 2), 3.1),
        ("paid_3", "day", date(2026, 11, 3), 4.0),
        ("paid_3", "week", date(2026, 11, 2), 7.1),
        ("paid_7", "day", date(2026, 11, 3), 8.0),
        ("paid_7", "week", date(2026, 11, 2), 8.0),
    ]


def test_the_kpi_whose_statement_cannot_be_run_is_named(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    metrics = declared(tmp_path, TWO, number="payed")
    declare_metrics(con, metrics)
    with pytest.raises(DeclarationError, match=r"KPI paid_3: .*payed"):
        roll_up(con, metrics, whole=True)


def test_rows_that_the_head_does_not_declare_are_not_lost(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (one, _) = declared(tmp_path, TWO)
    head = MetricHead.model_validate(one.head.model_dump() | {"grains": {"product": ["day"]}})
    metric = Metric(one.name, head, one.sql)
    declare_metrics(con, [metric])
    with pytest.raises(DeclarationError, match="KPI paid_3: has rows of shop; add them to `grains`"):
        roll_up(con, [metric], whole=True)
