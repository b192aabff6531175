"""Fees of Amazon's settlements, from the files to the KPI of profit: what is stated counts, the rest has rates."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from amazon_files import flat, flat_settlement, settled, settlement
from files import csv_bytes, drop
from order_files import amazon_item, amazon_txt
from shopwatch.core.settings import Settings
from warehouses import take_in

SHOP = "us: {title: us, platform: amazon, currency: USD, timezone: UTC, language: en}\n"
COSTS = """Product ID,SKU,Product name,Valid from,Unit cost,Other cost per piece,Everyday price,Member price,\
Campaign price,Restock days,Listed on
B-M1,,,2026-10-01,6,,20,20,20,,
B-M2,,,2026-10-01,10,,30,30,30,,
"""
RATES = """Cost,Charged on,Rate or amount,Valid from
Platform commission,Amount after refunds,0.10,2026-10-01
Payment fee,Paid amount,0,2026-10-01
Freight,Each order,5,2026-10-01
Return freight,Each returned order,4,2026-10-01
Returned goods sold again,Cost of returned goods,0,2026-10-01
Tax,Paid amount,0,2026-10-01
Advertising without reports,Each day,0,2026-10-01
"""
BARE = dict.fromkeys(
    ["item-tax", "shipping-price", "shipping-tax", "item-promotion-discount", "ship-promotion-discount"], ""
)
# The fees of three orders of the day: A is sent by Amazon and given back, B by the seller; C is not settled yet.
FEES = [
    ("A", "M1", "Order", "Commission", "-3.00"),
    ("A", "M1", "Order", "FBAPerUnitFulfillmentFee", "-3.22"),
    ("A", "M1", "Refund", "Commission", "3.00"),
    ("A", "M1", "Refund", "RefundCommission", "-0.60"),
    ("B", "M2", "Order", "Commission", "-4.50"),
    ("F", "M1", "Order", "Commission", "-9.00"),  # sold in another currency
]


def item(order: str, sku: str, price: str, currency: str = "USD") -> dict[str, str]:
    cells = {"sku": sku, "quantity": "1", "asin": f"B-{sku}", "item-price": price, "currency": currency}
    return amazon_item(order, **BARE, **cells)


def v2() -> bytes:
    """With the price of a sale, and storage, which is of no order."""
    fees = [settled(order, "ItemFees", fee, amount, event, sku=sku) for order, sku, event, fee, amount in FEES]
    storage = settled("", "other-transaction", "Storage Fee", "-12.80", "other-transaction")
    sale = settled("A", "ItemPrice", "Principal", "20.00", "Order")
    return settlement(sale, settled("A", "ItemPrice", "Principal", "-20.00"), *fees, storage)


def v1() -> bytes:
    fees = [
        flat("item-related-fee", fee, amount, order, event) | {"sku": sku} for order, sku, event, fee, amount in FEES
    ]
    sale = flat("price", "Principal", "20.00", "A", "Order")
    return flat_settlement(sale, flat("price", "Principal", "-20.00", "A"), *fees)


def built(home: Path, *settlements: bytes, rates: str = RATES) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    (home / "shops.yaml").write_text(SHOP, "utf-8")
    settings = Settings(home=home, settle_seconds=0)
    orders = [
        item("A", "M1", "20.00"),
        item("B", "M2", "30.00"),
        item("C", "M2", "30.00"),
        item("F", "M1", "60", "CAD"),
    ]
    drop(settings, "us/orders.txt", amazon_txt(orders))
    drop(settings, "us/costs.csv", csv_bytes([line.split(",") for line in COSTS.splitlines()], "utf-8"))
    drop(settings, "us/rates.csv", csv_bytes([line.split(",") for line in rates.splitlines()], "utf-8"))
    for number, content in enumerate(settlements):
        drop(settings, f"us/settlement{number}.txt", content, modified=f"2026-11-2{number}T01:00:00")
    take_in(settings)
    return settings


def rows(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("files", [(v2,), (v1,), (v2, v1)], ids=["Flat File V2", "Flat File", "both"])
def test_stated_fees_count_once_and_the_rest_has_the_declared_rates(tmp_path: Path, files: tuple) -> None:
    """A: 20 back, 6 for goods, 0.60 of commission, 3.22 for sending, 4 declared for the return; B: 30 - 10 - 4.50 - 5.

    C, not settled: 30 - 10 - 3 - 5. Of 80, 50 are settled.
    """
    settings = built(tmp_path, *(file() for file in files))
    columns = "revenue, revenue_settled, refunded, goods, commission, freight, return_freight, profit, unknown"
    found = rows(
        settings, f"select product_id, {columns} from marts.fct_product_profit_day where product_id is not null"
    )
    assert {product: tuple(map(str, values[:-1])) for product, *values in found} == {
        "B-M1": ("20.00", "20.00", "20.00", "6.00", "0.60", "3.22", "4.00", "-13.82"),
        "B-M2": ("60.00", "30.00", "0.00", "20.00", "7.50", "10.00", "0.00", "22.50"),
    }
    kpi = "select numerator from kpi.fct_kpi where metric = 'profit' and grain = 'day' and period_start = '2026-11-02'"
    assert rows(settings, kpi) == [(Decimal("8.68"),)]


@pytest.mark.slow
def test_what_no_settlement_covers_needs_a_declared_rate(tmp_path: Path) -> None:
    rates = RATES.replace("Platform commission,Amount after refunds,0.10,2026-10-01\n", "")
    settings = built(tmp_path, v2(), rates=rates)
    found = rows(settings, "select product_id, profit, unknown from marts.fct_product_profit_day order by 1 nulls last")
    assert found == [("B-M1", Decimal("-13.82"), []), ("B-M2", None, ["selling_costs"]), (None, Decimal("0"), [])]
    assert rows(settings, "select profit, unknown from marts.fct_profit_day") == [(None, ["selling_costs"])]
