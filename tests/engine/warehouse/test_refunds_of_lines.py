"""Refunds reach the lines and products that an export names, and products add up to orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from amazon_files import settled, settlement
from files import Row, csv_bytes, drop, table
from marketplace_files import (
    JD_REFUNDS,
    doudian_refund,
    doudian_refunds_csv,
    doudian_short,
    jd_refund,
    pinduoduo_csv,
    pinduoduo_order,
    pinduoduo_refund,
    pinduoduo_refunds,
)
from order_files import (
    amazon_item,
    amazon_txt,
    doudian_csv,
    doudian_line,
    jd_csv,
    jd_line,
    shopify_csv,
    shopify_order,
    tmall_detail_newer,
    tmall_line,
    tmall_list,
    tmall_list_old,
    tmall_listed,
    tmall_refund,
    tmall_refunds,
)
from shared_cases import case_file
from shopwatch.core.settings import Settings
from warehouses import take_in

MONDAY = date(2026, 11, 2)
MADE = "2026-11-16T01:10:00"
CLOSED = {"订单状态": "已关闭", "售后状态": "退款成功"}
FIRST = {"售后申请时间": "2026-11-01 09:00:00", "商家退款时间": "2026-11-01 10:00:00"}


def jd_refunds(rows: list[Row]) -> bytes:
    return csv_bytes(table([*JD_REFUNDS, "商品编号"], rows), "gb18030")


def amazon(order: str, sku: str, price: str) -> Row:
    bare = {"shipping-price": "", "shipping-tax": "", "ship-promotion-discount": "", "item-promotion-discount": ""}
    return amazon_item(order, **{"sku": sku, "asin": f"B-{sku}", "item-price": price, "currency": "EUR", **bare})


def prepared(home: Path, shops: dict[str, str]) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    declared = "".join(
        f"{shop}: {{title: {shop}, platform: any, currency: {money}}}\n" for shop, money in shops.items()
    )
    (home / "shops.yaml").write_text(declared, "utf-8")
    return Settings(home=home, settle_seconds=0, pseudonym_key=SecretStr("k"))


def ask(settings: Settings, sql: str, *values: object) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()


def deposit(order: str, stages: str, paid: str = "50.00", back: str = "0.00", status: str = "交易关闭") -> Row:
    money = {"买家应付货款": "500.00", "买家应付邮费": "0.00", "退款金额": back}
    return tmall_listed(order, paid, 订单状态=status, 分阶段订单信息=stages, **money)


SETTLED_ORDERS = {"A": "2026-11-02", "B": "2026-11-10", "C": "2026-11-11"}
FILES: dict[str, bytes] = {
    # 商品单号 names a sub-order; another was closed and is in no after-sales list any more
    "douyin/orders.csv": doudian_csv(
        [
            doudian_line("A", "A1", 商品ID="P1"),
            doudian_line("A", "A2", 商品ID="P2", **CLOSED),
            doudian_line("B", "B1", 商品ID="P1", 运费="8.00", 订单应付金额="68.00"),
        ]
    ),
    "douyin/refunds.csv": doudian_refunds_csv(
        [
            doudian_refund("1", "A", "A1", **{"退商品金额（元）": "20.00", "退运费金额（元）": "0.00"}),
            doudian_refund("2", "B", "B1", **{"退商品金额（元）": "60.00", "退运费金额（元）": "8.00"}),
        ]
    ),
    "jd/orders.csv": jd_csv([jd_line("A", 商品ID="P1"), jd_line("A", 商品ID="P2"), jd_line("B", 商品ID="P1")]),
    "jd/refunds.csv": jd_refunds([jd_refund("1", "A", 退款金额="30.00", 商品编号="P2"), jd_refund("2", "B")]),
    # the same without 商品编号: the order alone is named
    "jd_orders/orders.csv": jd_csv(
        [jd_line("A", 商品ID="P1", 京东价="100.00"), jd_line("A", 商品ID="P2", 京东价="50.00")]
    ),
    "jd_orders/refunds.csv": jd_refunds([jd_refund("1", "A", 退款金额="30.00")]),
    "jd_alone/orders.csv": jd_csv([jd_line("A", 商品ID="P1"), jd_line("B", 商品ID="P2", 订单状态="已取消")]),
    "pinduoduo/orders.csv": pinduoduo_csv([pinduoduo_order("261102-1", 商品id="P1"), pinduoduo_order("261102-2")]),
    "pinduoduo/refunds.csv": pinduoduo_refunds(
        [
            pinduoduo_refund("1", "261102-1", 商品ID="P1", **{"退款金额(元)": "15.00"}),
            pinduoduo_refund("2", "261102-2"),
        ]
    ),
    "amazon/orders.txt": amazon_txt([amazon("A", "M1", "30.00"), amazon("A", "M2", "50.00")]),
    "amazon/settlement.txt": settlement(settled("A", "ItemPrice", "Principal", "-20.00", sku="M2")),
    # tax on top of the prices in Canada, within them in Great Britain
    "canada/orders.txt": amazon_txt([amazon("A", "M1", "30.00") | {"currency": "CAD"}]),
    "britain/orders.txt": amazon_txt([amazon("A", "M1", "30.00") | {"currency": "GBP"}]),
    # no refund after the 2nd, but the settlement speaks of all days from October 28 to the day before its end
    "settled/orders.txt": amazon_txt(
        [
            amazon(name, "M1", "30.00") | {"purchase-date": f"{day}T10:00:00+08:00"}
            for name, day in SETTLED_ORDERS.items()
        ]
    ),
    "settled/settlement.txt": settlement(
        settled(
            "A",
            "ItemPrice",
            "Principal",
            "-20,00",
            posted_date="02.11.2026",
            posted_date_time="02.11.2026 10:00:00 UTC",
        ),
        settlement_start_date="28.10.2026 10:00:00 UTC",
        settlement_end_date="11.11.2026 10:00:00 UTC",
    ),
    "tmall/list202611160110.xlsx": tmall_list([tmall_listed("A", "120.00", 买家应付邮费="0.00")]),
    "tmall/detail202611160110.csv": tmall_detail_newer(
        [tmall_line("A", "A1", "60.00", 商品ID="P1"), tmall_line("A", "A2", "60.00", 商品ID="P2")]
    ),
    "tmall/refunds202611250110.xlsx": tmall_refunds([tmall_refund("1", "A", 商品id="P2", 退给买家金额="30.00")]),
    "shopify/orders.csv": shopify_csv(
        shopify_order(
            "A", ("P1", "1", "60.00"), ("P2", "1", "40.00"), **{"Subtotal": "100.00", "Refunded Amount": "10.00"}
        )
    ),
    # lists without 支付完成时间: what was closed after after-sales was paid, what was closed without was not
    "closed/orders.csv": doudian_short(
        [
            {**doudian_line("A", "A1", 订单应付金额="100.00", 订单状态="已完成")},
            {**doudian_line("A", "A2", 订单应付金额="100.00", **CLOSED)},
            {**doudian_line("B", "B1", 订单应付金额="100.00", 订单状态="已关闭", 取消原因="超时未付款")},
        ]
    ),
    # presales: the deposit alone, the deposit that went back, all paid and given back, all paid
    "presale/list202611160110.csv": tmall_list_old(
        [
            deposit("kept", "阶段1：已付款50.00；阶段2：未付款450.00"),
            deposit("returned", "阶段1:已付款;阶段2:已关闭", "0.00", "50.00"),
            deposit("refunded", "阶段1：已付款；阶段2：已付款", "0.00", "500.00"),
            deposit("bought", "阶段1：已付款；阶段2：已付款", "500.00", status="交易成功"),
            deposit("waits", "阶段1：已付款50.00；阶段2：未付款450.00", status="等待买家付款"),
        ]
    ),
    # the lines of a presale do not know its stages
    "presale/detail202611160110.csv": tmall_detail_newer(
        [tmall_line("kept", "kept1", "50.00", 订单状态="交易关闭", 买家应付货款="500.00")]
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    shops = dict.fromkeys((name.split("/")[0] for name in FILES), "CNY") | {
        "amazon": "EUR",
        "settled": "EUR",
        "case": "CNY",
    }
    settings = prepared(tmp_path_factory.mktemp("refunds"), shops)
    for name, content in FILES.items():
        drop(settings, name, content, MADE)
    try:
        case = case_file("presale_deposit/ExportOrderList202611160110.csv")
    except pytest.skip.Exception:
        case = FILES["presale/list202611160110.csv"].replace(b"kept", b"4100000000000000003")
    drop(settings, "case/ExportOrderList202611160110.csv", case, MADE)
    take_in(settings)
    return settings


def products(settings: Settings, shop: str) -> dict[str, tuple[float, float | None]]:
    """Product -> revenue and refunded of the week."""
    sql = "select product_id, revenue, refunded from marts.fct_product_sales_week where shop = $1 and week_start = $2"
    return {
        name: (float(sold), None if back is None else float(back))
        for name, sold, back in ask(settings, sql, shop, MONDAY)
    }


def orders(settings: Settings, shop: str) -> dict[str, tuple[bool, float, float | None]]:
    """Order -> whether it was paid, gross and refunded."""
    sql = "select order_id, is_paid, paid_gross, refunded from marts.fct_order where shop = $1"
    found = ask(settings, sql, shop)
    return {name: (paid, float(gross), None if back is None else float(back)) for name, paid, gross, back in found}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shop", "wanted"),
    [
        ("douyin", {"P1": (120, 80), "P2": (60, 60)}),
        ("jd", {"P1": (180, 120), "P2": (60, 30)}),
        ("jd_orders", {"P1": (80, 20), "P2": (40, 10)}),
        ("jd_alone", {"P1": (120, None), "P2": (120, 120)}),
        ("pinduoduo", {"P1": (55, 15), "754299529443": (55, 55)}),
        ("amazon", {"B-M1": (30, 0), "B-M2": (50, 20)}),
        ("tmall", {"P1": (60, 0), "P2": (60, 30)}),
        ("shopify", {"P1": (60, 6), "P2": (40, 4)}),
    ],
)
def test_products_are_refunded_what_exports_say_of_them(built: Settings, shop: str, wanted: dict) -> None:
    assert products(built, shop) == wanted


@pytest.mark.slow
def test_a_closed_sub_order_and_one_in_the_after_sales_list_are_two_refunds(built: Settings) -> None:
    assert orders(built, "douyin") == {"A": (True, 120, 80), "B": (True, 68, 68)}


@pytest.mark.slow
def test_a_list_without_payment_time_does_not_lose_what_was_paid_and_given_back(built: Settings) -> None:
    assert orders(built, "closed") == {"A": (True, 200, 100), "B": (False, 0, 0)}


@pytest.mark.slow
def test_a_deposit_of_a_presale_is_no_payment_whether_it_went_back_or_not(built: Settings) -> None:
    assert orders(built, "presale") == {
        "kept": (False, 0, 0),
        "returned": (False, 0, 0),
        "refunded": (True, 500, 500),
        "bought": (True, 500, 0),
        "waits": (False, 0, 0),
    }
    assert orders(built, "case")["4100000000000000003"] == (False, 0, 0)


@pytest.mark.slow
def test_tax_is_on_top_in_canada_and_within_the_price_in_great_britain(built: Settings) -> None:
    assert orders(built, "canada") == {"A": (True, 37, None)}
    assert orders(built, "britain") == {"A": (True, 30, None)}


@pytest.mark.slow
def test_a_settlement_speaks_of_all_its_days(built: Settings) -> None:
    refunded = {name: back for name, (_, _, back) in orders(built, "settled").items()}
    assert refunded == {"A": 20, "B": 0, "C": None}


@pytest.mark.slow
def test_nothing_differs(built: Settings) -> None:
    assert ask(built, "from ops.reconciliation") == []


PLATFORMS = ("douyin", "jd", "tmall", "shopify", "amazon", "pinduoduo")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, list[int], list[tuple[int, int, int]]]]:
    """Orders: postage, price of each line, refunds as (kind, line, cents); 0 names a line, 1 a product, 2 neither."""
    cents = st.sampled_from([1, 99, 333, 1000, 5000, 12_345])
    refunds = st.tuples(st.integers(0, 2), st.integers(0, 3), cents)
    return [
        (
            draw(st.sampled_from([0, 800])),
            draw(st.lists(cents, min_size=1, max_size=4)),
            draw(st.lists(refunds, max_size=3)),
        )
        for _ in range(12)
    ]


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def history_files(found: list) -> dict[str, tuple[list[bytes], list[bytes]]]:
    """Platform -> its files of orders, and of refunds."""
    rows: dict[str, list[Row]] = {
        name: [] for name in ("douyin", "jd", "list", "detail", "amazon", "pinduoduo", "shopify")
    }
    back: dict[str, list[Row]] = {name: [] for name in ("douyin", "jd", "tmall", "amazon", "pinduoduo")}
    for number, (postage, prices, refunds) in enumerate(found):
        order, whole = f"N{number}", sum(prices)
        rows["list"].append(tmall_listed(order, money(whole + postage), 买家应付邮费=money(postage)))
        total = {"Subtotal": money(whole), "Shipping": money(postage), "Total": money(whole + postage)}
        given = {"Refunded Amount": money(min(sum(r[2] for r in refunds), whole + postage))}
        lines = [(f"P{n % 3}", "1", money(price)) for n, price in enumerate(prices)]
        rows["shopify"] += shopify_order(order, *lines, **total, **given)
        for n, price in enumerate(prices):
            own = {"运费": money(postage if n == 0 else 0), "订单应付金额": money(price + (postage if n == 0 else 0))}
            closed = CLOSED if (number + n) % 5 == 0 else {}
            rows["douyin"].append(doudian_line(order, f"{order}-{n}", 商品ID=f"P{n % 3}", **own, **closed))
            settled_for = {"结算金额": money(whole + postage), "运费金额": money(postage)}
            rows["jd"].append(jd_line(order, 商品ID=f"P{n % 3}", 京东价=money(price), **settled_for))
            rows["detail"].append(tmall_line(order, f"{order}-{n}", money(price), 商品ID=f"P{n % 3}"))
            rows["amazon"].append(amazon(order, f"M{n % 3}", money(price)))
        pinduoduo = {"用户实付金额(元)": money(whole), "商品id": "P1"}
        rows["pinduoduo"].append(pinduoduo_order(f"261102-{number}", **pinduoduo))
        for at, (kind, line, cents) in enumerate(refunds):
            name, n = f"R{number}-{at}", line % len(prices)
            product = f"P{n % 3}" if kind < 2 else ""
            amounts = {"退商品金额（元）": money(cents), "退运费金额（元）": "0.00"}
            sub_order = f"{order}-{n}" if kind == 0 else "-"
            back["douyin"].append(doudian_refund(name, order, sub_order, 商品ID=product or "-", **amounts))
            back["jd"].append(jd_refund(name, order, 退款金额=money(cents), 商品编号=product))
            back["tmall"].append(tmall_refund(name, order, 商品id=product, 退给买家金额=money(cents)))
            back["pinduoduo"].append(
                pinduoduo_refund(name, f"261102-{number}", 商品ID=product, **{"退款金额(元)": money(cents)})
            )
            if kind < 2:
                cell = {"sku": f"M{n % 3}", "settlement-id": f"{number}{at}"}
                back["amazon"].append(settled(order, "ItemPrice", "Principal", f"-{money(cents)}", **cell))
    return {
        "douyin": ([doudian_csv(rows["douyin"])], [doudian_refunds_csv(back["douyin"])]),
        "jd": ([jd_csv(rows["jd"])], [jd_refunds(back["jd"])]),
        "tmall": ([tmall_list(rows["list"]), tmall_detail_newer(rows["detail"])], [tmall_refunds(back["tmall"])]),
        "shopify": ([shopify_csv(rows["shopify"])], []),
        "amazon": ([amazon_txt(rows["amazon"])], [settlement(*back["amazon"])]),
        "pinduoduo": ([pinduoduo_csv(rows["pinduoduo"])], [pinduoduo_refunds(back["pinduoduo"])]),
    }


FALSE_MONEY = {
    "gross >= refunded >= 0": (
        "select * from marts.fct_order where refunded > paid_gross or refunded < 0 or paid_gross < 0"
    ),
    "net = gross - refunded": "select * from marts.fct_order where paid_net is distinct from paid_gross - refunded",
    "a line gives back no more than it earned": (
        "select * from marts.fct_order_line where refunded not between 0 and revenue"
    ),
    "refunds of an order are its lines' and at most its postage": (
        "select shop, order_id from marts.fct_order as o join marts.fct_order_line as l using (shop, order_id) "
        "where o.refunded is not null and o.is_paid "
        "group by shop, order_id, o.refunded, o.paid_gross, o.subtotal "
        "having sum(l.refunded) is null or o.refunded - sum(l.refunded) not between 0 and o.paid_gross - o.subtotal"
    ),
    "products are their lines": (
        "with l as (select shop, product_key as product_id, sum(revenue) as r, "
        "if(bool_and(refunded is not null), sum(refunded), null) as b "  # missing while it is unknown for one line
        "from marts.fct_order_line where is_paid group by all), "
        "p as (select shop, product_id, sum(revenue) as r, "
        "if(bool_and(refunded is not null), sum(refunded), null) as b "
        "from marts.fct_product_sales_week group by all) "
        "select * from l full join p using (shop, product_id) "
        "where l.r is distinct from p.r or l.b is distinct from p.b"
    ),
    "layers agree": "select * from ops.reconciliation where reconciliation != 'refunds_orders'",
    "the order of files plays no part": (
        "select split_part(shop, '_', 1), order_id, product_key, sum(refunded) from marts.fct_order_line "
        "where shop like '%plain' group by all except "
        "select split_part(shop, '_', 1), order_id, product_key, sum(refunded) from marts.fct_order_line "
        "where shop like '%mixed' group by all"
    ),
}


@pytest.mark.slow
@hypothesis_settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each example is two nights of twelve shops: too slow to shrink
)
@given(data=st.data())
def test_money_holds_for_any_mixture_of_files(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    found = data.draw(histories())
    shops = {f"{name}_{how}": "EUR" if name == "amazon" else "CNY" for name in PLATFORMS for how in ("plain", "mixed")}
    settings = prepared(tmp_path_factory.mktemp("money"), shops)
    later: list[tuple[str, bytes]] = []
    for name, parts in history_files(found).items():
        for kind, contents in zip(("orders", "refunds"), parts, strict=True):
            for number, content in enumerate(contents):
                file = f"{kind}{number}202612010110.{'xlsx' if content[:2] == b'PK' else 'csv'}"
                drop(settings, f"{name}_plain/{file}", content, MADE)
                if data.draw(st.booleans()):
                    drop(settings, f"{name}_mixed/{file}", content, MADE)
                else:
                    later.append((f"{name}_mixed/{file}", content))
    take_in(settings)
    for file, content in later:
        drop(settings, file, content, MADE)
    take_in(settings)
    assert {shop for (shop,) in ask(settings, "select distinct shop from marts.fct_order_line")} == shops.keys()
    for what, sql in FALSE_MONEY.items():
        assert ask(settings, sql) == [], what
    back = ask(settings, "select sum(refunded) from marts.fct_product_sales_week where shop = 'douyin_plain'")
    assert back[0][0] > Decimal(0)
