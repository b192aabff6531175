"""Every KPI of the demo shops once more, by pandas from the rows that were loaded: the same numbers, no SQL shared."""

from __future__ import annotations

import pytest
from again import AGAIN, METRICS, hold_against, values
from kpis_tools import Raw

from night_tools import Demo
from shopwatch.settings import Settings

NOTHING_YET = {"repeat_rate_90"}  # the demo's ten weeks are fewer than 90 days


@pytest.fixture(scope="module")
def raw(demo: Demo) -> Raw:
    return Raw(Settings(home=demo.home).raw_warehouse)


def test_every_kpi_is_worked_out_again() -> None:
    assert set(METRICS) == set(AGAIN)


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_number_comes_out(demo: Demo, raw: Raw, metric: str) -> None:
    found = values(Settings(home=demo.home).shop_warehouse, metric)
    if metric in NOTHING_YET:
        assert found.empty
        return
    assert len(found), "the demo shops show nothing of it"
    hold_against(found, AGAIN[metric](raw))
