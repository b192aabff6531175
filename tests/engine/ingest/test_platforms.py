"""What comes out of each traffic, ad, stock and service export, as it is downloaded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from desk_reports import feige, qianniu
from files import SHOP, ask, csv_bytes, drop, load_all, xls_bytes
from platforms import (
    EXPORTS,
    GOOGLE_ADS,
    SYCM_SOURCES,
    Export,
    amazon,
    ga4,
    google_ads,
    jzt_account,
    kuaiche,
    meta,
    shangzhi_products,
    sycm_shop,
    sycm_sources,
    wanxiang_goals,
    wanxiang_products,
)
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.detect import RejectedError, detect_contract

MONDAY = date(2026, 11, 2)
AD = "campaign_id, subject_id, impressions, clicks, spend, ad_revenue, ad_orders, report, ad_account"
WANXIANG = ("campaign", "wanxiang", "关键词推广", "青瓷茶杯", 12)
GOOGLE = ("campaign", "google_ads", "Search", "CNY")
SUMS_UP = "sums up 2026-11-02 to 2026-11-08, which cannot be split into days: export day by day"


def money(text: str) -> Decimal:
    return Decimal(text)


def shop_of(number: int) -> str:
    return f"shop{number:02d}"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Every export in a shop of its own, taken in, checked and settled."""
    settings = Settings(home=tmp_path_factory.mktemp("platforms"), settle_seconds=0)
    money = ["USD" if export.contract.startswith("amazon") else "CNY" for export in EXPORTS]
    shops = [f"{shop_of(n)}: {{title: s, platform: p, currency: {own}}}\n" for n, own in enumerate(money)]
    (settings.home / "shops.yaml").write_text("".join(shops), "utf-8")
    for number, export in enumerate(EXPORTS):
        drop(settings, f"{shop_of(number)}/{export.name}", export.content)
    load_all(settings)
    check_and_settle(settings, quietly=True)
    return settings


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "include")


def came_out(settings: Settings, name: str, table: str, columns: str) -> list[tuple]:
    """The day and some columns of the rows that the file of that name gave."""
    (number,) = [n for n, export in enumerate(EXPORTS) if export.name.startswith(name)]
    return ask(settings, f"select day, {columns} from main.{table} where shop = '{shop_of(number)}' order by line")


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_each_file_is_known_by_exactly_one_contract(
    tmp_path: Path, contracts: dict[str, Contract], export: Export
) -> None:
    path = tmp_path / "file"
    path.write_bytes(export.content)
    fitting = []
    for name, contract in contracts.items():
        try:
            detect_contract(path, {name: contract})
        except RejectedError:
            continue
        fitting.append(name)
    assert fitting == [export.contract]


def test_each_contract_of_these_tables_has_its_file(contracts: dict[str, Contract]) -> None:
    shipped = {name: contract for name, contract in contracts.items() if contract.listing.platform}
    ours = {name for name, contract in shipped.items() if contract.table.endswith(("_day", "stock"))}
    assert ours == {export.contract for export in EXPORTS}


def test_each_is_taken_whole(loaded: Settings) -> None:
    told = ask(loaded, "select shop, source, state, rows_quarantined from loads order by shop")
    assert told == [(shop_of(n), export.contract, "settled", 0) for n, export in enumerate(EXPORTS)]
    assert ask(loaded, "select * from quarantine") == []


@pytest.mark.parametrize(
    ("name", "table", "columns", "rows"),
    [
        ("【生意参谋平台】商品", "product_day", "visitors, pay_buyers, pay_amount, refunded", [(1200, 12, 1536, None)]),
        (
            "店铺日数据",
            "shop_day",
            "visitors, views, new_visitors, old_visitors, cart_buyers, pay_buyers, pay_amount, refunded",
            [(3210, 9800, 2210, 1000, 210, 64, money("7654.30"), None)],
        ),
        (
            "【生意参谋平台】流量",
            "source_day",
            "source_1, source_2, source_3, visitors, pay_buyers",
            [
                ("平台流量", "汇总", "汇总", 2000, 9),
                ("平台流量", "手淘搜索", "汇总", 1500, 9),
                ("平台流量", "手淘推荐", None, 700, 9),
                ("广告流量", "关键词推广", None, None, 9),
            ],
        ),
        (
            "商品明细",
            "product_day",
            "product_id, visitors, cart_buyers, orders_placed, order_amount, pay_orders, pay_pieces, pay_amount, "
            "refunded",
            [("100012345678", 420, 40, 12, 1400, 10, 11, 1280, 128)],
        ),
        (
            "店铺概况",
            "shop_day",
            "visitors, views, pay_buyers, pay_pieces, pay_orders, pay_amount",
            [(1900, 5000, 80, 95, 88, money("9876.50"))],
        ),
        (
            "Traffic",
            "source_day",
            "source_1, visitors, sessions, engaged_sessions, pay_amount",
            [("Organic Search", None, 1200, 800, money("2310.50")), ("Direct", None, 300, 120, 150)],
        ),
        (
            "2026-11-02/Business",
            "product_day",
            "product_id, product_name, visitors, sessions, views, order_pieces, order_items, order_amount, pay_amount",
            [("B0CHILD001", "Celadon cup, 120 ml", None, 1234, 2345, 87, 80, 38000, None)],
        ),
        (
            "计划报表",
            "ad_day",
            AD + ", tool, subject_name, cart_adds",
            [
                ("60010000001", "710000000001", 5000, 120, 100, 340, 4, *WANXIANG),
                ("60010000002", "710000000002", 5000, 120, money("55.50"), 340, 4, *WANXIANG),
            ],
        ),
        (
            "商品报表",
            "ad_day",
            AD + ", cart_adds",
            [(None, "710000000001", 5000, 120, 90, 340, 4, "product", "wanxiang", 12)],
        ),
        (
            "万相台报表",
            "ad_day",
            AD + ", tool",
            [(None, None, 4000, 90, money("88.80"), 300, 3, "account", "wanxiang_old", "促进成交")],
        ),
        ("直通车计划", "ad_day", AD, [("50010001", None, 3000, 60, 70, 210, None, "campaign", "zhitongche")]),
        (
            "直通车单元",
            "ad_day",
            AD + ", ad_group_id",
            [
                ("50010001", "710000000001", 1500, 30, 40, 105, None, "product", "zhitongche", "9000"),
                ("50010001", "710000000001", 1500, 30, 30, 105, None, "product", "zhitongche", "9001"),
            ],
        ),
        (
            "引力魔方",
            "ad_day",
            AD,
            [
                ("人群计划", "710000000001", 900, 30, 45, 160, 2, "campaign", "yinlimofang"),
                ("人群计划", None, 100, 3, 5, 0, 0, "campaign", "yinlimofang"),
            ],
        ),
        ("京准通", "ad_day", AD, [(None, None, 100, 5, 10, 40, 1, "account", "jingzhuntong")] * 24),
        ("全站营销", "ad_day", AD, [(None, None, 7000, 70, 66, 660, 6, "account", "jingzhuntong_whole_site")]),
        ("快车计划", "ad_day", AD, [("70010001", None, 1300, 65, 130, 520, 4, "campaign", "jingzhuntong")]),
        (
            "千川素材_2026-11-02.xlsx",
            "ad_day",
            AD,
            [
                (None, "750000000000000000", 2000, 80, 50, 250, 2, "creative", "qianchuan"),
                (None, "750000000000000001", 2000, 80, money("25.50"), 250, 2, "creative", "qianchuan"),
            ],
        ),
        (
            "千川素材_2026-11-02.csv",
            "ad_day",
            "subject_name, spend, cart_adds",
            [("茶席视频0", 60, None)],
        ),
        *(
            (
                name,
                "ad_day",
                AD + ", tool, currency, campaign_name",
                [
                    ("20010001", None, 12000, 300, money("1200.50"), 3600, None, *GOOGLE, "Brand"),
                    ("20010002", None, 0, 0, 0, 0, None, *GOOGLE, "Generic"),
                ],
            )
            for name in ("Campaign report.csv", "Campaign report (Excel).csv")
        ),
        (
            "Qinghe-Campaigns",
            "ad_day",
            AD + ", cart_adds, currency",
            [("120010001", None, 5000, 80, money("99.90"), 333, 3, "campaign", "meta", 20, "CNY")],
        ),
        (
            "Qinghe-TikTok",
            "ad_day",
            "campaign_id, spend, ad_revenue, ad_orders, ad_account",
            [("180010001", money("60.00"), 300, 2, "tiktok_ads"), ("180010001", money("30.50"), 0, 0, "tiktok_ads")],
        ),
        (
            "库存_",
            "stock",
            "sku, item_number, on_hand, available, reserved, on_order",
            [("QH-1", "QH-001", 20, 18, None, 50)],
        ),
        (
            "聚水潭",
            "stock",
            "sku, item_number, on_hand, available, reserved, on_order",
            [("QH-1", "QH-001", 20, 17, 3, 50)],
        ),
        (
            "Advertised_product",
            "ad_day",
            AD,
            [
                ("254927681919372", None, 9582, 100, money("108.61"), money("180.90"), 11, "campaign", "amazon_ads"),
                ("254927681919372", None, 1595, 11, money("7.23"), 0, 0, "campaign", "amazon_ads"),
            ],
        ),
        (
            "快麦",
            "stock",
            "sku, warehouse, product_name, on_hand, available, reserved",
            [("QH-1", "新湖北仓", "青瓷茶杯", 14, 13, 1), ("QH-1", "杭州仓", "青瓷茶杯", 6, 5, 1)],
        ),
        (
            "客服绩效",
            "service_agent_day",
            "agent, inquiries, paid_inquiries, pay_amount, first_answer_seconds, answer_seconds, satisfaction, "
            "answer_rate, refunded",
            [
                ("青禾旗舰店:小禾", 40, 18, 2300, 12.5, 28.0, 0.985, 1.0, None),
                ("青禾旗舰店:小青", 30, 9, 900, 75.0, 80.0, None, 0.96, 128),
            ],
        ),
        (
            "飞鸽",
            "service_agent_day",
            "agent, inquiries, paid_inquiries, pay_amount, first_answer_seconds, answer_seconds, satisfaction, "
            "answer_rate",
            [("青禾客服一号", 30, 12, 1800, 80.0, 45.0, 0.92, None)],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 24 else "",
)
def test_what_comes_out(loaded: Settings, name: str, table: str, columns: str, rows: list[tuple]) -> None:
    found = came_out(loaded, name, table, columns)
    assert [row[1:] for row in found if row[0] == MONDAY] == rows
    assert {row[0] for row in found} <= {MONDAY, date(2026, 11, 3)}


def test_the_daily_block_of_the_scores_is_read(loaded: Settings) -> None:
    found = came_out(loaded, "店铺动态", "service_shop_day", "description_score, logistics_score, service_score")
    assert found == [(MONDAY, 4.86, 4.79, 4.9), (date(2026, 11, 3), 4.84, 4.8, None)]


def test_several_days_of_a_shop_in_one_file_are_days(loaded: Settings) -> None:
    days = [row[0] for row in came_out(loaded, "店铺日数据", "shop_day", "visitors")]
    assert days == [MONDAY, date(2026, 11, 3)]


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "Traffic.csv",
            ga4("20261102", "20261108"),
            "sums up 2026-11-02 to 2026-11-08 and has no column Date, so it cannot be split into days",
        ),
        ("流量来源.xls", sycm_sources("2026-11-02 ~ 2026-11-08"), SUMS_UP),
        ("快车_20261102-20261108.csv", kuaiche(), SUMS_UP),
        ("2026-11-02_2026-11-08/BusinessReport.csv", amazon(), SUMS_UP),
        ("BusinessReport-11-03-26.csv", amazon(), "put the day into its name or its folder"),
        ("快车_20261103080000.csv", kuaiche(), "put the day into its name or its folder"),
        ("飞鸽.xlsx", feige(), "put the day into its name or its folder"),
        (
            "绩效_2026-11-01~2026-11-30.xlsx",
            qianniu(),
            "sums up 2026-11-01 to 2026-11-30, which cannot be split into days: export day by day",
        ),
        ("g.csv", csv_bytes([[h for h in GOOGLE_ADS if h != "Day"]]), "segment the report by day and export it again"),
        ("g.csv", csv_bytes([[h for h in GOOGLE_ADS if h != "Cost"]]), "export again with the 1 header"),
    ],
)
def test_what_is_not_about_one_day_is_refused_with_what_to_do(
    settings: Settings, name: str, content: bytes, words: str
) -> None:
    drop(settings, f"{SHOP}/{name}", content)
    (result,) = load_all(settings).values()
    (reason,) = result.reasons
    assert words in reason
    assert ask(settings, "select count(*) from coverage") == [(0,)]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("name", "content", "column", "value"),
    [
        ("日.xlsx", sycm_shop("2026-11-02~2026-11-08"), "统计日期", "2026-11-02~2026-11-08"),
        ("商品.xlsx", shangzhi_products("2026-11-02~2026-11-08"), "时间", "2026-11-02~2026-11-08"),
        ("商品.xlsx", shangzhi_products("2026-11-02至2026-11-08"), "时间", "2026-11-02至2026-11-08"),
        ("报表.csv", wanxiang_products("1.00", day="2026-11-02~2026-11-08"), "日期", "2026-11-02~2026-11-08"),
    ],
)
def test_a_row_of_several_days_is_in_quarantine(
    settings: Settings, name: str, content: bytes, column: str, value: str
) -> None:
    """The mail says of an unreadable day: export day by day (include/mail/texts.yaml)."""
    drop(settings, f"{SHOP}/{name}", content)
    load_all(settings)
    assert ask(settings, "select column_name, value, reason from quarantine") == [(column, value, "unreadable day")]


def test_one_hour_that_crosses_midnight_is_no_day(settings: Settings) -> None:
    drop(settings, f"{SHOP}/jzt.xlsx", jzt_account(["24.00"]))
    drop(
        settings,
        f"{SHOP}/two.csv",
        csv_bytes(
            [
                ["点击时间", "花费", "展现数", "点击数", "总订单行", "总订单金额"],
                ["20261102000000~20261103235959", "1", "1", "1", "1", "1"],
            ]
        ),
    )
    load_all(settings)
    assert ask(settings, "select day, spend from incoming.jingzhuntong_account") == [(MONDAY, 24)]
    assert ask(settings, "select value, reason from quarantine") == [
        ("20261102000000~20261103235959", "unreadable day")
    ]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("content", "column"),
    [
        (meta("USD"), "Amount spent (USD)"),
        (csv_bytes(google_ads("USD"), "utf-8"), "Currency code"),
    ],
)
def test_spend_in_another_currency_is_not_added_to_the_shops(settings: Settings, content: bytes, column: str) -> None:
    drop(settings, f"{SHOP}/ads.csv", content)
    load_all(settings)
    held = ask(settings, "select distinct column_name, value, reason from quarantine")
    assert held == [(column, "USD", "unreadable currency")]
    drop(settings, "online_retail/ads.csv", content.replace(b"USD", b"gbp"))
    load_all(settings)
    ((source,),) = ask(settings, "select distinct source from loads where rows_loaded > 0")
    assert ask(settings, f"select distinct currency from incoming.{source}") == [("GBP",)]


def test_one_spend_by_two_ways_of_counting_is_not_counted_twice(settings: Settings) -> None:
    drop(settings, f"{SHOP}/两种.csv", wanxiang_goals("15天", "30天"))
    load_all(settings)
    check_and_settle(settings, quietly=True)
    assert ask(settings, "select state from loads") == [("failed",)]
    assert ask(settings, "select count(*) from ad_day") == [(0,)]


def test_the_sources_headers_stand_in_line_six(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    path = tmp_path / "file"
    path.write_bytes(sycm_sources())
    found = detect_contract(path, contracts)
    assert (found.header_line, found.container) == (6, "xls")
    path.write_bytes(xls_bytes([SYCM_SOURCES]))
    assert detect_contract(path, contracts).header_line == 1
