"""Every KPI of the demo shops once more, by pandas from the rows that were loaded: the same numbers, no SQL shared."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isfunction
from pathlib import Path

import again_ads
import again_fulfilment
import again_market
import again_products
import again_sales
import again_service
import again_targets
import duckdb
import pandas as pd
import pytest
from kpis_tools import COLUMNS, Raw

from night_tools import Demo
from shopwatch.metrics import load_metrics
from shopwatch.settings import PROJECT, Settings

NOTHING_YET = {"repeat_rate_90"}  # the demo's ten weeks are fewer than 90 days
METRICS = sorted(metric.name for metric in load_metrics(PROJECT / "include"))
MODULES = (
    again_ads, again_fulfilment, again_market, again_products, again_sales, again_service, again_targets,
)  # fmt: skip
AGAIN: dict[str, Callable[[Raw], pd.DataFrame]] = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if isfunction(function) and function.__module__ == module.__name__ and name in METRICS
}


@pytest.fixture(scope="module")
def raw(demo: Demo) -> Raw:
    return Raw(Settings(home=demo.home).raw_warehouse)


def published(path: Path, metric: str) -> pd.Series:
    """The KPI's values that are not missing, by entity and period."""
    with duckdb.connect(path, read_only=True) as con:
        rows = con.execute(
            "select shop, entity_type, entity, grain, period_start, value from kpi.metric_rows "
            "where metric = $1 and value is not null",
            [metric],
        ).df()
    return rows.assign(period_start=pd.to_datetime(rows["period_start"])).set_index(COLUMNS)["value"]


def test_every_kpi_is_worked_out_again() -> None:
    assert set(METRICS) == set(AGAIN)


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_number_comes_out(demo: Demo, raw: Raw, metric: str) -> None:
    found = published(Settings(home=demo.home).shop_warehouse, metric)
    if metric in NOTHING_YET:
        assert found.empty
        return
    again = AGAIN[metric](raw).dropna(subset=["value"])
    expected = again.assign(period_start=pd.to_datetime(again["period_start"])).set_index(COLUMNS)["value"]
    assert len(found), "the demo shops show nothing of it"
    assert expected.index.is_unique
    only = found.index.symmetric_difference(expected.index)
    assert only.empty, f"{len(only)} rows are in one only, such as {only[:5].tolist()}"
    difference = (found - expected.reindex(found.index).astype(float)).abs()
    assert (difference <= 1e-9 * found.abs().clip(lower=1)).all(), difference.nlargest(5)
