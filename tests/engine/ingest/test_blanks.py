"""A blank cell means what the contract declares, and so does a key that a complete list leaves out."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from files import ask, drop, load_all, plan, plans_csv, product, products_xls
from order_files import tmall_detail_newer, tmall_line
from shared_cases import case_home
from shopwatch.catalog.contracts import Column, load_contracts
from shopwatch.core.settings import PROJECT, Settings
from warehouses import judge_and_tell, take_in

NIGHT = date(2026, 11, 15)


def firing(settings: Settings, rule: str) -> list[tuple[object, ...]]:
    with duckdb.connect(settings.published, read_only=True) as con:
        return con.execute(
            "select entity, value, severity from ops.alerts where rule = $1 and state = 'firing' order by entity",
            [rule],
        ).fetchall()


@pytest.mark.slow
def test_campaigns_that_spend_and_sell_nothing_all_fire(tmp_path: Path) -> None:
    settings = case_home(tmp_path, "ads_blank_revenue", "tm", datetime(2026, 11, 16, 1))
    take_in(settings)
    judge_and_tell(settings, NIGHT)
    assert [(entity, value) for entity, value, _ in firing(settings, "roas_low")] == [
        ("60000000001", 0.0),
        ("60000000002", 0.0),
        ("60000000003", 0.0),
    ]


@pytest.mark.slow
def test_a_unit_that_left_the_complete_list_is_sold_out(tmp_path: Path) -> None:
    settings = case_home(tmp_path, "stock_vanishes", "tm", datetime(2026, 11, 16, 1))
    take_in(settings)
    judge_and_tell(settings, NIGHT)
    assert firing(settings, "stock_low") == [("SKU-B", 0.0, "critical")]
    with duckdb.connect(settings.published, read_only=True) as con:
        kept = con.execute("select sku, available from review.weekly_stock order by sku").fetchall()
    assert kept == [("SKU-A", 54), ("SKU-B", 0), ("SKU-C", 84)]


def test_without_spend_a_blank_stays_missing(settings: Settings) -> None:
    cells = [("300.00", ""), ("300.00", "－"), ("", "——"), ("0.00", "-"), ("300.00", "5.00")]
    plans = [plan(n, 花费=spend, 总成交金额=revenue) for n, (spend, revenue) in enumerate(cells)]
    drop(settings, "qinghe/计划报表_20261102_20261103010000.csv", plans_csv(plans))
    load_all(settings)
    found = ask(settings, "select spend, ad_revenue from incoming.wanxiang_plans order by campaign_id")
    assert found == [(300, 0), (300, 0), (None, None), (0, 0), (300, 5)]


def test_buyers_of_a_product_that_had_visitors(settings: Settings) -> None:
    products = [product(1, 商品访客数="120", 支付买家数="-"), product(2, 商品访客数="-", 支付买家数="-")]
    drop(settings, "qinghe/【生意参谋平台】商品_全部_2026-11-02_2026-11-02.xls", products_xls(products))
    load_all(settings)
    found = ask(settings, "select visitors, pay_buyers from incoming.sycm_products order by product_id")
    assert found == [(120, 0), (None, None)]


def test_a_word_in_place_of_a_zero(settings: Settings) -> None:
    amounts = ["无退款申请", "64.00", "", "退款中"]
    lines = [tmall_line("4800000000000000001", f"480000000000000001{n}", 退款金额=a) for n, a in enumerate(amounts)]
    drop(settings, "qinghe/ExportOrderDetailList202611030100.csv", tmall_detail_newer(lines))
    load_all(settings)
    found = ask(settings, "select line_refunded from incoming.tmall_order_details order by line_id")
    assert found == [(0,), (64,), (None,)]
    assert ask(settings, "select line, column_name, reason from quarantine") == [(5, "退款金额", "unreadable money")]


SALES = {"ad_revenue", "pay_buyers", "pay_pieces", "pay_orders", "pay_amount", "order_pieces", "order_amount"}
REPORTS = ("ad_day", "product_day", "shop_day")


def test_no_sale_is_zero_in_every_report_of_spend_or_visitors() -> None:
    contracts = load_contracts(PROJECT / "include").values()
    reports = {contract.export: contract for contract in contracts if contract.table in REPORTS}
    unmeasured = [export for export, contract in reports.items() if contract.measured_by is None]
    left_blank = [
        (export, name)
        for export, contract in reports.items()
        for name, column in contract.columns.items()
        if name in SALES and not column.zeros
    ]
    assert (unmeasured, left_blank) == ([], [])


def test_a_word_is_a_zero_or_unreadable() -> None:
    with pytest.raises(ValueError, match="a word can mean `zero` only, not 暂无"):
        Column.model_validate({"from": "a", "type": "money", "blank": {"无": "zero", "暂无": "missing"}})


def test_only_what_is_counted_has_zeros() -> None:
    assert Column.model_validate({"from": "a", "type": "money", "blank": {"": "zero", "--": "missing"}}).zeros == ("",)
    with pytest.raises(ValueError, match="blank: zero"):
        Column.model_validate({"from": "a", "type": "ratio", "blank": "zero"})
