"""Whatever a shop sold, at whatever rates: profits of products and what no product has are the shop's, or missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopwatch.core.settings import PROJECT, Settings
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.models import load_models

MODELS = load_models(PROJECT / "include")
FIRST = date(2026, 11, 2)
PRODUCTS = ("p1", "p2", "p3")
REQUIRED = ("commission", "payment", "freight", "return_freight", "returned_goods", "tax")
BASES = ("revenue", "net_revenue", "order", "parcel", "piece", "returned_order", "product_cost")
TABLES = """
create schema intermediate;
create schema marts;
create schema staging;
create table intermediate.int_sales_units (
    shop varchar, day date, product_key varchar, settled varchar[], revenue decimal(18, 2), refunded decimal(18, 2),
    pieces bigint, pieces_returned decimal(18, 6), orders_sent decimal(18, 6), parcels decimal(18, 6),
    orders_returned decimal(18, 6), orders_without_lines bigint, ad_spend decimal(18, 2), commission decimal(18, 2),
    payment_fees decimal(18, 2), freight decimal(18, 2), return_freight decimal(18, 2), other_costs decimal(18, 2)
);
create table marts.dim_product_price (
    shop varchar, product_id varchar, valid_from date, valid_until date, unit_cost decimal(18, 4)
);
create table staging.stg_selling_costs (
    shop varchar, kind varchar, basis varchar, valid_from date, valid_until date, rate decimal(18, 6)
);
create table intermediate.int_covered_days (input varchar, shop varchar, day date);
create table intermediate.int_absent_ad_accounts (shop varchar, day date);
create table staging.stg_shops as select 'tea' as shop, 'USD' as currency;
create temp table changed_days (shop varchar, day date);
"""
FEES = ["commission", "payment_fees", "freight", "return_freight", "tax", "other_costs"]
COSTS = ["refunded", "goods", "goods_returned", *FEES, "ad_spend"]
SUMS = [*COSTS, "margin_before_ads", "profit"]
KINDS = {"payment": "payment_fees", "returned_goods": "goods_returned"}  # columns with another name than their kind

cents = st.integers(0, 20_000).map(lambda number: Decimal(number) / 100)


@dataclass(frozen=True)
class Sale:
    """What was sold of a product, or of none, on a day."""

    day: date
    product: str | None
    revenue: Decimal
    refunded: Decimal | None
    pieces: int
    returned: int
    parcels: int
    ads: Decimal
    without_lines: int = 0


@dataclass(frozen=True)
class World:
    """A shop's days with the costs and rates that it declared. ``is_advertised``: days with an ad report."""

    sales: list[Sale]
    costs: dict[str, Decimal]
    rates: list[tuple[str, str, Decimal]]
    is_advertised: bool


@st.composite
def worlds(draw: st.DrawFn) -> World:
    sales = []
    for day in (FIRST + timedelta(days=number) for number in range(draw(st.integers(1, 4)))):
        for product in (*draw(st.sets(st.sampled_from(PRODUCTS), min_size=1)), None):
            revenue, pieces = draw(cents), draw(st.integers(0, 5)) if product else 0
            refunded = draw(st.sampled_from([Decimal(0), revenue, revenue, None]))
            returned = pieces if refunded else 0
            without_lines = draw(st.sampled_from([0, 0, 0, 1])) if product is None else 0
            parcels, ads = draw(st.integers(0, 3)), draw(cents)
            sales.append(Sale(day, product, revenue, refunded, pieces, returned, parcels, ads, without_lines))
    costs = draw(st.dictionaries(st.sampled_from(PRODUCTS), cents, min_size=2))
    kinds = draw(st.sampled_from([REQUIRED, REQUIRED, REQUIRED, REQUIRED[1:]]))
    share = st.integers(0, 1_000).map(lambda number: Decimal(number) / 1_000)
    rates = [
        (kind, "returned_goods" if kind == "returned_goods" else draw(st.sampled_from(BASES)), draw(share))
        for kind in (*kinds, "other")
    ]
    return World(sales, costs, rates, draw(st.booleans()))


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(TABLES)
        con.execute(model_macros(Settings(home=tmp_path)))
        yield con


def fill(con: duckdb.DuckDBPyConnection, world: World) -> None:
    """Write a world into the tables that the models read."""
    for sale in world.sales:
        day, product, revenue, refunded, pieces, returned, parcels, ads, without_lines = astuple(sale)
        orders, returns = min(parcels, 1), None if refunded is None else int(refunded > 0)
        con.execute(
            "insert into intermediate.int_sales_units "
            "values ('tea', ?, ?, [], ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)",
            [day, product, revenue, refunded, pieces, returned, orders, parcels, returns, without_lines, ads],
        )
        if world.is_advertised:
            con.execute("insert into intermediate.int_covered_days values ('ad_day', 'tea', ?)", [day])
    for product, cost in world.costs.items():
        con.execute("insert into marts.dim_product_price values ('tea', ?, ?, null, ?)", [product, FIRST, cost])
    for kind, basis, rate in world.rates:
        con.execute(
            "insert into staging.stg_selling_costs values ('tea', ?, ?, ?, null, ?)", [kind, basis, FIRST, rate]
        )


def product_days(con: duckdb.DuckDBPyConnection, days: set[date]) -> list[tuple]:
    """Rows that the model makes of some days."""
    con.execute("delete from changed_days")
    for day in days:
        con.execute("insert into changed_days values ('tea', ?)", [day])
    sql = MODELS["intermediate.int_product_profit_day"].sql
    return con.execute(f"from ({sql}) order by day, product_id nulls last").fetchall()


def build(con: duckdb.DuckDBPyConnection, name: str) -> list[dict]:
    """Create a model's table; its rows."""
    con.execute(f"create table {name} as {MODELS[name].sql}")
    found = con.execute(f"from {name}")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def whole(values: list[Decimal | None]) -> Decimal | None:
    """Sum that is missing if one of the values is."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


@pytest.mark.slow
@given(world=worlds())
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_products_and_the_rest_are_the_shop_and_the_unknown_is_missing(
    con: duckdb.DuckDBPyConnection, world: World
) -> None:
    con.execute("begin")
    try:
        fill(con, world)
        days = {sale.day for sale in world.sales}
        apart = [product_days(con, {day}) for day in sorted(days)]
        assert product_days(con, days) == [row for rows in apart for row in rows]
        products = build(con, "intermediate.int_product_profit_day")
        told = {(row["day"], row["product_id"]): row for row in build(con, "marts.fct_product_profit_day")}
        build(con, "intermediate.int_profit_day")
        shop = {row["day"]: row for row in build(con, "marts.fct_profit_day")}
    finally:
        con.execute("rollback")

    for row in products:
        assert (row["profit"] is None) == (row["unknown"] != []), row
        lacks_cost = row["product_id"] not in {None, *world.costs} and row["pieces"] > 0
        assert ("goods_costs" in row["unknown"]) == lacks_cost
    without_lines = {sale.day for sale in world.sales if sale.without_lines}
    of_sales = ["pieces", "revenue", *SUMS]
    assert len(told) == len(products)
    for row in products:
        found = told[row["day"], row["product_id"]]
        assert found["ad_spend"] == row["ad_spend"]
        if row["product_id"] and row["day"] in without_lines:
            assert {found[name] for name in of_sales if name != "ad_spend"} == {None}
            assert "order_products" in found["unknown"]
        else:
            assert {name: found[name] for name in (*of_sales, "unknown")} == {
                name: row[name] for name in (*of_sales, "unknown")
            }
    for day, total in shop.items():
        rows = [row for row in products if row["day"] == day]
        for name in SUMS:
            assert total[name] == whole([row[name] for row in rows]), name
        assert total["unknown"] == sorted({name for row in rows for name in row["unknown"]})
        of_products = whole([row["profit"] for row in rows if row["product_id"]])
        if total["profit"] is not None:
            assert of_products + total["profit_unallocated"] == total["profit"]
        for kind, basis, rate in world.rates:
            if basis == "revenue":
                expected = (rate * total["revenue"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
                assert total[KINDS.get(kind, kind if kind in COSTS else "other_costs")] == expected, kind
