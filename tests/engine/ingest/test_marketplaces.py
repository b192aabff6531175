"""拼多多, 抖店, 京东 and 天猫 as sellers really export them: columns left out, several sheets, refunds apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from desk_reports import jushuitan_lists
from files import Row, ask, csv_bytes, drop, load_all, table
from marketplace_files import (
    DOUDIAN_SHORT,
    LUOPAN_SHOP,
    TRAFFIC_AND_ADS,
    doudian_refund,
    doudian_refunds,
    doudian_short,
    jd_refund,
    jd_refunds,
    pinduoduo_csv,
    pinduoduo_order,
    pinduoduo_refund,
    pinduoduo_refunds,
    pinduoduo_xlsx,
    sheets_bytes,
    tmall_short,
    tmall_short_order,
)
from order_files import doudian_csv, doudian_line, jd_csv, jd_line
from platforms import WANXIANG_PLANS, qianchuan_xlsx
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import PROJECT, Settings
from small_project import TABLES, small_include
from warehouses import take_in

CASES = PROJECT.parent / "shared" / "cases"
A, B, C = "260517-607198974342268", "261102-607198974342269", "261103-607198974342270"
PLACED = datetime(2026, 11, 2)

needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")


def taken(settings: Settings, name: str, content: bytes, columns: str) -> list[tuple]:
    """What comes out of one file of which no row is refused."""
    lay(settings, name, content)
    ((export, loaded),) = load_all(settings).items()
    assert (loaded.rejected, loaded.quarantined) == (0, 0), (loaded.reasons, ask(settings, "from quarantine"))
    return ask(settings, f"select {columns} from incoming.{export} order by line")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An include with the contracts and tables of orders alone."""
    return small_include(tmp_path_factory.mktemp("small") / "include", ("marts.fct_order", "marts.fct_refund", *TABLES))


@pytest.fixture
def of_orders(settings: Settings, small: Path) -> Settings:
    return settings.model_copy(update={"include": small})


def lay(settings: Settings, name: str, content: bytes) -> None:
    """A file of the end of the month: what happened before it has come."""
    drop(settings, f"qinghe/{name}", content, modified="2026-11-30T01:00:00")


def orders_of(settings: Settings, columns: str) -> list[tuple]:
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(f"select {columns} from marts.fct_order order by order_id").fetchall()


AD = "campaign_id, subject_id, impressions, clicks, spend, ad_revenue, ad_orders, report, ad_account"
TEA_CUP = "3650000000000000001"
PROMOTED, SOLD = ("青瓷茶杯", "754299529443"), (Decimal("701.07"), 11)
FILES = {name: content for _, name, content in TRAFFIC_AND_ADS}
OUT: list[tuple[str, str, list[tuple]]] = [
    (
        "咚咚",
        "agent, inquiries, first_answer_seconds, answer_seconds, good_ratings, ratings",
        [
            ("青禾旗舰店-小禾", 30, 12.5, 28.0, 45, 50),
            ("青禾旗舰店-小青", 10, 65.0, 40.0, 0, 0),
        ],
    ),
    (
        "短视频",
        AD + ", tool, subject_type",
        [("14670816001", "1278019715720001", 1000, 80, 100, 500, 12, "campaign", "wanxiang", None, "短视频")],
    ),
    (
        "周期商品",
        "subject_id, impressions, clicks, spend, ad_revenue, ad_orders, report, ad_account, cart_adds",
        [("710000000001", 5000, 120, 90, 340, 4, "product", "wanxiang", 12)],
    ),
    (
        "拼多多商品",
        "product_id, visitors, views, order_buyers, pay_buyers, pay_pieces, pay_orders, pay_amount",
        [("754299529443", 1200, 2400, 15, 12, 13, 13, 832)],
    ),
    (
        "推广商品",
        AD + ", tool, net_ad_revenue, net_ad_orders",
        [
            (*PROMOTED, 7677, 624, Decimal("102.12"), *SOLD, "product", "pinduoduo", "稳定成本推广", 600, 9),
            (*PROMOTED, 7677, 624, Decimal("20.00"), *SOLD, "product", "pinduoduo", "全站推广", 600, 9),
        ],
    ),
    (
        "推广账户",
        "impressions, clicks, spend, ad_revenue, ad_orders, report, ad_account, net_ad_revenue",
        [(7677, 624, Decimal("222.12"), *SOLD, "account", "pinduoduo", 600)],
    ),
    (
        "标准推广计划",
        AD + ", tool",
        [
            ("1790000000000001", TEA_CUP, 1200, 30, 60, 180, 2, "campaign", "qianchuan_standard", "标准推广"),
            (
                "1790000000000002",
                TEA_CUP,
                1200,
                30,
                Decimal("15.5"),
                0,
                0,
                "campaign",
                "qianchuan_standard",
                "标准推广",
            ),
        ],
    ),
    (
        "标准推广商品",
        AD.removeprefix("campaign_id, "),
        [(TEA_CUP, 900, 21, 42, 126, 1, "product", "qianchuan_standard")],
    ),
    (
        "全域推商品",
        AD.removeprefix("campaign_id, ") + ", net_ad_revenue",
        [(TEA_CUP, 9000, 300, Decimal("420.50"), 1250, None, "product", "qianchuan", 1000)],
    ),
    (
        "全域推抖音号",
        "spend, ad_revenue, ad_orders, report, ad_account",
        [(300, 1250, 5, "account", "qianchuan_live"), (80, 1250, 5, "account", "qianchuan_live")],
    ),
    (
        "全域推直播素材",
        AD.removeprefix("campaign_id, ") + ", subject_name",
        [("7595518584757682230", 1000, 50, 210, 1250, 5, "creative", "qianchuan_live", "开场")],
    ),
    (
        "罗盘商品",
        "product_id, visitors, views, cart_buyers, pay_buyers, pay_pieces, pay_orders, pay_amount, refunded",
        [("3600000000000000001", 420, 800, 40, 19, 21, 20, 1280, 64)],
    ),
    (
        "罗盘成交",
        "visitors, views, pay_buyers, pay_pieces, pay_orders, pay_amount, refunded",
        [(1900, 5000, 80, 95, 88, Decimal("9876.50"), 120)],
    ),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("name", "columns", "rows"), OUT, ids=[name for name, *_ in OUT])
def test_traffic_ads_and_service(settings: Settings, name: str, columns: str, rows: list[tuple]) -> None:
    ((file, content),) = [(file, content()) for file, content in FILES.items() if file.startswith(name)]
    found = taken(settings, file, content, f"day, {columns}")
    assert found == [(date(2026, 11, 2), *row) for row in rows]


def test_creatives_of_products_and_of_live_rooms_are_spend_of_two_accounts(settings: Settings) -> None:
    lay(settings, "千川_推商品_2026-11-02.xlsx", qianchuan_xlsx())
    lay(settings, "千川_推直播.xlsx", FILES["全域推直播素材.xlsx"]())
    load_all(settings)
    spend = "select ad_account, cast(sum(spend) as double) from incoming.{} group by 1"
    assert ask(settings, spend.format("qianchuan_creatives")) == [("qianchuan", 75.5)]
    assert ask(settings, spend.format("qianchuan_live_creatives")) == [("qianchuan_live", 210.0)]


def test_what_qianchuan_calls_net_stands_beside_the_attributed_revenue(settings: Settings) -> None:
    columns = "ad_revenue, net_ad_revenue, net_ad_orders, refund_rate_1h"
    assert taken(settings, "千川_2026-11-02.xlsx", qianchuan_xlsx(), columns) == [(250, 200, 1, 0.2)] * 2


@pytest.mark.parametrize(("name", "write"), [("a.csv", pinduoduo_csv), ("a.xlsx", pinduoduo_xlsx)])
def test_pinduoduo(settings: Settings, name: str, write: Callable[[Iterable[Row]], bytes]) -> None:
    nothing = {"支付时间": "", "订单成交时间": "", "拼单成交时间": ""}
    rows = [
        pinduoduo_order(B, 订单状态="已发货，待收货", 发货时间="2026-11-03 10:00:00"),
        pinduoduo_order(C, 订单状态="未发货，退款成功", 售后状态="退款成功"),
        pinduoduo_order(A, 订单状态="已取消", **nothing),
    ]
    columns = "order_id, product_id, order_paid, line_amount, status, refund_status, paid_at, ordered_at, day"
    item, paid_at = ("754299529443", Decimal("55.00"), Decimal("64.00")), datetime(2026, 11, 2, 9, 5)
    assert taken(settings, name, write(rows), columns) == [
        (B, *item, "shipped", "none", paid_at, PLACED, date(2026, 11, 2)),
        (C, *item, "refunded", "refunded", paid_at, datetime(2026, 11, 3), date(2026, 11, 2)),
        (A, *item, "closed", "none", None, datetime(2026, 5, 17), date(2026, 5, 17)),
    ]


def test_an_order_number_without_a_date_gives_no_day(settings: Settings) -> None:
    lay(settings, "a.csv", pinduoduo_csv([pinduoduo_order(B), pinduoduo_order("A607198974342268")]))
    load_all(settings)
    held = ask(settings, "select line, column_name, reason from quarantine")
    assert held == [(3, "订单号", "unreadable timestamp")]


def test_a_time_of_placing_counts_before_the_order_number(settings: Settings) -> None:
    rows = [{**pinduoduo_order(B), "下单时间": "2026-11-01 23:59:00"}]
    content = csv_bytes(table([*rows[0]], rows), "utf-8-sig")
    assert taken(settings, "a.csv", content, "ordered_at") == [(datetime(2026, 11, 1, 23, 59),)]


def test_pinduoduo_gives_back_what_its_after_sales_say(of_orders: Settings) -> None:
    lay(of_orders, "a.csv", pinduoduo_csv([pinduoduo_order(B), pinduoduo_order(C)]))
    refunds = [
        pinduoduo_refund("1", B, **{"退款金额(元)": "20.00"}),
        pinduoduo_refund("2", C, 售后状态="买家撤销"),
    ]
    lay(of_orders, "b.csv", pinduoduo_refunds(refunds))
    assert orders_of(of_orders, "order_id, is_paid, paid_gross, refunded") == [
        (B, True, Decimal("55.00"), Decimal("20.00")),
        (C, True, Decimal("55.00"), Decimal("0.00")),
    ]


def test_doudian_gives_back_goods_and_postage(of_orders: Settings) -> None:
    lay(of_orders, "a.csv", doudian_csv([doudian_line("1", "1"), doudian_line("1", "2", 订单应付金额="68.00")]))
    refunds = [doudian_refund("7", "1", "2"), doudian_refund("8", "1", "1", 售后状态="售后关闭")]
    lay(of_orders, "b.xlsx", doudian_refunds(refunds))
    assert orders_of(of_orders, "paid_gross, refunded") == [(Decimal("128.00"), Decimal("68.00"))]
    with duckdb.connect(of_orders.shop_warehouse, read_only=True) as con:
        found = con.execute("select refund_id, line_id, status, amount, fault from marts.fct_refund order by 1")
        assert found.fetchall() == [
            ("7", "2", "refunded", Decimal("68.00"), "quality"),
            ("8", "1", "closed", Decimal("68.00"), "quality"),
        ]


def test_jd_refunds(of_orders: Settings) -> None:
    lay(of_orders, "a.csv", jd_csv([jd_line("1"), jd_line("2")]))
    refunds = [jd_refund("7", "1", 退款金额="28.00"), jd_refund("8", "2", 审核状态="用户撤销")]
    lay(of_orders, "b.csv", jd_refunds(refunds))
    assert orders_of(of_orders, "order_id, paid_gross, refunded") == [
        ("1", Decimal("128.00"), Decimal("28.00")),
        ("2", Decimal("128.00"), Decimal("0.00")),
    ]


def test_a_list_without_a_status_is_paid_where_it_says_when(of_orders: Settings) -> None:
    unpaid = tmall_short_order("2", 买家实际支付金额="0", 退款金额="0", **{"订单付款时间 ": ""})
    lay(of_orders, "tmall_order_report.csv", tmall_short(tmall_short_order("1"), unpaid))
    assert orders_of(of_orders, "order_id, is_paid, status, paid_gross, refunded, paid_at") == [
        ("1", True, None, Decimal("178.80"), Decimal("78.80"), datetime(2026, 11, 2, 9, 5)),
        ("2", False, None, Decimal("0.00"), Decimal("0.00"), None),
    ]


@needs_cases
def test_the_short_tmall_list_and_a_full_list_are_told_apart(settings: Settings) -> None:
    full = CASES / "newcomer_ambiguous" / "ExportOrderList202611160110.csv"
    drop(settings, f"qinghe/{full.name}", full.read_bytes(), modified="2026-11-30T01:00:00")
    lay(settings, "tmall_order_report.csv", tmall_short(tmall_short_order("1")))
    taken_in = {export: (loaded.rejected, loaded.rows > 0) for export, loaded in load_all(settings).items()}
    assert taken_in == {"tmall_orders": (0, True), "tmall_orders_short": (0, True)}


@needs_cases
def test_a_doudian_list_of_few_columns(settings: Settings) -> None:
    content = (CASES / "doudian_short_columns" / "doudian_real.csv").read_bytes()
    columns = "order_id, product_id, paid_at, line_paid, status, shipped_at, day"
    assert taken(settings, "订单.csv", content, columns) == [
        ("6917926768823640001", None, None, Decimal("49.90"), "shipped", datetime(2026, 9, 11, 10), date(2026, 9, 10))
    ]


@pytest.mark.slow
def test_what_a_doudian_list_of_few_columns_comes_to(of_orders: Settings) -> None:
    rows = [
        doudian_line("1", "1", 订单状态="已发货", 发货时间="2026-11-03 10:00:00"),
        doudian_line("2", "1", 订单状态="待支付"),
    ]
    lay(of_orders, "a.csv", doudian_short(rows))
    assert orders_of(of_orders, "order_id, is_paid, paid_gross, paid_at") == [
        ("1", True, Decimal("60.00"), None),
        ("2", False, Decimal("0.00"), None),
    ]


@pytest.mark.slow
def test_an_order_is_late_by_the_platforms_promise(settings: Settings) -> None:
    """The first is shipped after its promise, the second promised for December, the third without a promise."""
    shipped = {"订单状态": "已发货", "发货时间": "2026-11-03 12:00:00"}
    rows = [
        doudian_line("1", "1", 承诺发货时间="2026-11-03 09:05:00", **shipped),
        doudian_line("2", "1", 承诺发货时间="2026-12-01 00:00:00"),
        doudian_line("3", "1", **shipped),
        doudian_line("4", "1", 承诺发货时间="2026-11-03 09:05:00", **shipped),
        doudian_line("4", "2", 承诺发货时间="2026-11-05 09:05:00", **shipped),
    ]
    lay(settings, "a.csv", doudian_csv(rows))
    promised = pinduoduo_order(B, 承诺发货时间="2026-11-03 09:05:00", **shipped)
    drop(settings, "mumian/b.xlsx", pinduoduo_xlsx([promised]), modified="2026-11-30T01:00:00")
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        due = con.table("marts.fct_shipment").order("order_id").select("order_id, ship_due_at, is_late").fetchall()
    assert due == [
        ("1", datetime(2026, 11, 3, 9, 5), True),
        ("2", datetime(2026, 12, 1), True),
        (B, datetime(2026, 11, 3, 9, 5), True),
        ("3", datetime(2026, 11, 4, 9, 5), False),
        ("4", datetime(2026, 11, 5, 9, 5), False),
    ]


@pytest.mark.slow
@needs_cases
def test_a_wanxiang_report_of_videos(settings: Settings) -> None:
    content = (CASES / "wanxiang_video" / "wanxiang_video_real.csv").read_bytes()
    drop(settings, "qinghe/短视频.csv", content, modified="2026-11-30T01:00:00")
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        spent = con.execute("select campaign_id, spend, ad_revenue from marts.fct_campaign_day").fetchall()
        of_products = con.execute("select count(*) from marts.fct_ad_product_day").fetchall()
    assert spent == [("14670816001", Decimal(100), Decimal(500))]
    assert of_products == [(0,)]


def rejected(settings: Settings, name: str, content: bytes) -> tuple[str, str]:
    """What is said of a file that is refused, in English and Chinese."""
    lay(settings, name, content)
    load_all(settings)
    ((reason, code, values),) = ask(settings, "select reason, reason_code, reason_values from loads")
    return reason, sentence(PROJECT / "include", "zh", code, json.loads(values))


@pytest.mark.parametrize(
    ("headers", "gone", "missing"),
    [
        (DOUDIAN_SHORT, ["选购商品"], "选购商品"),
        ([*DOUDIAN_SHORT, "商品ID"], ["选购商品"], "选购商品"),
        (WANXIANG_PLANS, ["主体ID", "展现量", "点击量", "总成交笔数"], "主体ID, 展现量, 点击量, 总成交笔数"),
    ],
)
def test_all_columns_that_are_missing_are_named_and_none_is_guessed(
    settings: Settings, headers: list[str], gone: list[str], missing: str
) -> None:
    english, chinese = rejected(settings, "a.csv", csv_bytes([[h for h in headers if h not in gone]], "utf-8-sig"))
    assert english.endswith(f": {missing}")
    assert chinese.endswith(f"：{missing.replace(', ', '、')}")


def test_a_new_name_is_suggested_where_it_is_much_like_the_old(settings: Settings) -> None:
    names = {"选购商品": "选购的商品", "订单应付金额": "订单应付金额"}
    headers = [names.get(header, header) for header in DOUDIAN_SHORT]
    english, chinese = rejected(settings, "a.csv", csv_bytes([headers], "utf-8-sig"))
    assert "选购商品 → 选购的商品" in english
    assert "选购商品 → 选购的商品" in chinese


@pytest.mark.slow
def test_a_sheet_that_only_splits_the_other_up_is_no_second_export(settings: Settings) -> None:
    rows = table(LUOPAN_SHOP, [{"日期": "2026-11-02", "用户支付金额": "10.00", "成交人数": "1"}], "0")
    named = sheets_bytes({"自营成交": rows, "成交概览": rows})
    assert taken(settings, "a.xlsx", named, "pay_amount") == [(Decimal("10.00"),)]
    lay(settings, "b.xlsx", sheets_bytes({"一": rows, "二": rows}))
    load_all(settings)
    ((reason,),) = ask(settings, "select reason from loads where state = 'rejected'")
    assert "more than one sheet" in reason


@pytest.mark.parametrize("name", ["款式编码13", "款式编码15"])
def test_the_other_stock_lists_of_jushuitan(settings: Settings, name: str) -> None:
    columns = "sku, item_number, spec, on_hand, available, reserved, on_order"
    content = jushuitan_lists()[name]
    assert taken(settings, f"{name}.xlsx", content, columns) == [("QH-1", "QH-001", "白", 20, 17, 3, 50)]


@pytest.mark.slow
def test_hours_of_a_promotion_report_add_up_to_the_day(settings: Settings) -> None:
    spends = ["总营销花费(元)", "推广总花费(元)"]  # the first includes coupons, by which orders are already lower
    titles = ["统计日期", "推广小时", "商品ID", "推广名称", *spends, "交易额(元)", "曝光量", "点击量"]
    rows = [["2026-11-02", hour, "754299529443", "茶杯", "9.99", "1.20", "-", "100", "1"] for hour in ("9", "10")]
    total = ["总计", "-", "-", "-", "9.99", "2.40", "-", "200", "2"]
    lay(settings, "小时.csv", csv_bytes([titles, *rows, total], "utf-8-sig"))
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        sums = "sum(spend), sum(ad_revenue), sum(impressions)"
        assert con.execute(f"select {sums} from intermediate.int_ad_day where is_shop_spend").fetchall() == [
            (Decimal("2.40"), 0, 200)
        ]
