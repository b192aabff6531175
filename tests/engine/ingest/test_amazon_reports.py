"""Amazon's refunds, returns and days: which rows count as refunded money, and which only as returned goods."""

from __future__ import annotations

from decimal import Decimal

import pytest

from amazon_files import (
    FLAT_SETTLEMENT,
    back,
    by_date,
    fba_returns,
    flat,
    flat_settlement,
    refund,
    returned,
    returns,
    settled,
    settlement,
)
from files import ask, csv_bytes, drop, headers, load_all
from shared_cases import case_file
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.load import LoadResult

OF_REFUNDS = "event = 'refund' and coalesce(amount_type, 'price') = 'price' and fee is null"


def load(
    settings: Settings, content: bytes, currency: str = "USD", timezone: str = "America/Los_Angeles"
) -> LoadResult:
    """Load and check one file of an Amazon shop."""
    settings.home.mkdir(exist_ok=True)
    shop = f"us: {{title: us, platform: amazon, currency: {currency}, timezone: {timezone}}}\n"
    (settings.home / "shops.yaml").write_text(shop, "utf-8")
    drop(settings, "us/report.txt", content, modified="2026-11-20T01:00:00")
    (loaded,) = load_all(settings).values()
    check_and_settle(settings, quietly=True)
    return loaded


def test_a_refund_is_what_went_back_to_the_buyer(settings: Settings) -> None:
    sale = settled("114-1", "ItemPrice", "Principal", "20.00", event="Order")
    claim = settled("114-2", "ItemPrice", "Principal", "-7.00", event="A-to-z Guarantee Refund")
    loaded = load(settings, settlement(sale, *refund("114-1"), claim))
    assert (loaded.rows, loaded.quarantined, loaded.skipped) == (7, 0, 2)
    sums = "order_id, sum(amount), any_value(status), min(completed_at)::varchar"
    assert ask(settings, f"select {sums} from refunds where {OF_REFUNDS} group by all order by 1") == [
        ("114-1", Decimal("21.64"), "refunded", "2026-11-02 02:00:00"),
        ("114-2", Decimal("7.00"), "refunded", "2026-11-02 02:00:00"),
    ]


@pytest.mark.slow
def test_a_settlement_that_comes_twice_counts_once(settings: Settings) -> None:
    load(settings, settlement(*refund("114-1")))
    load(settings, settlement(*refund("114-1"), settled("114-3", "ItemPrice", "Principal", "-1.00")))
    assert ask(settings, f"select order_id, sum(amount) from refunds where {OF_REFUNDS} group by all order by 1") == [
        ("114-1", Decimal("21.64")),
        ("114-3", Decimal("1.00")),
    ]


@pytest.mark.slow
def test_the_older_flat_file_tells_the_same_refunds(settings: Settings) -> None:
    """A settlement that comes in both forms counts once."""
    lines = [
        flat("price", "Principal", "-20.00"),
        flat("price", "Tax", "-1.65"),
        flat("price", "Shipping", "-4.99"),
        flat("promotion", "Shipping", "5.00"),
        flat("item-related-fee", "Commission", "3.00"),
        flat("price", "Principal", "35.00", order="114-9", event="Order"),
    ]
    load(settings, settlement(*refund("114-1")))
    loaded = load(settings, flat_settlement(*lines))
    assert (loaded.rows, loaded.quarantined, loaded.skipped) == (6, 0, 1)
    columns = "order_id, sum(amount), list(kind order by kind), min(completed_at)::varchar"
    assert ask(settings, f"select {columns} from refunds where {OF_REFUNDS} group by all") == [
        ("114-1", Decimal("21.64"), ["Principal", "Shipping", "Shipping", "Tax"], "2026-11-02 02:00:00")
    ]


def test_a_flat_file_without_promotions_has_no_columns_for_them(settings: Settings) -> None:
    titles = [title for title in FLAT_SETTLEMENT if not title.startswith("promotion")]
    load(settings, flat_settlement(flat("price", "Principal", "-60.00"), titles=titles))
    assert ask(settings, "select amount from refunds") == [(Decimal("60.00"),)]


def test_a_line_with_two_amounts_is_set_aside(settings: Settings) -> None:
    both = flat("price", "Principal", "-60.00") | {"promotion-amount": "5.00"}
    load(settings, flat_settlement(both, *[flat("price", "Principal", "-1.00")] * 9))
    assert ask(settings, "select value, reason from quarantine") == [
        ("price-amount: -60.00; promotion-amount: 5.00", "unreadable money")
    ]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("amount", "refunded"), [("-19,99", "19.99"), ("-1.234,56", "1234.56"), ("-1234,5", "1234.50"), ("-19.99", "19.99")]
)
def test_settlements_of_europe_have_decimal_commas_and_dots_in_dates(
    settings: Settings, amount: str, refunded: str
) -> None:
    times = {"posted_date": "02.11.2026", "posted_date_time": "02.11.2026 23:30:00 UTC"}
    load(settings, settlement(settled("302-1", "ItemPrice", "Principal", amount, **times)), "EUR", "Europe/Berlin")
    assert ask(settings, "select amount, completed_at::varchar from refunds") == [
        (Decimal(refunded), "2026-11-03 00:30:00")
    ]


def test_a_return_says_what_was_refunded_for_it_if_anything(settings: Settings) -> None:
    untold = returned("114-2", **{"Refunded Amount": "", "Return request status": "Pending"})
    load(settings, returns(returned("114-1"), untold))
    columns = "order_id, product_id, sku, amount, status, reason, applied_at::varchar"
    assert ask(settings, f"select {columns} from refunds order by line") == [
        ("114-1", "B000000001", "M1", Decimal("21.64"), "approved", "CR-DEFECTIVE", "2026-11-02 00:00:00"),
        ("114-2", "B000000001", "M1", None, "applied", "CR-DEFECTIVE", "2026-11-02 00:00:00"),
    ]


def test_goods_that_are_back_are_no_money(settings: Settings) -> None:
    """Two pieces of one order, on a plate each; what the buyer wrote is not kept."""
    load(settings, fba_returns(back("114-1"), back("114-1", **{"license-plate-number": "LPN002"})))
    columns = "order_id, refund_id, amount, status, reason, kind, day::varchar"
    assert ask(settings, f"select {columns} from refunds order by line") == [
        ("114-1", plate, None, "returned", "DEFECTIVE", "CUSTOMER_DAMAGED", "2026-11-02")
        for plate in ("LPN001", "LPN002")
    ]
    assert "Ada Fern" not in repr(ask(settings, "select * from refunds"))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("currency", "sign", "dates", "days"),
    [
        ("USD", "$", ["11/2/26", "11/3/26"], ["2026-11-02", "2026-11-03"]),
        ("MXN", "MX$", ["8/3/26", "08/04/26"], ["2026-08-03", "2026-08-04"]),
        ("INR", "₹", ["01/04/26", "02/04/26"], ["2026-04-01", "2026-04-02"]),
    ],
)
def test_days_of_the_business_report(
    settings: Settings, currency: str, sign: str, dates: list[str], days: list[str]
) -> None:
    load(settings, by_date(*dates, sign=sign), currency)
    columns = "day::varchar, sessions, order_pieces, order_items, order_amount"
    assert ask(settings, f"select {columns} from shop_day order by day") == [
        (day, 1514, 39, 35, Decimal("1234.50")) for day in days
    ]


def test_days_whose_order_is_not_known_are_set_aside(settings: Settings) -> None:
    loaded = load(settings, by_date("03/11/26", sign="£"), "GBP")
    assert (loaded.rows, loaded.rejected) == (0, 1)
    assert ask(settings, "select reason_code from loads") == [("unclear_dates",)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("amount", "value"), [("1,23,456.78", "123456.78"), ("₹12,34,567.00", "1234567.00")])
def test_india_parts_hundred_thousands(settings: Settings, amount: str, value: str) -> None:
    load(settings, by_date("01/04/26", sign="₹").replace("₹1,234.50".encode(), amount.encode()), "INR")
    assert ask(settings, "select order_amount from shop_day") == [(Decimal(value),)]


@pytest.mark.slow
def test_the_order_report_of_germany_still_loads(settings: Settings) -> None:
    loaded = load(settings, case_file("amazon_eu_vat/orders.txt"), "EUR", "Europe/Berlin")
    assert (loaded.rows, loaded.quarantined) == (5, 0)


@pytest.mark.slow
def test_business_reports_in_chinese_and_japanese(settings: Settings) -> None:
    """With the dashes, brackets and signs of each; 会话次数 – 总计 is written with a dash of its own."""
    chinese = headers(
        "（父）ASIN,（子）ASIN,标题,会话次数 – 总计,会话次数 – 总计 – B2B,"
        "页面浏览量 – 总计,已订购商品数量,已订购商品销售额,订单商品总数"
    )
    japanese = headers(
        "（親）ASIN,（子）ASIN,タイトル,セッション数 - 合計,ページビュー - 合計,注文された商品点数,注文商品の売上額"
    )
    by_date = headers("日付,注文商品の売上額,注文された商品点数,注文品目総数,セッション数 - 合計")
    files = {
        "zh/报告_2026-11-02.csv": [chinese, ["P", "B01", "杯", "1,234", "5", "2,345", "87", "US$5,000.00", "80"]],
        "ja/report_2026-11-02.csv": [
            japanese,
            ["P", "B01", "カップ", "1,234", "2,345", "87", "￥5,000"],
            ["合計", "", "", "9", "9", "9", "￥9"],
        ],
        "ja/days.csv": [by_date, ["2026/11/02", "￥5,000", "87", "80", "1,234"]],
    }
    settings.home.mkdir(exist_ok=True)
    shops = "".join(
        f"{shop}: {{title: s, platform: amazon, currency: {c}}}\n" for shop, c in (("zh", "USD"), ("ja", "JPY"))
    )
    (settings.home / "shops.yaml").write_text(shops, "utf-8")
    for name, lines in files.items():
        drop(settings, name, csv_bytes(lines, "utf-8-sig"), "2026-11-03T22:00:00")
    load_all(settings)
    values = "sessions, views, order_pieces, order_amount::int from"
    assert ask(settings, f"select shop, {values} incoming.amazon_business_report order by shop") == [
        ("ja", 1234, 2345, 87, 5000),
        ("zh", 1234, 2345, 87, 5000),
    ]
    assert ask(settings, f"select day::varchar, {values} incoming.amazon_business_report_days") == [
        ("2026-11-02", 1234, None, 87, 5000)
    ]


@pytest.mark.slow
def test_a_product_has_a_row_for_each_sku_of_a_report_by_sku(settings: Settings) -> None:
    titles = (
        "(Parent) ASIN,(Child) ASIN,Title,SKU,Sessions - Total,Page Views - Total,Units Ordered,Ordered Product Sales"
    )
    rows = ["B0P,B0C,Cup,CUP-FBA,10,20,3,$30.00", "B0P,B0C,Cup,CUP-FBM,10,20,1,$10.00", "B0P,B0D,Bowl,BOWL,7,9,1,$5.00"]
    settings.home.mkdir()
    (settings.home / "shops.yaml").write_text("us: {title: us, platform: amazon, currency: USD}\n", "utf-8")
    for day, lines in (("2026-11-02", rows), ("2026-11-03", [*rows, rows[0]])):  # the second repeats a row
        drop(settings, f"us/{day}.csv", "\n".join([titles, *lines]).encode(), modified="2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    columns = "product_id, sku, sessions, order_pieces, order_amount"
    assert ask(settings, f"select {columns} from product_day where day = '2026-11-02' order by line") == [
        ("B0C", "CUP-FBA", 10, 3, Decimal("30.00")),
        ("B0C", "CUP-FBM", 10, 1, Decimal("10.00")),
        ("B0D", "BOWL", 7, 1, Decimal("5.00")),
    ]
    assert ask(settings, "select file, state from loads order by file") == [
        ("2026-11-02.csv", "settled"),
        ("2026-11-03.csv", "failed"),
    ]
