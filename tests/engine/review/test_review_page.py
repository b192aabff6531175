"""The weekly review page: its content, how it is built, and how it shows missing data."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise, product
from pathlib import Path

import pytest
import sqlglot

from review_tables import (
    METRICS,
    SUNDAY,
    TEA,
    WEEK,
    Rows,
    alert,
    campaign,
    columns_of,
    decision,
    driver,
    full,
    item,
    kpi,
    shop_week,
    stage,
    unjudged,
    write_tables,
)
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import page_words
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import split_head
from shopwatch.review.page import ReviewError, write_review

CATALOG, INCLUDE = Catalog(Settings()), Settings().include
HOSTILE = "<script>alert('x')</script>\u202egnp.exe\u0007 & \"quoted\" 长" + "茶" * 300

Warehouse = Callable[[dict[str, Rows]], Path]
Review = Callable[..., str]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    def build(tables: dict[str, Rows]) -> Path:
        return write_tables(tmp_path / f"shop-{len(list(tmp_path.iterdir()))}.duckdb", tables)

    return build


@pytest.fixture
def review(warehouse: Warehouse, tmp_path: Path) -> Review:
    def write(tables: dict[str, Rows], week: date | None = None) -> str:
        return write_review(warehouse(tables), CATALOG, tmp_path / "reports", week).read_text("utf-8")

    return write


class Reader(HTMLParser):
    """Fails on a tag that does not close where it must, and keeps what is needed to check the page."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "wbr"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"<{tag}> has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.mark.parametrize("name", ["shop", "product", "ad_campaign", "stock", "alerts", "stage", "kpi", "driver"])
def test_these_tests_use_the_tables_as_they_are(name: str) -> None:
    _, sql = split_head(INCLUDE / "sql" / "review" / f"weekly_{name}.sql")
    assert sqlglot.parse_one(sql, read="duckdb").named_selects == columns_of(f"review.weekly_{name}")


def test_numbers_are_those_of_the_tables(review: Review) -> None:
    text = Reader(review(full())).text
    assert "本周成交额 ¥70,610.70，比上周下降 4.00%。" in text
    assert "1 项预警待处理，涉及金额 ¥756。" in text
    for said in ("608", "¥116.14", "¥68,718.50", "¥1,892.20", "¥3,768.54", "3.77", "目标 3 已达标", "▲ +3.05%"):
        assert said in text, said
    assert "▲ +70.78% 环比 上周 ¥1,108" in text  # refunds against the week before
    judged = "2026年第46周（11-09 至 11-15） Numerator of roas ¥1,764 / denominator of roas ¥840"
    assert f"2.10 投入产出比，警戒线 3 {judged} 涉及金额 ¥756" in text
    assert "负责 推广" in text
    assert "降低出价。" in text
    assert "▼ −24.00%" in text
    assert "0.57%" in text
    assert "支付转化率（目标 2%）" in text
    assert "¥1,958.80" in text


def test_each_shop_has_its_own_language_and_currency(review: Review) -> None:
    page = review(full())
    sections = [tag["lang"] for tag in Reader(page).all("section") if tag.get("class") == "shop"]
    assert sections == ["zh-CN", "en"]
    assert "Revenue was £1,234.50 this week" in page
    assert str(Decimal("70610.70") + Decimal("1234.50"))[:4] not in page.replace(",", "")


def test_a_shop_without_ads_says_so_once_and_shows_no_empty_table(review: Review) -> None:
    tables = full()
    orders_only = {name: [row for row in rows if row.get("shop") != "tea"] for name, rows in tables.items()}
    orders_only["review.weekly_product"] = [item(shop="uci", currency="GBP", visitors=None, pay_conversion=None)]
    page = Reader(review(orders_only))
    assert "This shop has no product traffic, advertising or stock exports" in page.text
    for unsaid in ("Ad spend", "ROAS", "Campaigns", "Stock", "Pay conversion", "Available"):
        assert unsaid not in page.text.split("What the numbers mean")[0], unsaid
    assert page.text.count("Pieces") == 1


def test_missing_is_a_dash_with_its_reason_and_never_zero(review: Review) -> None:
    tables = full()
    tables["review.weekly_ad_campaign"] = [
        campaign(spend=Decimal(0), ad_revenue=None, roas=None, spend_last_week=Decimal(0), roas_last_week=2.0)
    ]
    blank = dict.fromkeys(("visitors", "pay_conversion", "revenue_last_week", "revenue_change"))
    tables["review.weekly_product"] = [item(**blank), item(2)]
    tables["review.weekly_shop"] = [shop_week(spend=Decimal(0), roas=None, revenue_last_week=None, revenue_change=None)]
    tables["review.weekly_alerts"] = [alert(at_stake=None, unjudged=[unjudged(WEEK, "calendar")])]
    text = Reader(review(tables)).text
    assert "投入产出比 — 无花费，不适用" in text
    assert "¥0 — 上周无数据" not in text
    assert all(said in text for said in ("上周为 0，无环比", "— 不在流量报表中"))
    assert "此后未判断：11-09 至 11-15（活动期间不判断） Numerator of roas ¥1,764 / denominator of roas ¥840" in text
    assert "本周成交额 ¥70,610.70，上周无数据可比。" in text
    assert "1 项预警待处理。" in text


def test_spend_that_only_an_account_report_tells_is_there(review: Review) -> None:
    tables = full()
    tables["review.weekly_ad_campaign"] = []
    said = {"shop": "tea", "grain": "week", "period_start": WEEK, "days_expected": 7, "missing_days": []}
    tables["kpi.period_coverage"] = [said | {"metric": "roas", "days_covered": 5}]
    page = Reader(review(tables))
    tea = page.text.split("UCI")[0]
    assert "推广花费" in tea
    assert "5/7 天有数据" in tea
    assert "推广报表" not in tea


def test_incomplete_and_open_weeks_are_marked(review: Review) -> None:
    tables = full()
    tables["review.weekly_shop"] = [shop_week(completeness=6 / 7)]
    tables["kpi.period_coverage"][0] |= {"days_covered": 6, "missing_days": [date(2026, 11, 12)]}
    page = review(tables)
    assert "6/7 天有数据" in page
    assert "订单 6/7 11-12" in Reader(page).text
    assert "数据不全或未结束" in page
    assert re.search(r'<path d="M[^"]+M[^"]+" fill="none" stroke="var\(--chart-week\)"', page), "no hatch"
    assert "本周未结束" not in page


def test_an_open_week_is_reviewed_only_where_no_week_is_closed(review: Review) -> None:
    opened = shop_week(WEEK, is_closed=False, as_of=WEEK + timedelta(days=4), completeness=5 / 7)
    closed = shop_week(WEEK - timedelta(days=7))
    alone = {"marts.dim_shop": [TEA], "meta.metrics": METRICS, "review.weekly_shop": [opened]}
    page = review(alone)
    assert "本周未结束" in page
    assert "截至 2026-11-13 周五，本周成交额 ¥70,610.70。" in page
    assert "2026年第45周" in review(alone | {"review.weekly_shop": [opened, closed]})
    assert "本周未结束" in review(alone | {"review.weekly_shop": [opened, closed]}, WEEK)


def test_hostile_names_are_text(review: Review) -> None:
    tables = full()
    tables["marts.dim_shop"] = [TEA | {"title": HOSTILE}]
    tables["review.weekly_product"] = [item(product_name=HOSTILE, product_id="<b>", item_number="{{ 7*7 }}")]
    tables["review.weekly_ad_campaign"] = [campaign(campaign_name=HOSTILE, tool=HOSTILE)]
    tables["review.weekly_alerts"] = [alert(entity_name=HOSTILE, entity='"><img src=x onerror=alert(1)>')]
    page = review(tables)
    reader = Reader(page)
    assert reader.all("script") == reader.all("img") == reader.all("b") == []
    assert reader.text.count("<script>alert('x')</script>gnp.exe") == 5
    assert "茶" * 300 in reader.text
    assert "{{ 7*7 }}" in reader.text
    assert "<bdi" in page
    assert "\u202e" not in page


def test_shop_names_make_safe_and_distinct_ids(review: Review) -> None:
    tables = full()
    names = ['a"b', "a b", "茶"]
    tables["marts.dim_shop"] = [TEA | {"shop": name} for name in names]
    tables["review.weekly_shop"] = [shop_week(shop=name, completeness=5 / 7) for name in names]
    reader = Reader(review(tables))
    assert len(reader.all("nav")) == 1
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_page_is_built_well_and_stands_alone(review: Review) -> None:
    page = review(full())
    reader = Reader(page)
    headings = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    assert all(attrs.get("scope") in ("col", "row") for attrs in reader.all("th"))
    assert len(reader.all("caption")) == len(reader.all("table"))
    ids = {attrs["id"] for _, attrs in reader.tags if "id" in attrs}
    targets = {str(attrs["href"])[1:] for _, attrs in reader.tags if "href" in attrs}
    assert targets <= ids
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= ids
    assert not re.search(r"https?://|//cdn|@import|url\((?!#)|<script|<link|<img", page)
    assert all(not name.startswith("on") for _, attrs in reader.tags for name in attrs)


def test_the_same_warehouse_gives_the_same_bytes(warehouse: Warehouse, tmp_path: Path) -> None:
    path = warehouse(full())
    first = write_review(path, CATALOG, tmp_path / "a")
    assert first.name == "review-2026-W46.html"
    again = write_review(path, CATALOG, tmp_path / "b")
    assert first.read_bytes() == again.read_bytes()
    assert [entry.name for entry in again.parent.iterdir()] == [again.name]


def test_a_page_that_fails_leaves_the_old_one(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_review(warehouse(full()), CATALOG, tmp_path / "reports")
    old = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_review(warehouse(full()), CATALOG, path.parent)
    assert [(entry, entry.read_bytes()) for entry in path.parent.iterdir()] == [(path, old)]


def test_thousands_of_products_stay_one_page(review: Review, warehouse: Warehouse) -> None:
    tables = full()
    tables["review.weekly_product"] = [
        item(number, revenue=Decimal(number), pay_conversion=0.03 if number % 2 else 0.005) for number in range(1, 401)
    ]
    tables["review.weekly_alerts"] = [
        alert(alert_key=str(number), entity=f"7100{number:05}", entity_type="product", at_stake=Decimal(number))
        for number in range(1, 101)
    ]
    text = Reader(review(tables)).text
    assert text.count("QH-0") == 30
    assert "其余 370 个商品未列出，见已发布数据表 review.weekly_product。" in text
    assert "另有 80 项预警未列出" in text
    assert "100 项预警待处理，涉及金额 ¥5,050。 另有 150 个商品转化率低于目标，尚未触发预警。" in text


def test_a_week_of_a_sale_is_marked(review: Review) -> None:
    text = Reader(review(full() | {"review.weekly_shop": [shop_week(event="d11", event_zh="双11")]})).text
    assert "比上周下降 4.00%。本周正值双11。" in text
    assert "2026年第46周（11-09 至 11-15） 双11" in text


def test_a_recovered_alert_is_not_waiting(review: Review) -> None:
    tables = full()
    tables["review.weekly_alerts"] = [alert(state="resolved", resolved_at=WEEK, is_new=False)]
    text = Reader(review(tables)).text
    assert "没有待处理的预警。" in text
    assert "本周已恢复 1" in text
    assert "最新 2.10，警戒线 3" in text


def test_a_shop_that_fell_silent_says_when_it_last_spoke(review: Review) -> None:
    tables = full()
    tables["review.weekly_shop"][2] |= {"week_start": WEEK - timedelta(days=14)}
    assert "There is no data for this week; the latest is 2026-W44 (10-26 – 11-01)." in review(tables)


def test_nothing_to_review_is_said_plainly(review: Review, tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="nothing has been published"):
        write_review(tmp_path / "none.duckdb", CATALOG, tmp_path)
    with pytest.raises(ReviewError, match="no shop has a week"):
        review({"marts.dim_shop": [TEA]})
    with pytest.raises(ReviewError, match="not a Monday"):
        review(full(), SUNDAY)
    with pytest.raises(ReviewError, match="from 2026-11-02 to 2026-11-09"):
        review(full(), date(2020, 1, 6))


def test_both_languages_say_the_same_things() -> None:
    said = {language: page_words(INCLUDE, language)._texts for language in ("zh", "en")}
    for key in said["zh"]:
        names = {frozenset(re.findall(r"{(\w+)", form)) for texts in said.values() for form in texts[key].values()}
        assert len(names) == 1, key


def _luminance(colour: str) -> float:
    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(value) for value in bytes.fromhex(colour.removeprefix("#")))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_colours_meet_wcag_aa(place: int) -> None:
    blocks = re.findall(r":root {(.*?)}", (INCLUDE / "page" / "review.css").read_text("utf-8"), re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[place]))
    pairs = [*product(("ink", "muted", "link", "attention", "calm"), ("paper",)), ("ink", "attention-panel")]
    pairs += [("attention", "attention-panel"), ("calm", "calm-panel"), ("paper", "attention")]
    for text, ground in pairs:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert _contrast(colours["chart-week"], colours["paper"]) >= 3
    assert _contrast(colours["chart-week"], colours["chart-other"]) >= 1.5


def test_what_was_decided_stands_with_what_became_of_it(review: Review) -> None:
    decided = [decision(note=HOSTILE), decision(alert_key="r", decision=None, outcome="resolved", resolved_at=WEEK)]
    page = review(full() | {"review.weekly_decision": decided})
    text = Reader(page).text
    assert "此前决定与结果" in text
    for said in ("另行处理", "推广", "2026-11-15", "已逾期，未恢复", "未选决定", "已恢复 2026-11-09"):
        assert said in text, said
    assert "<script>alert" not in page


def test_the_weakest_stage_comes_with_its_money_and_action(review: Review) -> None:
    found = {"state": "weak", "kpis_off": 2, "alerts": 1, "at_stake": Decimal("756.00"), "is_weakest": True}
    does = {"worst_alert": "k", "action_zh": "降低出价<b>", "owner_zh": "推广"}
    page = review(full() | {"review.weekly_stage": [stage(3), stage(4, **found, **does), stage(7, state="no_data")]})
    text = Reader(page).text
    assert "最薄弱环节：营销推广，涉及金额 ¥756。 降低出价<b>。" in text
    assert "商品管理 良好 0 / 3 0 — —" in text
    assert "营销推广 最薄弱 薄弱 2 / 3 1 ¥756 降低出价<b> 推广" in text
    assert "数据复盘 无数据" in text
    assert page.index('id="shop-tea-kpis"') < page.index('id="shop-tea-stages"') < page.index('id="shop-tea-alerts"')
    assert 'href="alert' not in page


def test_kpis_stand_against_target_last_week_last_year_and_the_usual(review: Review) -> None:
    missed = {
        "target": 4.0,
        "is_on_target": False,
        "value_last_week": 4.6,
        "value_change": -0.18,
        "value_last_year": 4.1,
    }
    band = {"band_low": 4.36, "band_high": 4.65, "is_worse_than_usual": True}
    calm = kpi(metric="dsr", title_zh="店铺评分", unit="score", value=4.8)
    text = Reader(review(full() | {"review.weekly_kpi": [kpi(**missed, **band), calm]})).text
    assert "投入产出比 3.77 4 未达标 4.60 ▼ −18.00% 4.10 异常 常见 4.36 至 4.65" in text
    assert "店铺评分 4.80 — — —" in text.split("其余 1 项指标")[1]
    assert text.count("去年同周") == 1  # no column without a number in it


def test_what_moved_revenue_adds_up_in_each_table(review: Review) -> None:
    factors = [driver("factor", "visitors", "1061.70"), driver("factor", "value_per_order", "-4000.00", rank=2)]
    products = [driver("product", HOSTILE, "-3000.00"), driver("product", None, "61.70", driver_kind="other", rank=2)]
    last_year = driver("factor", "conversion", "99999.00", versus="last_year")
    page = review(full() | {"review.weekly_driver": [*products, last_year, *factors]})
    text = Reader(page).text
    assert "比上周变化 −¥2,938.30" in text
    assert "访客数 ▲ ¥1,061.70 −36.13% 笔单价 ▼ −¥4,000.00 136.13%" in text
    assert "其余合计 ▲ ¥61.70" in text
    assert "99,999" not in text
    assert "<script>" not in page


def test_what_the_review_did_not_find_is_not_shown(review: Review) -> None:
    page = review(full())
    assert not re.search('id="shop-[a-z]+-(stages|week-kpis|drivers)"', page)
