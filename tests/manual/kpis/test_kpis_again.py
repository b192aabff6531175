"""Every KPI of the demo shops once more, by pandas from the rows that were loaded: the same numbers, no SQL shared."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from again import AGAIN, METRICS, hold_against, values
from kpis_tools import Raw

from night_tools import Demo
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.warehouse.connections import model_macros

NOTHING_YET = {"repeat_rate_90", "sessions", "session_conversion"}
"""The demo's ten weeks are fewer than 90 days, and its shops count visitors."""


@pytest.fixture(scope="module")
def raw(demo: Demo) -> Raw:
    return Raw(Settings(home=demo.home).raw_warehouse)


def test_each_second_computation_is_of_a_kpi() -> None:
    assert set(AGAIN) <= set(METRICS)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("metric", sorted(AGAIN))
def test_the_same_number_comes_out(demo: Demo, raw: Raw, metric: str) -> None:
    found = values(Settings(home=demo.home).shop_warehouse, metric)
    if metric in NOTHING_YET:
        assert found.empty
        return
    assert len(found), "the demo shops show nothing of it"
    hold_against(found, AGAIN[metric](raw))


def test_a_target_of_each_kpi_on_offer_is_measured(demo: Demo, tmp_path: Path) -> None:
    """Whatever the workbook's list of KPIs lets one aim at, by week or by month, has an attainment."""
    include = PROJECT / "include"
    offered = set(load_contracts(include)["shopwatch_targets"].columns["metric"].values.values())
    (attainment,) = (metric for metric in load_metrics(include) if metric.name == "target_attainment")
    settings = Settings(home=demo.home)
    with duckdb.connect(shutil.copy(settings.shop_warehouse, tmp_path / "shop.duckdb")) as con:
        con.execute(model_macros(settings))
        con.execute("delete from staging.stg_targets")
        con.executemany(
            "insert into staging.stg_targets (shop, metric, grain, period_start, target) "
            "values ('qinghe', $1, 'week', date '2026-11-09', 1), ('qinghe', $1, 'month', date '2026-11-01', 1)",
            [[metric] for metric in offered],
        )
        rows = con.sql(attainment.sql).select("entity", "numerator").fetchall()
    assert {entity for entity, actual in rows if actual is not None} == {f"{metric}/week" for metric in offered}
    assert {entity for entity, actual in rows if actual is None} == {f"{metric}/month" for metric in offered}
