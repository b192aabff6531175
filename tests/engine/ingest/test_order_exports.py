"""Every export of orders and refunds: which contract takes it, what comes out of it, and what must not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from amazon_files import back, fba_returns, refund, returned, returns, settlement
from files import (
    STOCK,
    UCI,
    Row,
    ask,
    csv_bytes,
    drop,
    dump,
    load_all,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
)
from files import order as tmall_order
from marketplace_files import (
    doudian_refund,
    doudian_refunds,
    doudian_refunds_csv,
    doudian_short,
    jd_refund,
    jd_refunds,
    pinduoduo_csv,
    pinduoduo_order,
    pinduoduo_refund,
    pinduoduo_refunds,
    pinduoduo_xlsx,
    tmall_short,
    tmall_short_order,
)
from order_files import (
    SECRETS,
    amazon_item,
    amazon_txt,
    doudian_csv,
    doudian_line,
    doudian_xlsx,
    jd_csv,
    jd_line,
    jd_xlsx,
    shopify_csv,
    shopify_order,
    tmall_detail,
    tmall_detail_newer,
    tmall_detail_old,
    tmall_line,
    tmall_list,
    tmall_list_old,
    tmall_listed,
    tmall_refund,
    tmall_refunds,
)
from shared_cases import case_file
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.detect import RejectedError, detect_contract

Writer = Callable[[Iterable[Row]], bytes]

A, B = "6917926768823643751", "6917926768823643752"
PDD = "261102-607198974342269"
PLACED, PAID = datetime(2026, 11, 2, 9, 0), datetime(2026, 11, 2, 9, 5)

FILES: dict[str, tuple[str, bytes]] = {
    "list.csv": ("tmall_orders", tmall_list_old([tmall_listed(A)])),
    "list.xlsx": ("tmall_orders", tmall_list([tmall_listed(A)])),
    "list of the demo.csv": ("tmall_orders", orders_csv([tmall_order(1)])),
    "detail old.csv": ("tmall_order_details_2019", tmall_detail_old([tmall_line(A)])),
    "detail.csv": ("tmall_order_details", tmall_detail([tmall_line(A, B)])),
    "detail newer.csv": ("tmall_order_details", tmall_detail_newer([tmall_line(A, B)])),
    "refunds.xlsx": ("tmall_refunds", tmall_refunds([tmall_refund("1", A)])),
    "jd.csv": ("jd_orders", jd_csv([jd_line(A)])),
    "jd.xlsx": ("jd_orders", jd_xlsx([jd_line(A)])),
    "doudian.csv": ("doudian_orders", doudian_csv([doudian_line(A, B)])),
    "doudian.xlsx": ("doudian_orders", doudian_xlsx([doudian_line(A, B)])),
    "shopify.csv": ("shopify_orders", shopify_csv(shopify_order("#1001", ("QH-1", "1", "120.00")))),
    "amazon.txt": ("amazon_orders", amazon_txt([amazon_item("114-1")])),
    "settlement.txt": ("amazon_settlement", settlement(*refund("114-1"))),
    "returns.tsv": ("amazon_returns", returns(returned("114-1"))),
    "fba.txt": ("amazon_fba_returns", fba_returns(back("114-1"))),
    "list short.csv": ("tmall_orders_short", tmall_short(tmall_short_order(A))),
    "pdd.csv": ("pinduoduo_orders", pinduoduo_csv([pinduoduo_order(PDD)])),
    "pdd.xlsx": ("pinduoduo_orders", pinduoduo_xlsx([pinduoduo_order(PDD)])),
    "pdd refunds.csv": ("pinduoduo_refunds", pinduoduo_refunds([pinduoduo_refund("1", PDD)])),
    "doudian short.csv": ("doudian_orders", doudian_short([doudian_line(A, B)])),
    "doudian refunds.xlsx": ("doudian_refunds", doudian_refunds([doudian_refund("1", A, B)])),
    "doudian refunds.csv": ("doudian_refunds", doudian_refunds_csv([doudian_refund("2", A, B)])),
    "jd refunds.csv": ("jd_refunds", jd_refunds([jd_refund("1", A)])),
    "traffic.xls": ("sycm_products", products_xls([product(1)])),
    "plans.csv": ("wanxiang_plans", plans_csv([plan(1)])),
    "stock.csv": ("wangdiantong_stock", csv_bytes(table(STOCK, [{}]))),
    "invoices.csv": ("uci_orders", csv_bytes([UCI], "utf-8")),
}


@pytest.mark.parametrize("name", FILES)
def test_each_file_fits_one_contract_only(tmp_path: Path, name: str) -> None:
    wanted, content = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    fitting = []
    for export, contract in load_contracts(PROJECT / "include").items():
        try:
            fitting.append(detect_contract(path, {export: contract}).contract.export)
        except RejectedError:
            continue
    assert fitting == [wanted]


def test_each_contract_of_orders_has_a_file_here() -> None:
    contracts = load_contracts(PROJECT / "include").values()
    shipped = [contract for contract in contracts if contract.listing.platform]
    orders = {c.export for c in shipped if c.table in ("orders", "order_lines", "refunds")}
    assert orders <= {export for export, _ in FILES.values()}


def test_nothing_of_a_person_is_stored(settings: Settings) -> None:
    for name, (_, content) in FILES.items():
        drop(settings, f"qinghe/{name}", content)
    load_all(settings)
    dumped = dump(settings)
    assert A in dumped
    assert not [secret for secret in SECRETS if secret in dumped]


def taken(settings: Settings, name: str, content: bytes, columns: str, order: str = "line") -> list[tuple]:
    """What comes out of one file, which nobody may refuse a row of."""
    drop(settings, f"qinghe/{name}", content, modified="2026-11-30T01:00:00")
    ((export, loaded),) = load_all(settings).items()
    assert (loaded.rejected, loaded.quarantined) == (0, 0), ask(settings, "select * from quarantine")
    return ask(settings, f"select {columns} from incoming.{export} order by {order}")


@pytest.mark.parametrize(("name", "write"), [("a.csv", tmall_list_old), ("a.xlsx", tmall_list)])
def test_tmall_list(settings: Settings, name: str, write: Writer) -> None:
    closed = {"订单状态": "交易关闭", "订单付款时间 ": "", "收货地址 ": ""}
    rows = [
        tmall_listed(A),
        tmall_listed(B, "0.00", **closed, 订单创建时间="2026/11/2 9:00"),
    ]
    columns = "order_id, paid, postage, quantity, status, province, city, ordered_at, paid_at, day, length(buyer)"
    assert taken(settings, name, write(rows), columns) == [
        (A, Decimal("128.00"), Decimal("8.00"), 2, "paid", "云南", "昆明市", PLACED, PAID, PAID.date(), 16),
        (B, Decimal("0.00"), Decimal("8.00"), 2, "closed", None, None, PLACED, None, PLACED.date(), 16),
    ]


def test_tmall_list_of_late_says_when_it_was_shipped(settings: Settings) -> None:
    content = tmall_list([tmall_listed(A, 订单状态="卖家已发货，等待买家确认", 发货时间="2026-11-03 10:00:00")])
    assert taken(settings, "a.xlsx", content, "status, shipped_at") == [("shipped", datetime(2026, 11, 3, 10))]


def test_tmall_old_detail_lies_on_the_day_of_its_export(settings: Settings) -> None:
    rows = [tmall_line(A, 购买数量="2"), tmall_line(A, 商家编码="", 订单状态="交易关闭")]
    columns = "order_id, quantity, unit_price, sku, item_number, spec, status, day"
    found = taken(settings, "ExportOrderDetailList202611050300.csv", tmall_detail_old(rows), columns)
    day = datetime(2026, 11, 5).date()
    assert found == [
        (A, 2, Decimal("64.0000"), "QH-001-TQ", "QH-001", "颜色分类：天青", "paid", day),
        (A, 1, Decimal("64.0000"), None, "QH-001", "颜色分类：天青", "closed", day),
    ]


@pytest.mark.parametrize(("write", "product_id"), [(tmall_detail, None), (tmall_detail_newer, "710000000001")])
def test_tmall_new_detail(settings: Settings, write: Writer, product_id: str | None) -> None:
    rows = [tmall_line(A, A), tmall_line(A, B, 退款状态="退款成功", 退款金额="64.00")]
    columns = "order_id, line_id, product_id, line_amount, line_paid, line_refunded, refund_status, status, paid_at"
    whole = (Decimal("60.00"), Decimal("64.00"))
    assert taken(settings, "a.csv", write(rows), columns) == [
        (A, A, product_id, *whole, Decimal("0.00"), "none", "paid", PAID),
        (A, B, product_id, *whole, Decimal("64.00"), "refunded", "paid", PAID),
    ]


def test_tmall_refunds_are_what_the_buyer_gets_back(settings: Settings) -> None:
    waiting = tmall_refund("2", B, 退款状态="买家已经申请退款，等待卖家同意", 退款完结时间="")
    columns = "refund_id, order_id, amount, status, kind, day"
    assert taken(settings, "a.xlsx", tmall_refunds([tmall_refund("1", A), waiting]), columns) == [
        ("1", A, Decimal("64.00"), "refunded", "退货退款", datetime(2026, 11, 23).date()),
        ("2", B, Decimal("64.00"), "applied", "退货退款", datetime(2026, 11, 20).date()),
    ]


@pytest.mark.parametrize(("name", "write", "sku"), [("a.csv", jd_csv, None), ("a.xlsx", jd_xlsx, "QH-001-TQ")])
def test_jd(settings: Settings, name: str, write: Writer, sku: str | None) -> None:
    deleted = {"订单状态": " (删除)等待出库", "付款确认时间": "", "客户地址": "北京朝阳区三环到四环之间"}
    rows = [jd_line(A), jd_line(A, 商品ID="10002"), jd_line(B, **deleted)]
    columns = "order_id, product_id, sku, order_paid, order_payable, status, province, city, paid_at, day"
    money = (Decimal("128.00"), Decimal("136.00"))
    assert taken(settings, name, write(rows), columns) == [
        (A, "10001", sku, *money, "paid", "云南", "昆明市", PAID, PAID.date()),
        (A, "10002", sku, *money, "paid", "云南", "昆明市", PAID, PAID.date()),
        (B, "10001", sku, *money, "closed", "北京", "北京市", None, PLACED.date()),
    ]


@pytest.mark.parametrize(("name", "write"), [("a.csv", doudian_csv), ("a.xlsx", doudian_xlsx)])
def test_doudian(settings: Settings, name: str, write: Writer) -> None:
    rows = [
        doudian_line(A, A),
        doudian_line(A, B, 订单状态="已关闭", 支付完成时间="-", 取消原因="超时未支付"),
        doudian_line(B, B, 订单状态="已完成", 售后状态="同意退款，退款成功", 省="北京市", 市="北京市"),
    ]
    columns = "order_id, line_id, product_id, line_paid, status, refund_status, close_reason, province, city, paid_at"
    item = ("3600000000000000001", Decimal("60.00"))
    assert taken(settings, name, write(rows), columns) == [
        (A, A, *item, "paid", "none", None, "云南", "昆明市", PAID),
        (A, B, *item, "closed", "none", "超时未支付", "云南", "昆明市", None),
        (B, B, *item, "completed", "refunded", None, "北京", "北京市", PAID),
    ]


def test_the_variants_of_doudian_name_their_prices_apart(settings: Settings) -> None:
    drop(settings, "qinghe/a.csv", doudian_csv([doudian_line(A, A)]))
    drop(settings, "qinghe/b.xlsx", doudian_xlsx([doudian_line(B, B)]))
    load_all(settings)
    found = ask(settings, "select unit_price, line_amount, item_number from incoming.doudian_orders order by order_id")
    assert found == [(Decimal("64.0000"), None, None), (None, Decimal("64.00"), "QH-001")]


def test_shopify_writes_of_an_order_once_and_in_its_own_time(settings: Settings) -> None:
    first = shopify_order("#1001", ("QH-1", "1", "50.00"), ("QH-2", "2", "35.00"), Currency="USD")
    second = shopify_order("#1002", ("", "1", "120.00"), **{"Financial Status": "pending", "Paid at": ""})
    columns = "order_id, product_id, quantity, order_paid, order_postage, status, currency, region, city, ordered_at"
    placed = datetime(2026, 11, 2, 23, 15)  # in the shop's own time
    at = ("US", "Boston", placed)
    assert taken(settings, "a.csv", shopify_csv([*first, *second]), columns) == [
        ("#1001", "QH-1", 1, Decimal("128.00"), Decimal("8.00"), "paid", "USD", *at),
        ("#1001", "QH-2", 2, None, None, "paid", "USD", *at),
        ("#1002", None, 1, Decimal("128.00"), Decimal("8.00"), "unpaid", "CNY", *at),
    ]


def test_amazon_has_no_total_and_a_cancelled_item_no_price(settings: Settings) -> None:
    blank = dict.fromkeys(("item-price", "item-tax", "shipping-price", "shipping-tax", "item-promotion-discount"), "")
    rows = [
        amazon_item("114-1"),
        amazon_item("114-1", **blank, **{"item-status": "Cancelled", "quantity": "0"}),
        amazon_item("114-2", **blank, **{"order-status": "Pending", "item-status": "Unshipped"}),
    ]
    money_columns = "line_amount, line_tax, line_postage, line_discount"
    columns = f"order_id, quantity, {money_columns}, status, line_status, ordered_at, version"
    times = (datetime(2026, 11, 2, 12, 15), datetime(2026, 11, 2, 9, 0))
    money = tuple(map(Decimal, ("100.00", "7.00", "10.00", "5.00")))
    assert taken(settings, "a.txt", amazon_txt(rows), columns) == [
        ("114-1", 2, *money, "shipped", "shipped", *times),
        ("114-1", 0, None, None, None, None, "shipped", "closed", *times),
        ("114-2", 2, None, None, None, None, "unpaid", "paid", *times),
    ]


def test_times_that_were_never_set_are_blank(settings: Settings) -> None:
    """Databases write 0000-00-00 00:00:00: of such an order nobody has confirmed the payment."""
    never = "0000-00-00 00:00:00"
    waits = jd_line(A, 支付方式="货到付款", 付款确认时间=never, 订单完成时间="0000-00-00")
    unread = jd_line(B, 付款确认时间="0000-01-01 00:00:00")
    drop(settings, "qinghe/jd.csv", jd_csv([waits, unread]), modified="2026-11-30T01:00:00")
    lines = [
        doudian_line(A, A, 订单状态="待确认", 支付完成时间=never, 发货时间=never),
        doudian_line(A, B, 订单状态="待确认/待支付", 支付完成时间=never),
        doudian_line(B, A, 订单状态="已支付"),
        doudian_line(B, B, 订单状态="已取消", 支付完成时间=never),
    ]
    drop(settings, "qinghe/doudian.csv", doudian_csv(lines), modified="2026-11-30T01:00:00")
    load_all(settings)
    jd = "select order_id, status, paid_at, completed_at, day from incoming.jd_orders"
    assert ask(settings, jd) == [(A, "paid", None, None, PLACED.date())]
    doudian = "select status, paid_at, shipped_at from incoming.doudian_orders order by line"
    assert ask(settings, doudian) == [
        ("unpaid", None, None),
        ("unpaid", None, None),
        ("paid", PAID, None),
        ("closed", None, None),
    ]
    unreadable = [("付款确认时间", "0000-01-01 00:00:00", "unreadable timestamp")]
    assert ask(settings, "select column_name, value, reason from quarantine") == unreadable


UNKNOWN: dict[str, bytes] = {
    "list.xlsx": tmall_list([tmall_listed(A, 订单状态="不明")]),
    "old.csv": tmall_detail_old([tmall_line(A, 订单状态="不明")]),
    "detail.csv": tmall_detail([tmall_line(A, B, 订单状态="不明")]),
    "refunds.xlsx": tmall_refunds([tmall_refund("1", A, 退款状态="不明")]),
    "jd.csv": jd_csv([jd_line(A, 订单状态="不明")]),
    "doudian.csv": doudian_csv([doudian_line(A, B, 订单状态="不明")]),
    "pdd.csv": pinduoduo_csv([pinduoduo_order(PDD, 订单状态="不明")]),
    "pdd refunds.csv": pinduoduo_refunds([pinduoduo_refund("1", PDD, 售后状态="不明")]),
    "doudian refunds.xlsx": doudian_refunds([doudian_refund("1", A, B, 售后状态="不明")]),
    "jd refunds.csv": jd_refunds([jd_refund("1", A, 审核状态="不明")]),
    "shopify.csv": shopify_csv(shopify_order("#1", ("QH-1", "1", "1.00"), **{"Financial Status": "不明"})),
    "amazon.txt": amazon_txt([amazon_item("114-1", **{"order-status": "不明"})]),
}


@pytest.mark.slow
def test_an_unknown_status_is_set_aside_with_its_value(settings: Settings) -> None:
    for name, content in UNKNOWN.items():
        drop(settings, f"qinghe/{name}", content, modified="2026-11-30T01:00:00")
    assert {name: one.rows for name, one in load_all(settings).items() if one.rows} == {}
    held = ask(settings, "select file, value, reason from quarantine order by file")
    assert held == sorted((name, "不明", "unreadable category") for name in UNKNOWN)


def test_the_first_year_of_online_retail_has_other_headers(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "shops.yaml").write_text("s: {title: s, platform: p, currency: GBP}\n", "utf-8")
    drop(settings, "s/report.csv", case_file("uci_year1_headers/online_retail_II.csv"), modified="2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    summed = "count(*), count(distinct order_id), sum(quantity * unit_price), count(buyer), min(day) = max(day)"
    assert ask(settings, f"select {summed} from order_lines") == [(100, 9, Decimal("4762.6100"), 100, True)]
    assert ask(settings, "select * from quarantine") == []
