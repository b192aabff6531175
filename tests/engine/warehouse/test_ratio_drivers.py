"""Drivers of ratios: the effects add up to the change, and the one part that changed ranks first."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwatch.core.settings import PROJECT, Settings
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.models import load_models

WEEK = date(2026, 11, 9)
SQL = load_models(PROJECT / "include", ("marts",))["marts.fct_ratio_driver_week"].sql
WEEKDAYS = (1, 0.95, 0.95, 1, 1.1, 1.4, 1.35)
DIMENSIONS = {
    "pay_conversion": {"product": 12, "channel": 6},
    "roas": {"campaign": 8, "tool": 3, "product": 10},
    "refund_rate": {"product": 20, "region": 15, "buyer_kind": 2},
    "value_per_order": {"region": 15, "buyer_kind": 2},
}
"""KPI -> number of parts of each dimension."""

Part = tuple[str, date, str, str, str | None, float | None, float]
"""Shop, day, KPI, dimension, driver, numerator, denominator."""


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(model_macros(Settings()))
    con.execute(
        "create schema intermediate; "
        "create table intermediate.int_ratio_part_day (shop varchar, day date, metric varchar, dimension varchar, "
        "driver varchar, numerator decimal(18, 4), denominator decimal(18, 4), week_start date); "
        "create table intermediate.int_covered_days (shop varchar, input varchar, day date); "
        "create temp table changed_onward_weeks (shop varchar, week_start date)"
    )
    return con


def drivers(con: duckdb.DuckDBPyConnection, parts: list[Part], columns: str) -> list[tuple[object, ...]]:
    """Columns of the drivers of the week, of parts whose exports cover all days of two weeks."""
    for table in ("intermediate.int_ratio_part_day", "intermediate.int_covered_days", "changed_onward_weeks"):
        con.execute(f"delete from {table}")
    names = ("shop", "day", "metric", "dimension", "driver", "numerator", "denominator")
    rows = [dict(zip(names, part, strict=True)) for part in parts]
    con.execute(
        "insert into intermediate.int_ratio_part_day by name "
        "select part.*, date_trunc('week', part.day) as week_start "
        "from (select unnest($1::struct(shop varchar, day date, metric varchar, dimension varchar, driver varchar, "
        "numerator double, denominator double)[]) as part)",
        [rows],
    )
    con.execute(
        "insert into intermediate.int_covered_days "
        "select shop, input, cast($1 as date) - 7 + cast(number as integer) "
        "from (select distinct shop from intermediate.int_ratio_part_day) "
        "cross join (select unnest(['ad_day', 'orders', 'product_day', 'source_day']) as input) "
        "cross join range(14) as days (number)",
        [WEEK],
    )
    con.execute(
        "insert into changed_onward_weeks select distinct shop, cast($1 as date) from intermediate.int_ratio_part_day",
        [WEEK],
    )
    return con.sql(SQL).select(columns).fetchall()


few = settings(deadline=None, max_examples=30)
day_parts = st.lists(
    st.tuples(
        st.integers(0, 13),
        st.sampled_from([*"abcdefghijklmn", None]),
        st.integers(-(10**6), 10**8),
        st.integers(0, 10**8),
    ),
    min_size=2,
    max_size=60,
    unique_by=lambda part: part[:2],
)


@pytest.mark.slow
@few
@given(day_parts)
def test_effects_add_up_to_the_change(
    con: duckdb.DuckDBPyConnection, given_parts: list[tuple[int, str | None, int, int]]
) -> None:
    first = WEEK - timedelta(days=7)
    parts: list[Part] = [
        ("tea", first + timedelta(days=day), "refund_rate", "region", driver, numerator / 100, denominator / 100)
        for day, driver, numerator, denominator in given_parts
    ]
    found = drivers(
        con, parts, "effect, mix_effect, rate_effect, ratio, ratio_compared, weight, weight_compared, chance"
    )
    sums: dict[bool, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for part in parts:
        numbers = sums[part[1] >= WEEK]
        numbers[0], numbers[1] = numbers[0] + (part[5] or 0), numbers[1] + part[6]
    if not sums[True][1] or not sums[False][1]:
        assert found == []
        return
    now, before = (sums[side][0] / sums[side][1] for side in (True, False))
    scale = 1e-9 * max(1.0, *(abs(float(str(row[0]))) for row in found), abs(now), abs(before))
    assert all(row[3] == pytest.approx(now, rel=1e-9) and row[4] == pytest.approx(before, rel=1e-9) for row in found)
    effects = np.array([row[:3] for row in found], dtype=float)
    assert effects[:, 0].sum() == pytest.approx(now - before, abs=len(found) * scale)
    assert effects[:, 1:].sum(axis=1) == pytest.approx(effects[:, 0], abs=scale)
    weights = np.array([row[5:7] for row in found], dtype=float)
    assert weights.sum(axis=0) == pytest.approx([1, 1])
    assert all(row[7] is None or 0 <= float(str(row[7])) <= 1 for row in found)


class Culprit(NamedTuple):
    """Part whose ratio alone was changed."""

    dimension: str
    driver: str


def made_up(rng: np.random.Generator, shop: str, metric: str) -> tuple[list[Part], Culprit]:
    """Two weeks of a shop: visits or orders with independent dimensions, each part with a ratio of its own.

    In the second week one part of 15% or more (where there is one) has 0.4 or 2 times its ratio.
    """
    sizes = DIMENSIONS[metric]
    weights = {name: rng.dirichlet(np.full(size, 2.0)) for name, size in sizes.items()}
    levels = {name: np.exp(rng.normal(0, 0.25, size)) for name, size in sizes.items()}
    dimension = str(rng.choice(list(sizes)))
    large = min(0.15, float(np.sort(weights[dimension])[-2]))
    culprit = int(rng.choice(np.flatnonzero(weights[dimension] >= large)))
    changed = float(rng.choice([0.4, 2.0]))
    parts: list[Part] = []
    for at in range(14):
        count = int(rng.poisson((3000 if metric in ("pay_conversion", "roas") else 1000) * WEEKDAYS[at % 7]))
        drawn = {name: rng.choice(size, count, p=weights[name]) for name, size in sizes.items()}
        level = np.exp(rng.normal(0, 0.05)) * np.prod([levels[name][of] for name, of in drawn.items()], axis=0)
        if at >= 7:
            level = np.where(drawn[dimension] == culprit, level * changed, level)
        numerator, denominator = _measured(rng, metric, level)
        day = WEEK + timedelta(days=at - 7)
        for name, of in drawn.items():
            sums = [np.bincount(of, numbers, minlength=sizes[name]) for numbers in (numerator, denominator)]
            parts += [
                (shop, day, metric, name, f"{name} {part}", float(sums[0][part]), float(sums[1][part]))
                for part in range(sizes[name])
            ]
    return parts, Culprit(dimension, f"{dimension} {culprit}")


def _measured(rng: np.random.Generator, metric: str, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of each visit, click or order."""
    count = len(level)
    match metric:
        case "pay_conversion":
            return rng.random(count) < 0.04 * level, np.ones(count)
        case "roas":
            bought = rng.random(count) < 0.05 * level
            return bought * 60 * np.exp(rng.normal(0, 0.4, count)), np.exp(rng.normal(0, 0.3, count))
        case "refund_rate":
            paid = 100 * np.exp(rng.normal(0, 0.5, count))
            return paid * (rng.random(count) < 0.08 * level), paid
    return 100 * level * np.exp(rng.normal(0, 0.5, count)), np.ones(count)


@pytest.mark.slow
def test_a_planted_culprit_comes_first_in_95_of_100_shops(con: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(19)
    shops = {f"shop {number}": metric for number, metric in enumerate([*DIMENSIONS] * 25)}
    made = {shop: made_up(rng, shop, metric) for shop, metric in shops.items()}
    parts = [part for of_shop, _ in made.values() for part in of_shop]
    found = drivers(con, parts, "shop, dimension, driver, dimension_rank, rank, dimension_chance")
    first = {row[0]: Culprit(str(row[1]), str(row[2])) for row in found if row[3] == row[4] == 1}
    hits = sum(first[shop] == culprit for shop, (_, culprit) in made.items())
    assert hits >= 95


@pytest.mark.slow
def test_weeks_without_a_culprit_are_seldom_called_unusual(con: duckdb.DuckDBPyConnection) -> None:
    """Parts that all move alike: a dimension's chance is below 5% in about 5 of 100 shops."""
    rng = np.random.default_rng(20)
    parts: list[Part] = []
    for number in range(200):
        counts = rng.dirichlet(np.full(8, 2.0)) * 3000
        for at in range(14):
            visits = rng.poisson(counts)
            buyers = rng.binomial(visits, 0.04 * (0.7 if at >= 7 else 1.0))
            parts += [
                (f"shop {number}", WEEK + timedelta(days=at - 7), "pay_conversion", "channel", str(part), *both)
                for part, both in enumerate(zip(map(float, buyers), map(float, visits), strict=True))
            ]
    found = drivers(con, parts, "shop, dimension_chance")
    unusual = {shop for shop, chance in found if isinstance(chance, float) and chance < 0.05}
    assert len(unusual) <= 20
