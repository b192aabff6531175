"""Money means one thing: real and made-up files of each platform, and what is not known is never zero."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr

from files import csv_bytes, drop
from order_files import (
    amazon_item,
    amazon_txt,
    doudian_csv,
    doudian_line,
    jd_csv,
    jd_line,
    shopify_csv,
    shopify_order,
    tmall_detail,
    tmall_line,
    tmall_list,
    tmall_listed,
    tmall_refund,
    tmall_refunds,
)
from shopwatch.catalog.contracts import MONEY_TABLES, Column, Contract, load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.pipeline import judge_night
from warehouses import take_in

CASES = PROJECT.parent / "shared" / "cases"
CONTRACTS = {c.export: c for c in load_contracts(PROJECT / "include").values() if c.table in MONEY_TABLES}
MONDAY = date(2026, 11, 2)
NIGHT = date(2026, 11, 15)


def installed(folder: Path, shops: str) -> Settings:
    """An installation with its own copy of ``include``."""
    include = Path(shutil.copytree(PROJECT / "include", folder / "include"))
    home = folder / "home"
    home.mkdir()
    (home / "shops.yaml").write_text(shops, "utf-8")
    return Settings(home=home, include=include, settle_seconds=0, pseudonym_key=SecretStr("k"))


def ask_shop(settings: Settings, sql: str, *values: object) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()


def week(settings: Settings, shop: str, start: date = MONDAY) -> tuple:
    """Paid orders, revenue, refunded and net of a week."""
    columns = "orders_paid, revenue, refunded, net_revenue"
    (row,) = ask_shop(
        settings, f"select {columns} from marts.fct_shop_week where shop = $1 and week_start = $2", shop, start
    )
    return tuple(None if value is None else float(value) for value in row)


def verdicts(settings: Settings, shop: str, rule: str = "refunds_many") -> set[str]:
    sql = "select distinct verdict from ops.verdict_counts where shop = $1 and rule = $2"
    return {verdict for (verdict,) in ask_shop(settings, sql, shop, rule)}


PLAIN = {"id": "7001", "money": "10.00", "price": "10.00", "count": "1", "timestamp": "2026-11-03 10:00:00"}
MEANT = ("paid", "completed", "shipped")


def plain_cell(name: str, column: Column) -> str:
    """A cell that says nothing unusual: what was bought, paid and kept."""
    if name == "currency":
        return "CNY"
    if column.type == "category":
        return next((cell for meaning in MEANT for cell, means in column.values.items() if means == meaning), "")
    return PLAIN.get(column.type, "x")


def plain_file(contract: Contract) -> bytes:
    """One paid order in the required columns of an export."""
    cells = {c.headers[0]: plain_cell(name, c) for name, c in contract.columns.items() if not c.optional}
    headers = list(dict.fromkeys([*cells, *contract.recognise]))
    return csv_bytes([headers, [cells.get(header, "x") for header in headers]], "utf-8")


UNTOLD = {
    name: contract
    for name, contract in sorted(CONTRACTS.items())
    if contract.money and not contract.money.is_refund_here and "ordered_at" in contract.columns
}
"""Contracts of orders that leave refunds to other exports."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A night of shops with nothing but one of UNTOLD, and of all cases of money, each as its own shop."""
    shops = "".join(f"{name}: {{title: {name}, platform: any, currency: CNY}}\n" for name in UNTOLD)
    files = {f"{name}/orders.csv": plain_file(contract) for name, contract in UNTOLD.items()}
    if CASES.exists():
        shops += (CASES / "shops.yaml").read_text("utf-8") + "real: {title: real, platform: tmall, currency: CNY}\n"
        files |= {f"{shop}/{Path(file).name}": (CASES / file).read_bytes() for shop, file in OF_CASES.items()}
    settings = installed(tmp_path_factory.mktemp("told"), shops)
    for name, content in files.items():
        drop(settings, name, content, "2026-11-16T01:10:00")
    take_in(settings)
    judge_night(settings, NIGHT)
    return settings


OF_CASES = {
    "tm": "tmall_net_paid/ExportOrderList202611160110.csv",
    "real": "tmall_net_paid/head300.csv",
    "jd": "jd_deleted_silent/订单.csv",
    "dd": "doudian_refund_silent/订单导出.csv",
    "azde": "amazon_eu_vat/orders.txt",
    "presale": "presale_deposit/ExportOrderList202611160110.csv",
}


@pytest.fixture
def cases(told: Settings) -> Settings:
    if not CASES.exists():
        pytest.skip("no ../shared/cases")
    return told


def test_tmall_states_what_was_paid_net_of_refunds(cases: Settings) -> None:
    assert week(cases, "tm") == (10, 3500, 500, 3000)
    sql = "select value from kpi.fct_kpi where shop = 'tm' and metric = 'refund_rate' and grain = 'week'"
    assert ask_shop(cases, sql) == [(pytest.approx(500 / 3500),)] * 2


def test_the_gross_of_real_tmall_orders_is_their_total(cases: Settings) -> None:
    """总金额 of each paid order, without a look at our own arithmetic."""
    (found,) = ask_shop(
        cases,
        "select count(*), sum(o.paid_gross), sum(o.refunded), sum(o.paid_net) from marts.fct_order as o "
        "where shop = 'real' and is_paid",
    )
    with duckdb.connect() as con:
        (expected,) = con.execute(
            "select count(*), sum(cast(总金额 as decimal(18, 2))), sum(cast(退款金额 as decimal(18, 2))), "
            "sum(cast(买家实际支付金额 as decimal(18, 2))) from read_csv($1, all_varchar = true) "
            "where 订单付款时间 is not null",
            [str(CASES / "tmall_net_paid" / "head300.csv")],
        ).fetchall()
    assert found == expected


def test_cancelled_orders_of_jd_were_given_back_and_cash_on_delivery_is_not_paid(cases: Settings) -> None:
    assert week(cases, "jd") == (10, 1000, None, None)
    deleted = ask_shop(cases, "select sum(refunded) from marts.fct_order where shop = 'jd' and status = 'closed'")
    assert deleted == [(Decimal("800.00"),)]
    assert verdicts(cases, "jd") == {"blocked"}


def test_closed_sub_orders_of_doudian_were_given_back(cases: Settings) -> None:
    assert week(cases, "dd") == (10, 2000, 1000, 1000)
    assert verdicts(cases, "dd") == {"breach"}


def test_prices_of_amazon_in_europe_include_the_tax(cases: Settings) -> None:
    found = ask_shop(cases, "select paid_gross from marts.fct_order where shop = 'azde' and paid_gross > 0 order by 1")
    assert found == [(Decimal("23.80"),), (Decimal("124.95"),)]
    assert week(cases, "azde") == (2, 148.75, None, None)
    assert verdicts(cases, "azde") == {"blocked"}


def test_a_deposit_is_no_payment(cases: Settings) -> None:
    sql = "select is_paid, paid_gross from marts.fct_order where shop = 'presale' and order_id like '%1'"
    assert ask_shop(cases, sql) == [(False, 0)]


def test_nothing_is_reconciled_away(cases: Settings) -> None:
    assert ask_shop(cases, "from ops.reconciliation") == []


COUSINS = ("jd", "cod", "partial", "untold", "azus", "gifts", "excess", "mixed", "covered", "shopify")


@pytest.fixture(scope="module")
def cousins(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Files like those of the cases, in other ways of saying it."""
    currencies = {"azus": "USD"}
    shops = "".join(
        f"{shop}: {{title: {shop}, platform: any, currency: {currencies.get(shop, 'CNY')}}}\n" for shop in COUSINS
    )
    settings = installed(tmp_path_factory.mktemp("cousins"), shops)
    jd = settings.include / "sources" / "jd" / "orders.yaml"
    text = jd.read_text("utf-8")
    (money,) = (line for line in text.splitlines() if line.startswith("money:"))
    jd.write_text(text.replace(money, "money: {paid: gross, tax: included, refunds: tmall_refunds}"), "utf-8")
    on_delivery = {"支付方式": "货到付款", "付款确认时间": ""}
    confirmed = {"支付方式": "货到付款", "付款确认时间": "2026-11-03 09:00:00"}
    earlier = {"下单时间": "2026-10-25 09:00:00", "付款确认时间": "2026-10-25 09:05:00"}
    closed = {"订单状态": "已关闭", "售后状态": "退款成功"}
    part = {"订单状态": "已完成", "售后状态": "退款成功"}
    carried_out = {"退款申请时间": "2026-11-05 09:00:00", "退款完结时间": "2026-11-06 10:00:00"}
    files = {
        "jd/a.csv": jd_csv([jd_line("A", 订单状态="已取消"), jd_line("B", 订单状态="已取消", 付款确认时间="")]),
        "cod/a.csv": jd_csv(
            [
                jd_line("A", 订单状态="完成", **on_delivery),
                jd_line("B", **confirmed),
            ]
        ),
        "partial/a.csv": doudian_csv(
            [doudian_line("A", "A1"), doudian_line("A", "A2", **part), doudian_line("B", "B1", **closed)]
        ),
        "untold/a.csv": doudian_csv([doudian_line("A", "A1", 售后状态="")]),
        "azus/a.txt": amazon_txt([amazon_item("A", currency="USD")]),
        "gifts/a.xlsx": tmall_list([tmall_listed("A"), tmall_listed("B", "0.00"), tmall_listed("C", "0.00")]),
        "excess/a.xlsx": tmall_list([tmall_listed("A", "50.00")]),
        "excess/b.xlsx": tmall_refunds([tmall_refund("1", "A", 退给买家金额="64.00", **carried_out)]),
        "mixed/a.xlsx": tmall_list([tmall_listed("A", "0.00", 订单状态="等待买家付款", **{"订单付款时间 ": ""})]),
        "mixed/b.csv": tmall_detail([tmall_line("A", "A1", "44.00", 退款金额="20.00", 退款状态="退款成功")]),
        "covered/a.csv": jd_csv([jd_line("A"), jd_line("B", **earlier)]),
        "shopify/a.csv": shopify_csv(
            [
                *shopify_order("A", ("S", "1", "50.00"), **{"Refunded Amount": "50.00", "Total": "50.00"}),
                *shopify_order("B", ("S", "1", "50.00"), **{"Refunded Amount": "20.00", "Total": "50.00"}),
            ]
        ),
    }
    for name, content in files.items():
        drop(settings, name, content, "2026-11-16T01:10:00")
    take_in(settings)
    # the refunds of the shop `covered` come a night later, and tell that there were none of A
    refunds = [
        tmall_refund("1", "X", 退款申请时间="2026-11-01 09:00:00", 退款完结时间="2026-11-01 10:00:00"),
        tmall_refund("2", "Y", 退款申请时间="2026-11-08 09:00:00", 退款完结时间="2026-11-08 10:00:00"),
    ]
    drop(settings, "covered/b.xlsx", tmall_refunds(refunds), "2026-11-17T01:10:00")
    take_in(settings)
    judge_night(settings, date(2026, 11, 8))
    return settings


def orders(settings: Settings, shop: str) -> dict[str, tuple]:
    """Order -> whether it was paid, gross, refunded and net in whole yuan; None while unknown."""
    sql = "select order_id, is_paid, paid_gross, refunded, paid_net from marts.fct_order where shop = $1"
    rows = ask_shop(settings, sql, shop)
    return {name: (is_paid, *(None if m is None else float(m) for m in money)) for name, is_paid, *money in rows}


@pytest.mark.slow
def test_only_what_was_paid_goes_back_when_it_is_cancelled(cousins: Settings) -> None:
    assert orders(cousins, "jd") == {"A": (True, 128, 128, 0), "B": (False, 0, 0, 0)}


@pytest.mark.slow
def test_cash_on_delivery_is_paid_when_it_is_confirmed(cousins: Settings) -> None:
    assert {name: told[:2] for name, told in orders(cousins, "cod").items()} == {"A": (False, 0), "B": (True, 128)}


@pytest.mark.slow
def test_a_refund_without_amount_is_unknown(cousins: Settings) -> None:
    assert orders(cousins, "partial") == {"A": (True, 120, None, None), "B": (True, 60, 60, 0)}
    assert verdicts(cousins, "partial") == {"blocked"}


@pytest.mark.slow
def test_a_blank_after_sales_status_means_nothing(cousins: Settings) -> None:
    assert orders(cousins, "untold") == {"A": (True, 60, None, None)}
    assert verdicts(cousins, "untold") == {"blocked"}


@pytest.mark.slow
def test_tax_is_added_in_the_united_states(cousins: Settings) -> None:
    assert orders(cousins, "azus")["A"][1] == pytest.approx(100 + 7 + 10 + 0.7 - 5 - 10)


@pytest.mark.slow
def test_gifts_do_not_lower_the_value_per_order(cousins: Settings) -> None:
    assert week(cousins, "gifts") == (1, 128, 0, 128)
    sql = "select value from kpi.fct_kpi where shop = 'gifts' and metric = 'value_per_order' and grain = 'week'"
    assert ask_shop(cousins, sql) == [(128.0,)]


@pytest.mark.slow
def test_more_refunded_than_paid_is_reported_and_not_counted(cousins: Settings) -> None:
    assert orders(cousins, "excess") == {"A": (True, 50, 50, 0)}
    sql = "select shop, money_expected, money_found from ops.reconciliation where reconciliation = 'refunds_orders'"
    assert ask_shop(cousins, sql) == [("excess", Decimal("64.00"), Decimal("50.00"))]


@pytest.mark.slow
def test_lines_that_were_paid_are_newer_than_a_list_that_waits(cousins: Settings) -> None:
    assert orders(cousins, "mixed") == {"A": (True, 64, 20, 44)}


@pytest.mark.slow
def test_a_refund_export_reports_the_days_that_it_covers(cousins: Settings) -> None:
    assert orders(cousins, "covered") == {"A": (True, 128, 0, 128), "B": (True, 128, None, None)}


@pytest.mark.slow
def test_whole_and_partial_refunds_of_shopify(cousins: Settings) -> None:
    assert orders(cousins, "shopify") == {"A": (True, 50, 50, 0), "B": (True, 50, 20, 30)}


@pytest.mark.slow
def test_a_blocked_rule_names_the_refund_export(cousins: Settings) -> None:
    sql = library_sql("notify/blocked")
    with duckdb.connect(cousins.shop_warehouse, read_only=True) as con:
        found = con.sql(sql).select("rule", "shop", "is_refund_unknown", "refund_exports").fetchall()
    money = CONTRACTS["doudian_orders"].money
    assert money
    assert ("refunds_many", "partial", True, list(money.refunds)) in found


def test_refunds_that_no_export_tells_block_what_needs_them(told: Settings) -> None:
    assert len(UNTOLD) >= 3
    of_untold = f"list_contains({[*UNTOLD]}, shop)"
    paid = ask_shop(
        told, f"select shop, revenue, refunded, net_revenue from marts.fct_shop_week where {of_untold} order by shop"
    )
    assert paid == [(name, Decimal("10.00"), None, None) for name in UNTOLD]
    known = load_metrics(PROJECT / "include")
    needy = [metric.name for metric in known if set(metric.head.inputs) == {"orders", "order_refunds"}]
    assert {"refund_rate", "refunded", "net_revenue"} <= set(needy)
    for metric in needy:
        of_shops = f"metric = $1 and grain = 'week' and entity_type = 'shop' and {of_untold}"
        rows = ask_shop(told, f"select value, coverage from kpi.fct_kpi where {of_shops}", metric)
        assert len(rows) == len(UNTOLD), metric
        assert {value for value, _ in rows} == {None}, metric
        assert all(coverage < 1 for _, coverage in rows), metric
    assert {shop: verdicts(told, shop) for shop in UNTOLD} == {shop: {"blocked"} for shop in UNTOLD}
