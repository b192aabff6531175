"""What one order comes to, by example: each platform's way of saying it, in several files and nights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr

from files import drop
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
    tmall_detail_newer,
    tmall_detail_old,
    tmall_line,
    tmall_list,
    tmall_list_old,
    tmall_listed,
    tmall_refund,
    tmall_refunds,
)
from shopwatch.core.settings import Settings
from small_project import TABLES, small_include
from warehouses import differences, take_in

pytestmark = pytest.mark.slow  # many nights of nine shops

SHOPS = ("listed", "detailed", "both", "moved", "apart", "jd", "douyin", "shopify", "amazon")
UNPAID = {"订单状态": "等待买家付款", "订单付款时间": "", "订单付款时间 ": ""}
PLACED = {"订单创建时间": "2026-11-05 07:00:00"}
SECOND, THIRD, FIFTH = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 5)

Night = list[tuple[str, bytes]]

NIGHTS: list[Night] = [
    [
        # two lines of A, equal to the last cell; C is in no list, ever
        (
            "listed/ExportOrderDetailList202611050300.csv",
            tmall_detail_old([tmall_line("A"), tmall_line("B"), tmall_line("A"), tmall_line("C")]),
        ),
        (
            "detailed/detail202611050300.csv",
            tmall_detail_newer(
                [
                    tmall_line("A", "A1", "64.00"),
                    tmall_line("A", "A2", "60.00", 退款状态="退款成功", 退款金额="20.00"),
                    tmall_line("B", "B1", "0.00", **UNPAID),
                ]
            ),
        ),
        ("both/detail202611050300.csv", tmall_detail([tmall_line("A", "A1"), tmall_line("A", "A2")])),
        ("moved/list202611030300.xlsx", tmall_list([tmall_listed("A", "0.00", **UNPAID), tmall_listed("B")])),
        # the lines of X lie on the day of Y, whose lines and refund lie elsewhere; Z lies there before it is paid
        ("apart/lines202611050300.csv", tmall_detail_old([tmall_line("X")])),
        ("apart/lines202611250300.csv", tmall_detail_old([tmall_line("Y")])),
        ("apart/detail202611050300.csv", tmall_detail([tmall_line("Z", "Z1", "0.00", **UNPAID | PLACED)])),
        ("apart/refunds202611240300.xlsx", tmall_refunds([tmall_refund("6", "Y")])),
        (
            "jd/jd.csv",
            jd_csv([jd_line("A"), jd_line("A"), jd_line("A", 商品ID="10002"), jd_line("B", 订单状态="(删除)等待出库")]),
        ),
        (
            "douyin/douyin.csv",
            doudian_csv(
                [
                    doudian_line("A", "A1"),
                    doudian_line("A", "A2", 订单状态="已关闭", 支付完成时间="-"),
                    doudian_line("A", "A3", 订单应付金额="12.50", 订单状态="已完成"),
                    doudian_line("B", "B1", 订单状态="待支付", 支付完成时间="-"),
                ]
            ),
        ),
        (
            "shopify/orders.csv",
            shopify_csv(
                [
                    *shopify_order("A", ("QH-1", "1", "50.00"), ("QH-2", "2", "35.00"), **{"Refunded Amount": "30.00"}),
                    *shopify_order("B", ("QH-1", "1", "50.00"), Currency="USD"),
                    *shopify_order("C", ("QH-1", "1", "50.00"), **{"Financial Status": "voided"}),
                ]
            ),
        ),
        (
            "amazon/orders.txt",
            amazon_txt(
                [
                    amazon_item("A"),
                    amazon_item("A", **{"item-status": "Cancelled", "item-price": "", "item-tax": "", "quantity": "0"}),
                    amazon_item("A", **{"item-status": "Cancelled", "item-price": "50.00"}),
                    amazon_item("B", **{"order-status": "Pending", "item-price": "", "item-tax": ""}),
                ]
            ),
        ),
    ],
    [
        (
            "listed/ExportOrderList202611060300.csv",
            tmall_list_old([tmall_listed("A", "120.00"), tmall_listed("B", "0.00", **UNPAID)]),
        ),
        ("both/list202611060300.xlsx", tmall_list([tmall_listed("A", "120.00", 退款金额="5.00")])),
        (
            "apart/list202611260300.xlsx",
            tmall_list(
                [
                    tmall_listed("X"),
                    tmall_listed("Y", **{"订单付款时间 ": f"{FIFTH} 08:00:00"}),
                    tmall_listed("Z", **{"订单付款时间 ": "2026-11-20 08:00:00"}),
                ]
            ),
        ),
        ("moved/list202611040300.xlsx", tmall_list([tmall_listed("A", **{"订单付款时间 ": "2026-11-03 08:00:00"})])),
        ("moved/lines202611040300.csv", tmall_detail_old([tmall_line("A")])),
    ],
    [
        (
            "listed/refunds202611240300.xlsx",
            tmall_refunds(
                [
                    tmall_refund("1", "A"),
                    tmall_refund("2", "A", 退给买家金额="6.00"),
                    tmall_refund("3", "A", 退款状态="退款关闭", 退给买家金额="50.00"),
                    tmall_refund("4", "elsewhere"),
                ]
            ),
        ),
        ("apart/list202611270300.xlsx", tmall_list([tmall_listed("X", 退款金额="1.00")])),
        ("both/refunds202611240300.xlsx", tmall_refunds([tmall_refund("5", "A", 退给买家金额="3.00")])),
    ],
]


@dataclass(frozen=True)
class Warehouses:
    """After each night, and the home of them all."""

    homes: list[Settings]
    stepwise: Settings


def prepared(home: Path, nights: Iterable[Night]) -> Settings:
    declared = "".join(f"{shop}: {{title: {shop}, platform: any, currency: CNY}}\n" for shop in SHOPS)
    (home / "shops.yaml").write_text(declared, "utf-8")
    settings = Settings(home=home, settle_seconds=0, pseudonym_key=SecretStr("k"))
    for night in nights:
        for path, content in night:
            drop(settings, path, content, "2026-11-05T03:00:00")
    return settings


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> Warehouses:
    stepwise, kept = prepared(tmp_path_factory.mktemp("stepwise"), []), []
    for number, night in enumerate(NIGHTS):
        for path, content in night:
            drop(stepwise, path, content, "2026-11-05T03:00:00")
        take_in(stepwise)
        copy = Settings(home=tmp_path_factory.mktemp(f"night{number}"))
        copy.shop_warehouse.parent.mkdir(parents=True)
        copy.shop_warehouse.write_bytes(stepwise.shop_warehouse.read_bytes())
        kept.append(copy)
    return Warehouses(kept, stepwise)


def says(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql).fetchall()


def orders(settings: Settings, shop: str) -> dict[str, tuple]:
    """Order -> day, status, whether it was paid, gross, refunded (None while unknown)."""
    rows = says(
        settings,
        f"select order_id, day, status, is_paid, paid_gross, refunded from marts.fct_order where shop = '{shop}'",
    )
    assert len({row[0] for row in rows}) == len(rows)
    return {
        order: (*said, float(paid), None if refunded is None else float(refunded))
        for order, *said, paid, refunded in rows
    }


def lines(settings: Settings, shop: str) -> list[tuple]:
    columns = "order_id, day, is_paid, status"
    return says(
        settings, f"select {columns} from marts.fct_order_line where shop = '{shop}' order by order_id, line_id, line"
    )


@pytest.mark.slow
def test_night_by_night_equals_all_at_once_bit_for_bit(warehouses: Warehouses, tmp_path: Path) -> None:
    at_once = prepared(tmp_path, reversed(NIGHTS))
    take_in(at_once)
    differ = differences(warehouses.stepwise.shop_warehouse, at_once.shop_warehouse)
    assert differ == {}


def test_lines_without_times_wait_for_the_list(warehouses: Warehouses) -> None:
    first, second, _ = warehouses.homes
    assert orders(first, "listed") == {}
    assert lines(first, "listed") == [(name, FIFTH, None, None) for name in "AABC"]
    assert says(first, "select * from intermediate.int_covered_days where shop = 'listed'") == []
    assert says(first, "select * from marts.fct_product_sales_week where shop = 'listed'") == []
    assert orders(second, "listed") == {
        "A": (SECOND, "paid", True, 120.0, 0.0),
        "B": (SECOND, "unpaid", False, 0.0, 0.0),
    }
    assert lines(second, "listed") == [
        *[("A", SECOND, True, "paid")] * 2,
        ("B", SECOND, False, "unpaid"),
        ("C", FIFTH, None, None),
    ]


def test_a_refund_three_weeks_later_is_shown_on_the_day_of_its_order(warehouses: Warehouses) -> None:
    *_, last = warehouses.homes
    assert orders(last, "listed")["A"] == (SECOND, "paid", True, 120.0, 70.0)
    money = "select revenue, refunded, net_revenue from marts.fct_shop_day"
    days = says(last, f"{money} where shop = 'listed' and revenue > 0")
    assert [tuple(map(float, day)) for day in days] == [(120.0, 70.0, 50.0)]
    refunds = says(
        last, "select refund_id, day, order_day, amount from marts.fct_refund where shop = 'listed' order by 1"
    )
    day = date(2026, 11, 23)
    assert refunds == [
        ("1", day, SECOND, Decimal("64.00")),
        ("2", day, SECOND, Decimal("6.00")),
        ("3", day, SECOND, Decimal("50.00")),
        ("4", day, None, Decimal("64.00")),
    ]


def test_details_count_by_themselves_where_no_list_comes(warehouses: Warehouses) -> None:
    assert orders(warehouses.stepwise, "detailed") == {
        "A": (SECOND, "paid", True, 144.0, 20.0),
        "B": (SECOND, "unpaid", False, 0.0, 0.0),
    }


def test_list_and_details_are_one_order_of_the_lists_money(warehouses: Warehouses) -> None:
    first, second, last = warehouses.homes
    assert orders(first, "both")["A"][3:] == (128.0, 0.0)
    assert orders(second, "both") == {"A": (SECOND, "paid", True, 125.0, 5.0)}
    assert orders(last, "both")["A"][3:] == (125.0, 5.0)  # the greatest of what list and refunds say
    assert says(last, "select input from marts.fct_order where shop = 'both'") == [("orders",)]


def test_an_order_that_is_paid_later_moves_with_its_lines(warehouses: Warehouses) -> None:
    first, second, _ = warehouses.homes
    assert orders(first, "moved") == {
        "A": (SECOND, "unpaid", False, 0.0, 0.0),
        "B": (SECOND, "paid", True, 128.0, 0.0),
    }
    assert orders(second, "moved") == {
        "A": (THIRD, "paid", True, 128.0, 0.0),
        "B": (SECOND, "paid", True, 128.0, 0.0),
    }
    assert lines(second, "moved") == [("A", THIRD, True, "paid")]


def test_what_is_built_again_finds_what_lies_on_days_that_are_not(warehouses: Warehouses) -> None:
    *_, last = warehouses.homes
    assert orders(last, "apart") == {
        "X": (SECOND, "paid", True, 129.0, 1.0),
        "Y": (FIFTH, "paid", True, 128.0, 64.0),
        "Z": (date(2026, 11, 20), "paid", True, 128.0, 0.0),
    }
    assert [(name, day) for name, day, *_ in lines(last, "apart")] == [
        ("X", SECOND),
        ("Y", FIFTH),
        ("Z", date(2026, 11, 20)),
    ]


def test_jd_repeats_the_orders_money_on_each_line(warehouses: Warehouses) -> None:
    assert orders(warehouses.stepwise, "jd") == {
        "A": (SECOND, "paid", True, 128.0, None),
        "B": (SECOND, "closed", True, 128.0, 128.0),  # paid before it was cancelled
    }


def test_of_sub_orders_only_paid_ones_count(warehouses: Warehouses) -> None:
    assert orders(warehouses.stepwise, "douyin") == {
        "A": (SECOND, "paid", True, 72.5, 0.0),
        "B": (SECOND, "unpaid", False, 0.0, 0.0),
    }
    assert [row[2] for row in lines(warehouses.stepwise, "douyin")] == [True, False, True, False]
    sold = says(warehouses.stepwise, "select quantity, revenue from marts.fct_product_sales_week where shop = 'douyin'")
    assert sold == [(2, Decimal("72.50"))]


def test_another_currency_is_kept_and_left_out_of_revenue(warehouses: Warehouses) -> None:
    assert orders(warehouses.stepwise, "shopify") == {
        "A": (SECOND, "paid", True, 128.0, 30.0),
        "B": (SECOND, "paid", True, 128.0, 0.0),
        "C": (SECOND, "unpaid", False, 0.0, 0.0),
    }
    own = says(warehouses.stepwise, "select order_id, currency from marts.fct_order where shop = 'shopify' order by 1")
    assert own == [("A", "CNY"), ("B", "USD"), ("C", "CNY")]
    columns = "orders_placed, orders_paid, revenue, refunded, orders_other_currency"
    (day,) = says(warehouses.stepwise, f"select {columns} from marts.fct_shop_day where shop = 'shopify'")
    assert day == (2, 1, Decimal("128.00"), Decimal("30.00"), 1)
    kpi = says(warehouses.stepwise, "select value from kpi.fct_kpi where shop = 'shopify' and metric = 'revenue'")
    assert kpi == [(128.0,)] * 3  # of its day, week and month


def test_an_amazon_order_is_the_sum_of_its_items(warehouses: Warehouses) -> None:
    amount = 100.0 + 10.0 - 5.0 - 10.0  # CNY: prices include the tax
    assert orders(warehouses.stepwise, "amazon") == {
        "A": (SECOND, "shipped", True, pytest.approx(amount), None),
        "B": (SECOND, "unpaid", False, 0.0, 0.0),
    }
    (ordered_at,) = says(
        warehouses.stepwise, "select ordered_at from marts.fct_order where shop = 'amazon' and is_paid"
    )
    assert ordered_at == (datetime(2026, 11, 2, 12, 15),)


@pytest.mark.slow
def test_lines_wait_again_when_their_order_leaves_the_list(tmp_path: Path) -> None:
    include = small_include(tmp_path / "include", ("marts.fct_order", "marts.fct_order_line", *TABLES))
    settings = Settings(home=tmp_path / "home", include=include, settle_seconds=0, pseudonym_key=SecretStr("k"))
    drop(settings, "qinghe/lines202611250300.csv", tmall_detail_old([tmall_line("A")]))
    drop(settings, "qinghe/list202611260300.xlsx", tmall_list([tmall_listed("A", 订单状态="买家已签收")]))
    take_in(settings)
    assert lines(settings, "qinghe") == [("A", SECOND, True, "delivered")]
    contract = include / "sources" / "tmall" / "orders.yaml"
    contract.write_text(contract.read_text("utf-8").replace("      买家已签收: delivered\n", ""), "utf-8")
    take_in(settings)  # the status means nothing any more, so the order is set aside
    assert orders(settings, "qinghe") == {}
    assert lines(settings, "qinghe") == [("A", date(2026, 11, 25), None, None)]
