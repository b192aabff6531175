"""Reports that are split more finely than a contract's key: they add up, or the column that splits them is named."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from files import ask, csv_bytes, drop, load_all
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle

DAY = "2026-11-02"


def lines(titles: str, *rows: str) -> bytes:
    return csv_bytes([titles.split(","), *(row.split(",") for row in rows)], "utf-8-sig")


def loaded(home: Path, files: dict[str, bytes], currency: str = "USD") -> Settings:
    """One file of each shop, loaded and checked in one night."""
    settings = Settings(home=home, settle_seconds=0)
    declared = [f"{shop}: {{title: s, platform: p, currency: {currency}}}\n" for shop in files]
    (home / "shops.yaml").write_text("".join(declared), "utf-8")
    for shop, content in files.items():
        drop(settings, f"{shop}/report_{DAY}.csv", content, modified="2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    return settings


GA4 = "Session source / medium,Date,{},Sessions,Engaged sessions,Active users,Total revenue"
GA4_ROWS = (
    "google / organic,20261102,{},60,40,50,100.50",
    "google / organic,20261102,{},30,20,25,50.25",
    "direct / (none),20261102,{},30,20,25,50.25",
)
META = (
    "Reporting starts,Reporting ends,Campaign name,{},Impressions,Link clicks,Amount spent (USD),"
    "Purchases conversion value,Reach"
)
META_ROWS = tuple(f"{DAY},{DAY},Autumn,{{}},100,5,{spend},30.00,90" for spend in ("10.00", "12.50", "10.00"))
GOOGLE = "Day,Campaign,{},Cost,Impr.,Clicks,Conv. value"
GOOGLE_ROWS = tuple(f"{DAY},Brand,{{}},{spend},100,5,20.00" for spend in ("10.00", "12.50", "10.00"))
SPONSORED = (
    "Date,Portfolio name,Currency,Campaign Name,{},Impressions,Clicks,Spend,7 Day Total Sales ,7 Day Total Orders (#)"
)
SPONSORED_ROWS = tuple(
    f"{DAY},Not grouped,USD,Auto,{{}},100,5,${spend},$20.00,1" for spend in ("10.00", "12.50", "10.00")
)


def split(titles: str, rows: tuple[str, ...], by: str, *words: str) -> bytes:
    return lines(titles.format(by), *(row.format(word) for row, word in zip(rows, words, strict=True)))


@pytest.fixture(scope="module")
def added_up(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    devices, ages = ("mobile", "desktop", "mobile"), ("18-24", "25-34", "35-44")
    files = {
        "ga4_device": split(GA4, GA4_ROWS, "Device category", *devices),
        "ga4_country": split(GA4, GA4_ROWS, "Country", "China", "Japan", "China"),
        "meta_age": split(META, META_ROWS, "Age", *ages),
        "meta_gender": split(META, META_ROWS, "Gender", "female", "male", "unknown"),
        "google_device": split(GOOGLE, GOOGLE_ROWS, "Device", "Mobile phones", "Computers", "Tablets"),
        "google_network": split(GOOGLE, GOOGLE_ROWS, "Network", "Search", "Display", "YouTube"),
        "sponsored_group": split(SPONSORED, SPONSORED_ROWS, "Ad Group Name", "A", "B", "C"),
        "sponsored_term": split(
            SPONSORED, SPONSORED_ROWS, "Ad Group Name,Customer Search Term", "A,cup", "A,mug", "A,pot"
        ),
    }
    return loaded(tmp_path_factory.mktemp("split"), files)


@pytest.mark.parametrize("shop", ["ga4_device", "ga4_country"])
def test_sessions_add_up_to_their_channel(added_up: Settings, shop: str) -> None:
    sums = (
        f"select source_1, sum(sessions), sum(pay_amount) from source_day where shop = '{shop}' group by 1 order by 1"
    )
    assert ask(added_up, sums) == [
        ("direct / (none)", 30, Decimal("50.25")),
        ("google / organic", 90, Decimal("150.75")),
    ]


@pytest.mark.parametrize(
    ("shop", "value"),
    [
        ("meta_age", 90), ("meta_gender", 90), ("google_device", 60), ("google_network", 60), ("sponsored_group", 60),
        ("sponsored_term", 60),
    ],
)  # fmt: skip
def test_spend_adds_up_to_its_campaign(added_up: Settings, shop: str, value: int) -> None:
    sums = "select campaign_id, sum(spend), sum(ad_revenue), sum(clicks) from ad_day"
    ((_, *found),) = ask(added_up, f"{sums} where shop = '{shop}' group by 1")
    assert found == [Decimal("32.50"), value, 15]


def test_people_are_not_added_up(added_up: Settings) -> None:
    """Users and reach count a person once a row: no table has them."""
    columns = "select column_name from duckdb_columns() where table_name in ('source_day', 'ad_day')"
    assert not {name for (name,) in ask(added_up, columns)} & {"reach", "users", "active_users"}
    assert ask(added_up, "select count(*) from source_day where visitors is not null") == [(0,)]


REFUSED = {
    "ga4_page": (split(GA4, GA4_ROWS, "Page path", "/", "/cup", "/"), "Page path", "day, Session source / medium"),
    "google_action": (split(GOOGLE, GOOGLE_ROWS, "Conversion action", "Buy", "Call", "Chat"), "Conversion action", ""),
    "meta_device": (
        split(META, META_ROWS, "Conversion device", "iPhone", "Android", "Desktop"),
        "Conversion device",
        "",
    ),
    "wanxiang_words": (
        lines(
            "日期,场景名字,计划ID,计划名字,主体ID,词包/关键词,展现量,点击量,花费,总成交金额,总成交笔数",
            f"{DAY},关键词推广,7001,A,9,茶杯,1000,10,100,300,2",
            f"{DAY},关键词推广,7001,A,9,茶壶,1000,10,100,500,2",
        ),
        "词包/关键词",
        "day, 计划ID, 主体ID",
    ),
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    files = {shop: content for shop, (content, _, _) in REFUSED.items()}
    return loaded(tmp_path_factory.mktemp("refused"), files)


@pytest.mark.slow
@pytest.mark.parametrize("shop", REFUSED)
def test_the_column_that_splits_a_report_is_named(refused: Settings, shop: str) -> None:
    _, header, _ = REFUSED[shop]
    ask_load = f"select state, reason_code, reason_values->>'$.split_by[0]' from loads where shop = '{shop}'"
    assert ask(refused, ask_load) == [("failed", "split_report", header)]


def test_the_message_says_what_to_do(refused: Settings) -> None:
    ((values,),) = ask(refused, "select reason_values from loads where shop = 'wanxiang_words'")
    said = sentence(PROJECT / "include", "en", "split_report", json.loads(values))
    assert said.endswith(
        "also split by 词包/关键词; remove 词包/关键词 from the report and export it "
        "with one row for each day, 计划ID, 主体ID"
    )


def test_rows_of_the_same_words_name_no_column(tmp_path: Path) -> None:
    """A repeated export: nothing but numbers differs."""
    settings = loaded(tmp_path, {"s": split(GOOGLE, GOOGLE_ROWS, "Avg. CPC", "1.20", "1.30", "1.40")})
    assert ask(settings, "select reason_code from loads") == [("repeated_keys",)]
