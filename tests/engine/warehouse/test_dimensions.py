"""Every fact of the demo finds its dates, shops, products, SKUs, campaigns and buyers."""

from __future__ import annotations

import duckdb
import pytest

from night_tools import Demo, columns_of

KEYS = {
    "day": ("dim_date", "day"),
    "week_start": ("dim_date", "day"),
    "shop": ("dim_shop", "shop"),
    "product_id": ("dim_product", "product_id"),
    "product_key": ("dim_product", "product_id"),
    "sku": ("dim_sku", "sku"),
    "campaign_id": ("dim_campaign", "campaign_id"),
    "buyer": ("dim_buyer", "buyer"),
}
"""Column of a fact -> dimension and its key, which is unique within a shop but for days."""


@pytest.fixture
def con(demo: Demo) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(demo.home / "published" / "shop.duckdb", read_only=True)


def test_no_fact_lacks_a_row_of_its_dimensions(con: duckdb.DuckDBPyConnection) -> None:
    facts = {table: columns for table, columns in columns_of(con).items() if table.startswith("marts.fct_")}
    joined, orphans = set(), {}
    for fact, columns in facts.items():
        for column, (dimension, key) in KEYS.items():
            if column not in columns:
                continue
            of_shop = "" if dimension == "dim_date" else "and fact.shop = dimension.shop"
            ((count,),) = con.execute(
                f"select count(*) from {fact} as fact where fact.{column} is not null and not exists "
                f"(select 1 from marts.{dimension} as dimension where fact.{column} = dimension.{key} {of_shop})"
            ).fetchall()
            joined.add(dimension)
            if count:
                orphans[f"{fact}.{column}"] = count
    assert joined == {dimension for dimension, _ in KEYS.values()}
    assert orphans == {}


def test_keys_of_dimensions_are_unique(con: duckdb.DuckDBPyConnection) -> None:
    keys = {
        "dim_date": "day",
        "dim_region_date": "region, day",
        "dim_shop": "shop",
        "dim_product": "shop, product_id",
        "dim_sku": "shop, sku",
        "dim_campaign": "shop, campaign_id",
        "dim_buyer": "shop, buyer",
    }
    for table, key in keys.items():
        ((rows, distinct),) = con.execute(f"select count(*), count(distinct ({key})) from marts.{table}").fetchall()
        assert rows == distinct > 0, table


def test_cohorts_hold_every_paid_order_of_a_named_buyer_once(con: duckdb.DuckDBPyConnection) -> None:
    ((of_cohorts, of_orders),) = con.execute(
        "select (select sum(orders_paid) from marts.fct_cohort_month), "
        "(select count(*) from marts.fct_order inner join marts.dim_shop using (shop, currency) "
        "where is_paid and buyer is not null)"
    ).fetchall()
    assert of_cohorts == of_orders > 0


def test_where_only_some_orders_have_lines_the_dictionary_warns(con: duckdb.DuckDBPyConnection) -> None:
    warned = con.execute("select shop from meta.warnings where table_name = 'marts.fct_order_line'").fetchall()
    lacking = con.execute(
        "select distinct shop from marts.fct_order anti join marts.fct_order_line using (shop, order_id) where is_paid"
    ).fetchall()
    assert sorted(warned) == sorted(lacking) != []
