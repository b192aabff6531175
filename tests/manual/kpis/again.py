"""Every KPI's second computation by name, and how its numbers are held against those of a warehouse."""

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
from kpis_tools import COLUMNS, Raw

from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import PROJECT

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


def values(path: Path, metric: str) -> pd.Series:
    """The KPI's values that are not missing, by entity and period."""
    with duckdb.connect(path, read_only=True) as con:
        rows = con.execute(
            "select shop, entity_type, entity, grain, period_start, value from kpi.metric_rows "
            "where metric = $1 and value is not null",
            [metric],
        ).df()
    return rows.assign(period_start=pd.to_datetime(rows["period_start"])).set_index(COLUMNS)["value"]


def hold_against(found: pd.Series, again: pd.DataFrame) -> None:
    """Fail unless both have the same entities and periods, and the same numbers."""
    again = again.dropna(subset=["value"])
    expected = again.assign(period_start=pd.to_datetime(again["period_start"])).set_index(COLUMNS)["value"]
    assert expected.index.is_unique
    only = found.index.symmetric_difference(expected.index)
    assert only.empty, f"{len(only)} rows are in one only, such as {only[:5].tolist()}"
    difference = (found - expected.reindex(found.index).astype(float)).abs()
    assert (difference <= 1e-9 * found.abs().clip(lower=1)).all(), difference.nlargest(5)
