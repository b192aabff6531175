"""What moved revenue adds up to how it moved, whatever the numbers are."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwatch.core.settings import PROJECT, Settings
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.models import load_models

WEEK, BEFORE = date(2026, 11, 9), date(2026, 11, 2)
MODELS = load_models(PROJECT / "include", ("review",))
CENT = Decimal("0.01")
CHANGES = (
    "shop varchar, week_start date, week_end date, versus varchar, compared_week date, currency varchar, "
    "revenue decimal(18, 2), revenue_compared decimal(18, 2), revenue_moved decimal(18, 2), orders_paid bigint, "
    "orders_paid_compared bigint, value_per_order double, value_per_order_compared double, "
    "visitors bigint, visitors_compared bigint, missing_days date[], is_closed boolean, as_of date"
)
PARTS = {
    "review.weekly_product": "shop varchar, week_start date, product_id varchar, revenue decimal(18, 2)",
    "review.weekly_ad_campaign": "shop varchar, week_start date, campaign_id varchar, ad_revenue decimal(18, 2)",
    "marts.fct_channel_day": (
        "shop varchar, week_start date, channel varchar, pay_amount decimal(18, 2), day date as (week_start)"
    ),
    "marts.fct_order": (
        "shop varchar, day date, province varchar, country varchar, is_paid boolean, currency varchar, "
        "paid_gross decimal(18, 2)"
    ),
    "marts.dim_shop": "shop varchar, currency varchar",
    "marts.dim_entity": "shop varchar, entity_type varchar, entity varchar, name varchar",
}


few = settings(deadline=None, max_examples=40)


class Sold(NamedTuple):
    """A week: visitors may be unknown, paid is in cents."""

    visitors: int | None
    orders: int
    paid: int


weeks = st.builds(Sold, st.none() | st.integers(1, 10**7), st.integers(1, 10**6), st.integers(1, 10**11))
amounts = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(-(10**6), 10**9), max_size=12)


def warehouse(now: Sold, before: Sold) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(model_macros(Settings()))
    con.execute("create schema review")
    con.execute("create schema marts")
    con.execute(f"create table review.weekly_change ({CHANGES})")
    for table, columns in PARTS.items():
        con.execute(f"create table {table} ({columns})")
    known = now.visitors is not None and before.visitors is not None
    revenue, compared = now.paid * CENT, before.paid * CENT
    row: list[Any] = [
        "tea",
        WEEK,
        date(2026, 11, 15),
        "last_week",
        BEFORE,
        "CNY",
        revenue,
        compared,
        revenue - compared,
    ]
    row += [now.orders, before.orders, _basket(now), _basket(before)]
    row += (now.visitors, before.visitors) if known else (None, None)
    con.execute(f"insert into review.weekly_change values ({', '.join('?' * 18)})", [*row, [], True, WEEK])
    con.execute("insert into marts.dim_shop values ('tea', 'CNY')")
    return con


def _basket(week: Sold) -> float | None:
    return week.paid / 100 / week.orders if week.orders else None


def factors(now: Sold, before: Sold) -> dict[str, Decimal]:
    with warehouse(now, before) as con:
        found = con.sql(MODELS["review.weekly_factor"].sql).select("factor, effect").fetchall()
    return dict(found)


def expected(now: Sold, before: Sold, factor: str) -> float:
    """The formula as the paper has it."""
    revenue, compared = now.paid / 100, before.paid / 100
    weight = compared if revenue == compared else (revenue - compared) / math.log(revenue / compared)
    of = {
        "visitors": lambda week: week.visitors,
        "conversion": lambda week: week.orders / week.visitors,
        "orders": lambda week: week.orders,
        "value_per_order": lambda week: week.paid / 100 / week.orders,
    }[factor]
    return float(weight * math.log(of(now) / of(before)))


@few
@given(weeks, weeks)
def test_effects_add_up_to_the_change_to_the_cent_and_are_the_papers(now: Sold, before: Sold) -> None:
    effects = factors(now, before)
    assert sum(effects.values()) == (now.paid - before.paid) * CENT
    known = now.visitors is not None and before.visitors is not None
    assert effects.keys() == ({"visitors", "conversion", "value_per_order"} if known else {"orders", "value_per_order"})
    for factor, effect in effects.items():
        assert float(effect) == pytest.approx(expected(now, before, factor), rel=1e-6, abs=0.02)


@pytest.mark.slow
@few
@given(weeks, weeks)
def test_the_way_back_is_the_same_way(now: Sold, before: Sold) -> None:
    there, back = factors(now, before), factors(before, now)
    for factor, effect in there.items():
        assert abs(effect + back[factor]) <= 2 * CENT


@pytest.mark.parametrize(
    ("now", "before", "effects"),
    [
        pytest.param(
            Sold(100, 10, 100_00),
            Sold(100, 5, 50_00),
            {"visitors": 0, "conversion": 50, "value_per_order": 0},
            id="more",
        ),
        pytest.param(
            Sold(100, 10, 100_00),
            Sold(100, 10, 100_00),
            {"visitors": 0, "conversion": 0, "value_per_order": 0},
            id="none",
        ),
        pytest.param(
            Sold(100, 0, 0),
            Sold(90, 5, 50_00),
            {"visitors": 0, "conversion": -50, "value_per_order": 0},
            id="no orders",
        ),
        pytest.param(Sold(None, 4, 40_00), Sold(90, 0, 0), {"orders": 40, "value_per_order": 0}, id="none before"),
        pytest.param(Sold(None, 0, 0), Sold(None, 0, 0), {"orders": 0, "value_per_order": 0}, id="never any"),
        pytest.param(Sold(None, 4, 0), Sold(None, 4, 40_00), {"orders": 0, "value_per_order": -40}, id="for nothing"),
    ],
)
def test_weeks_without_orders_or_money(now: Sold, before: Sold, effects: dict[str, int]) -> None:
    assert factors(now, before) == effects


@pytest.mark.slow
@few
@given(weeks, weeks, amounts, amounts)
def test_each_dimension_adds_up_to_the_change_to_the_cent(
    now: Sold, before: Sold, told: dict[str, int], told_before: dict[str, int]
) -> None:
    with warehouse(now, before) as con:
        con.execute("create table review.weekly_factor as " + MODELS["review.weekly_factor"].sql)
        for week, named in ((WEEK, told), (BEFORE, told_before)):
            for name, cents in named.items():
                con.execute("insert into review.weekly_product values ('tea', ?, ?, ?)", [week, name, cents * CENT])
                con.execute("insert into marts.fct_channel_day values ('tea', ?, ?, ?)", [week, name, cents * CENT])
                con.execute(
                    "insert into marts.fct_order values ('tea', ?, null, ?, true, 'CNY', ?)", [week, name, cents * CENT]
                )
        found = con.sql(MODELS["review.weekly_driver"].sql).select("dimension, driver_kind, driver, effect").fetchall()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for dimension, _, _, effect in found:
        sums[dimension] += effect
    moved = (now.paid - before.paid) * CENT
    assert set(sums.values()) == {moved}
    assert sums.keys() == ({"factor", "product", "channel", "region"} if told and told_before else {"factor"})
    effects = {driver: effect for dimension, _, driver, effect in found if dimension == "product" and driver}
    assert len(effects) == (min(5, len(told.keys() | told_before.keys())) if told and told_before else 0)
    for name, effect in effects.items():
        assert effect == (told.get(name, 0) - told_before.get(name, 0)) * CENT


def test_money_in_another_currency_is_in_no_region() -> None:
    with warehouse(Sold(None, 2, 30_00), Sold(None, 1, 10_00)) as con:
        con.execute("create table review.weekly_factor as " + MODELS["review.weekly_factor"].sql)
        for day, region, currency, paid in (
            (WEEK, "浙江", "CNY", "30.00"),
            (WEEK, "浙江", "USD", "99.00"),
            (BEFORE, "浙江", "CNY", "10.00"),
        ):
            con.execute(
                "insert into marts.fct_order values ('tea', ?, ?, null, true, ?, ?)", [day, region, currency, paid]
            )
        found = con.sql(MODELS["review.weekly_driver"].sql).filter("dimension = 'region'")
        assert found.select("driver, effect, share_of_change").fetchall() == [("浙江", Decimal("20.00"), 1.0)]
