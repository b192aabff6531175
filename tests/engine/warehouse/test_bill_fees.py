"""Fees of a bill in profit: an order that the bill names has these, the others have declared rates."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from files import csv_bytes, drop
from marketplace_files import pinduoduo_csv, pinduoduo_order
from shopwatch.core.settings import Settings
from warehouses import differences, take_in

SHOP = "pdd: {title: 店, platform: pinduoduo, currency: CNY}\n"
RATES = """Cost,Charged on,Rate or amount,Valid from
Platform commission,Paid amount,0.01,2026-10-01
Payment fee,Paid amount,0.006,2026-10-01
"""
BILL = """商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述
261102-1,2026-11-10 10:00:00,0,-0.37,技术服务费,-,0030002|技术服务费
261102-1,2026-11-10 09:00:00,55.00,0,交易收入,-,0010002|交易收入-订单收入
#支出合计：1笔，共-0.37元
"""


def home_of(home: Path) -> Settings:
    home.mkdir()
    (home / "shops.yaml").write_text(SHOP, "utf-8")
    (home / "pseudonym.key").write_text("of no installation")
    settings = Settings(home=home, settle_seconds=0)
    drop(settings, "pdd/orders.csv", pinduoduo_csv([pinduoduo_order("261102-1"), pinduoduo_order("261102-2")]))
    drop(settings, "pdd/rates.csv", csv_bytes([line.split(",") for line in RATES.splitlines()], "utf-8"))
    return settings


@pytest.mark.slow
def test_an_order_on_the_bill_has_the_fees_that_it_states(tmp_path: Path) -> None:
    """Two orders of 55: one is charged 0.37 and no declared rate, the other 0.55 and 0.33."""
    settings = home_of(tmp_path / "nights")
    take_in(settings)
    drop(settings, "pdd/bill.csv", BILL.encode("gb18030"), "2026-11-11T09:00:00")
    take_in(settings)
    columns = "revenue, revenue_settled, commission, payment_fees"
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        found = con.execute(
            f"select {columns} from marts.fct_product_profit_day where product_id is not null"
        ).fetchall()
    assert found == [(Decimal(110), Decimal(55), Decimal("0.92"), Decimal("0.33"))]

    at_once = home_of(tmp_path / "at_once")
    drop(at_once, "pdd/bill.csv", BILL.encode("gb18030"), "2026-11-11T09:00:00")
    take_in(at_once)
    assert differences(settings.shop_warehouse, at_once.shop_warehouse, ("marts", "kpi", "intermediate")) == {}
