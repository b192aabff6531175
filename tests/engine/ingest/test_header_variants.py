"""Headers that differ from shop to shop and from year to year: currencies, days, names in place of ids."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from files import ask, csv_bytes, drop, headers, load_all
from platforms import META as META_REPORT
from shared_cases import case_file
from shopwatch.catalog.contracts import Contract
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.check import check_and_settle
from shopwatch.pipeline import build_models

AD = "cast(day as varchar), campaign_id, campaign_name, spend, ad_revenue, currency"
ALPHA = "120210000000000011"
META = ["Reporting starts", "Reporting ends", "Campaign name", "Impressions", "Link clicks"]


def load(settings: Settings, content: bytes, currency: str = "USD", name: str = "report.csv") -> None:
    """Load and check one file of a shop with that currency."""
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text(f"s: {{title: s, platform: p, currency: {currency}}}\n", "utf-8")
    drop(settings, f"s/{name}", content, modified="2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)


def ads(settings: Settings) -> list[tuple]:
    return ask(settings, f"select {AD} from ad_day order by line")


def quarantined(settings: Settings) -> list[tuple]:
    return ask(settings, "select line, column_name, value, reason from quarantine order by line")


def meta(
    first: str, last: str, spend: str, roas: str, currency: str = "USD", more: dict[str, str] | None = None
) -> bytes:
    """A campaign report without Day and Campaign ID, its revenue told as ROAS only."""
    titles = [*META, f"Amount spent ({currency})", "Purchase ROAS (return on ad spend)", *(more or {})]
    row = [first, last, "Alpha", "8866", "2084", spend, roas, *(more or {}).values()]
    return csv_bytes([titles, row], "utf-8")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("name", "currency", "rows"),
    [
        ("meta_inr.csv", "INR", [(ALPHA, "Alpha", "38.00", "150.00")]),
        (
            "meta_no_day.csv",
            "USD",
            [(ALPHA, "Alpha", "38.00", "150.00"), ("120210000000000012", "Beta", "83.00", "300.00")],
        ),
        ("meta_noid.csv", "USD", [("Alpha", "Alpha", "38.00", "150.00")]),
        ("meta_roas_only.csv", "USD", [(ALPHA, "Alpha", "38.00", "150.10")]),
    ],
)
def test_meta_in_the_forms_that_sellers_export(
    settings: Settings, name: str, currency: str, rows: list[tuple[str, str, str, str]]
) -> None:
    load(settings, case_file(f"meta_other_headers/{name}"), currency)
    wanted = [("2026-08-02", id_, title, Decimal(spent), Decimal(sold), currency) for id_, title, spent, sold in rows]
    assert (ads(settings), quarantined(settings)) == (wanted, [])


def test_ids_that_excel_has_destroyed_are_no_campaigns(settings: Settings) -> None:
    """Two campaigns have the same 1.20253E+17: nothing can tell them apart any more."""
    load(settings, case_file("meta_other_headers/meta_sci.csv"))
    lost = ("Campaign ID", "1.20253E+17", "unreadable id")
    assert (ads(settings), quarantined(settings)) == ([], [(2, *lost), (3, *lost)])
    assert ask(settings, "select state, reason_code from loads") == [("failed", "too_many_broken")]


@pytest.mark.slow
@pytest.mark.sampled(3)
@pytest.mark.parametrize("currency", ["INR", "BRL", "ZAR"])
def test_any_currency_of_the_header_is_known_and_only_the_shops_own_counts(settings: Settings, currency: str) -> None:
    content = meta("2026-11-02", "2026-11-02", "10.00", "2.5", currency.lower())
    load(settings, content, currency)
    assert ads(settings) == [("2026-11-02", "Alpha", "Alpha", Decimal(10), Decimal(25), currency)]
    load(settings, content + b"\n", "KRW", "other.csv")
    assert quarantined(settings) == [(2, f"Amount spent ({currency.lower()})", currency, "unreadable currency")]


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        (
            [h for h in META_REPORT if not h.startswith("Amount")],
            "nearest is meta_campaigns (Meta campaign report); export again with the 1 header that is not in the first "
            "30 lines: Amount spent (currency code)",
        ),
        ([*META_REPORT, "Amount spent (EUR)"], "Amount spent (currency code) appears more than once"),
    ],
)
def test_a_refusal_names_what_the_report_may_have(settings: Settings, titles: list[str], words: str) -> None:
    drop(settings, "qinghe/report.csv", csv_bytes([titles], "utf-8"))
    (result,) = load_all(settings).values()
    (reason,) = result.reasons
    assert words in reason


def test_purchases_on_the_website_are_the_purchases(settings: Settings) -> None:
    more = {"Website purchases": "3", "Website purchases conversion value": "300.00"}
    titles = [*META, "Amount spent (USD)", *more]
    row = ["2026-11-02", "2026-11-02", "Alpha", "8866", "2084", "10.00", *more.values()]
    load(settings, csv_bytes([titles, row], "utf-8"))
    assert ask(settings, "select ad_revenue, ad_orders from ad_day") == [(300, 3)]


def test_a_google_report_without_ids_is_of_the_names(settings: Settings) -> None:
    lines = [
        ["Campaign report"],
        ["November 2, 2026 - November 3, 2026"],
        headers("Campaign status,Campaign,Campaign type,Day,Currency code,Impr.,Clicks,Cost,Conv. value"),
        ["Enabled", "Brand, search", "Search", "2026-11-02", "USD", "1,204", "41", "172.45", "300.00"],
        ["Paused", "Generic", "Search", "2026-11-02", "USD", "410", "52", "54.20", " --"],
        ["Total: Campaigns", " --", " --", " --", "USD", "1,614", "93", "226.65", "300.00"],
    ]
    load(settings, csv_bytes(lines, "utf-8"))
    found = ask(settings, "select campaign_id, spend, ad_revenue from ad_day order by line")
    assert found == [("Brand, search", Decimal("172.45"), 300), ("Generic", Decimal("54.20"), 0)]


def load_shops(settings: Settings, files: dict[str, bytes], currency: str = "USD") -> None:
    """Load and check one file of each shop, in one night."""
    settings.home.mkdir(exist_ok=True)
    shops = [f"{shop}: {{title: s, platform: p, currency: {currency}}}\n" for shop in files]
    (settings.home / "shops.yaml").write_text("".join(shops), "utf-8")
    for shop, content in files.items():
        drop(settings, f"{shop}/report.csv", content, modified="2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)


def refusals(settings: Settings) -> dict[str, str]:
    """The reason of each file that was refused, by its shop."""
    return dict(ask(settings, "select shop, reason_code from loads where state = 'rejected'"))


GOOGLE = headers("Campaign status,Campaign,Campaign type,Impr.,Clicks,Cost,Conv. value")
BRAND = ["Enabled", "Brand, search", "Search", "1,204", "41", "$172.45", "300.00"]
GOOGLE_TOTAL = ["Total: Campaigns", " --", " --", "1,204", "41", "172.45", "300.00"]


def google(period: str, *more: str, quoted: bool = True) -> bytes:
    """A campaign report without Day and Currency code; ``more`` are cells of further columns: header, value."""
    titles, row, total = [*GOOGLE, *more[::2]], [*BRAND, *more[1::2]], [*GOOGLE_TOTAL, *(" --" for _ in more[::2])]
    above = b"Campaign report\n" + (csv_bytes([[period]], "utf-8") if quoted else f"{period}\n".encode())
    return above + csv_bytes([titles, row, total], "utf-8")


@pytest.mark.slow
def test_a_google_report_of_one_day_states_it_above_the_header(settings: Settings) -> None:
    one_day = {
        "range": google("November 2, 2026 - November 2, 2026"),
        "single": google("November 2, 2026"),
        "short": google("Nov 2, 2026 – Nov 2, 2026"),
        "british": google("2 November 2026 - 2 November 2026"),
        "unquoted": google("November 2, 2026 - November 2, 2026", quoted=False),
        "segmented": google("November 1, 2026 - November 8, 2026", "Day", "2026-11-02"),
    }
    several = {
        "week": google("November 2, 2026 - November 8, 2026"),
        "all": google("All time"),
        "no_such_day": google("February 30, 2026"),
        "ahead": google("November 29, 2026"),
    }
    euro = google("November 2, 2026").replace(b"$172", b"\xe2\x82\xac172")
    load_shops(settings, one_day | several | {"euro": euro})
    found = ask(
        settings, "select shop, day::varchar, campaign_id, spend, ad_revenue, currency from ad_day order by shop"
    )
    assert found == [(shop, "2026-11-02", "Brand, search", Decimal("172.45"), 300, None) for shop in sorted(one_day)]
    reasons = {"week": "not_by_day", "all": "no_day_column", "no_such_day": "impossible_day", "ahead": "day_ahead"}
    assert refusals(settings) == reasons
    assert ask(settings, "select shop, value, reason from quarantine") == [("euro", "€172.45", "unreadable money")]


def test_a_google_report_that_cannot_be_split_says_how_to_export_it(settings: Settings) -> None:
    drop(settings, "qinghe/report.csv", google("November 2, 2026 - November 8, 2026"))
    drop(settings, "qinghe/always.csv", google("All time"))
    (result,) = load_all(settings).values()
    always, week = sorted(result.reasons)
    assert "has no column Day" in always
    assert "states one day: segment the report by day" in always
    assert "sums up 2026-11-02 to 2026-11-08 and has no column Day" in week
    assert "segment the report by day" in week


def analytics(*titles: str, above: str = "# Start date: 20261102\n# End date: 20261102", day: str = "") -> bytes:
    """A GA4 traffic report with two rows and their total."""
    rows = [
        ["Grand total", "1500", "920", "450.5"],
        ["google / organic", "1200", "800", "300.5"],
        ["(direct)", "300", "120", "150"],
    ]
    lines = [[day, *row] if day else row for row in rows]
    return f"# ----\n# Traffic acquisition\n{above}\n# ----\n\n".encode() + csv_bytes(
        [titles, *lines], "utf-8", end="\n"
    )


GA4 = ("Sessions", "Engaged sessions", "Total revenue")


@pytest.mark.slow
def test_sources_of_google_analytics_under_any_dimension(settings: Settings) -> None:
    english = [
        "Session source",
        "Session source / medium",
        "Session default channel group",
        "Session primary channel group",
    ]
    chinese = ["会话来源", "会话来源/媒介", "会话默认渠道组"]
    one_day = {f"en{number}": analytics(title, *GA4) for number, title in enumerate(english)}
    one_day |= {
        f"zh{number}": analytics(
            title, "会话数", "互动会话数", "总收入", above="# 开始日期：20261102\n# 结束日期：20261102"
        )
        for number, title in enumerate(chinese)
    }
    weeks = "# 20261101-20261108"
    one_day["explored"] = analytics(english[0], *GA4, above="# 20261102-20261102")
    one_day["by_day"] = analytics("Date", english[0], *GA4, above=weeks, day="20261102")
    load_shops(settings, one_day | {"week": analytics(english[1], *GA4, above=weeks)})
    summed = "count(*), sum(sessions), sum(engaged_sessions), sum(pay_amount)"
    found = ask(settings, f"select shop, min(day)::varchar, {summed} from source_day group by shop order by shop")
    assert found == [(shop, "2026-11-02", 2, 1500, 920, Decimal("450.5")) for shop in sorted(one_day)]
    assert (refusals(settings), quarantined(settings)) == ({"week": "not_by_day"}, [])


@pytest.mark.slow
def test_the_unit_yuan_in_a_header_changes_nothing(settings: Settings) -> None:
    """整体消耗, 整体消耗(元) and 整体消耗（元） are one column; 万元 is another amount."""
    titles = headers(
        "素材ID,素材名称,整体消耗{0},整体展示次数,整体点击次数,整体成交金额{0},整体成交订单数,净成交金额{0}"
    )
    row = ["7340000000000000001", "秋茶", "500.00", "9000", "300", "1500.00", "6", "1200.00"]
    kuaiche = headers("日期,计划id,计划名称,推广类型,展现量,点击量,花费{0},总成交金额{0}")
    of_plan = ["2026-11-02", "7001", "A", "标准", "1000", "10", "50.00", "80.00"]

    def table(titles: list[str], row: list[str], unit: str) -> bytes:
        return "统计日期：2026-11-02\n".encode() + csv_bytes([[t.format(unit) for t in titles], row], "utf-8")

    units = {"none": "", "narrow": "(元)", "wide": "（元）", "blank": " (元)"}
    creatives = {f"q_{name}": table(titles, row, unit) for name, unit in units.items()}
    plans = {f"z_{name}": table(kuaiche, of_plan, unit) for name, unit in units.items()}
    other = {"large": table(titles, row, "(万元)")}
    load_shops(settings, creatives | plans | other, "CNY")
    found = ask(settings, "select shop, spend, ad_revenue, net_ad_revenue from ad_day order by shop")
    assert found == [(shop, 500, 1500, 1200) for shop in sorted(creatives)] + [(s, 50, 80, None) for s in sorted(plans)]
    assert refusals(settings) == {"large": "unknown_headers"}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("last", ["2026-11-08", "2026-11-03", "", "soon"])
def test_a_row_of_several_days_has_no_day(settings: Settings, last: str) -> None:
    load(settings, meta("2026-11-02", last, "10.00", "2.5"))
    assert ads(settings) == []
    assert quarantined(settings) == [(2, "Reporting starts", f"2026-11-02~{last}", "unreadable day")]


def test_where_days_have_a_column_of_their_own_the_range_is_that_of_the_report(settings: Settings) -> None:
    load(settings, meta("2026-11-01", "2026-11-08", "10.00", "2.5", more={"Day": "2026-11-05"}))
    assert ads(settings) == [("2026-11-05", "Alpha", "Alpha", Decimal(10), Decimal(25), "USD")]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("spend", "roas", "revenue"),
    [("38.00", "3.95", "150.10"), ("0.33", "1.5151515", "0.50"), ("1,234.56", "0", "0.00"), ("5.00", "-", "0.00")],
)
def test_revenue_is_spend_times_roas_to_the_cent(
    settings: Settings, spend: str, roas: str, revenue: str | None
) -> None:
    load(settings, meta("2026-11-02", "2026-11-02", spend, roas))
    assert [row[4] for row in ads(settings)] == [revenue and Decimal(revenue)]


def test_the_stated_value_counts_before_the_roas(settings: Settings) -> None:
    more = {"Purchases conversion value": "24.90"}
    load(settings, meta("2026-11-02", "2026-11-02", "10.00", "2.5", more=more))
    assert [row[4] for row in ads(settings)] == [Decimal("24.90")]


@pytest.mark.parametrize(
    "column",
    [
        {"from": "Day", "type": "day", "until": {"Start": "End"}},
        {"from": "Start", "type": "text", "until": {"Start": "End"}},
        {"from": "Value", "type": "money", "product_of": ["spend"]},
        {"from": "Value", "type": "text", "product_of": ["spend", "roas"]},
        {"from": "Value", "type": "money", "product_of": ["spend", "roi"]},
    ],
)
def test_a_contract_that_says_half_of_it_is_refused(column: dict[str, object]) -> None:
    columns = {
        "id": {"from": "Id", "type": "id"},
        "spend": {"from": "Spend", "type": "money"},
        "roas": {"from": "ROAS", "type": "ratio"},
        "odd": column,
    }
    with pytest.raises(ValueError, match=r"until|product_of|roi"):
        Contract.model_validate(
            {
                "export": "x",
                "title": {"zh": "x", "en": "x"},
                "recognise": ["Id", "Spend"],
                "table": "t",
                "mode": "upsert",
                "key": ["id"],
                "version": {},
                "day": "version",
                "columns": columns,
            }
        )


@pytest.mark.slow
def test_a_meta_report_of_spend_alone_has_no_known_revenue(settings: Settings) -> None:
    """Beside a report that tells it: the ROAS of both is unknown, their spend whole."""
    titles = [*META, "Amount spent (USD)"]
    load(settings, csv_bytes([titles, ["2026-11-02", "2026-11-02", "Alpha", "8866", "2084", "10.00"]], "utf-8"))
    titles = headers("Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conv. value")
    load(settings, csv_bytes([titles, ["2026-11-02", "Brand", "7", "USD", "5", "9", "1", "20"]], "utf-8"), name="g.csv")
    build_models(settings)
    asked = "select entity, denominator, value from kpi.fct_kpi where metric = 'roas' and grain = 'week'"
    spent = "select entity, value, value from kpi.fct_kpi where metric = 'spend'"
    with duckdb.connect(str(settings.shop_warehouse), read_only=True) as con:
        found = sorted(con.execute(asked).fetchall())
        assert [row for row in found if row[0] in ("7", "Alpha", "s")] == [
            ("7", 5, 4),
            ("Alpha", 10, None),
            ("s", 15, None),
        ]
        assert ("s", 15, 15) in con.execute(spent).fetchall()


AD_TITLES = [*META[:3], "Ad set name", "Ad name", "Day", *META[3:], "Amount spent (USD)", "Purchases conversion value"]


def ad_rows(*rows: tuple[str, str, str, str, str]) -> bytes:
    """A report by ad: ad set, ad, impressions, spend and value of each row of one campaign and day."""
    day = "2026-11-02"
    lines = [[day, day, "Alpha", group, ad, day, seen, "1", spend, sold] for group, ad, seen, spend, sold in rows]
    return csv_bytes([AD_TITLES, *lines], "utf-8")


@pytest.mark.slow
def test_a_meta_report_by_ad_adds_up_to_its_campaigns(settings: Settings) -> None:
    """Two ads of one name count both; the campaign's own row is their sum, and the row again says nothing new."""
    ads_of_alpha = [("Broad", "Video", "10", "12.50", "118"), ("Broad", "Video", "20", "20.00", "0")]
    ads_of_alpha += [("Broad", f"Cap {number}", "5", "1.00", "2") for number in range(10)]
    load(settings, ad_rows(*ads_of_alpha, ("All", "All", "80", "42.50", "138"), ads_of_alpha[2]))
    assert ask(settings, "select count(*), sum(spend), sum(ad_revenue) from ad_day") == [(11, Decimal("41.50"), 136)]
    kept_out = "select line, reason_code from quarantine order by line"
    assert ask(settings, kept_out) == [(4, "check_unique"), (14, "subtotal"), (15, "check_unique")]


def test_a_google_report_by_device_adds_up_to_its_campaigns(settings: Settings) -> None:
    titles = headers("Day,Campaign,Campaign ID,Device,Currency code,Cost,Impr.,Clicks,Conv. value")
    rows = [["2026-11-02", "Brand", "77", device, "USD", "10.00", "9", "1", "3"] for device in ("Mobile", "Computers")]
    load(settings, csv_bytes([titles, *rows], "utf-8"))
    assert (ask(settings, "select sum(spend) from ad_day"), quarantined(settings)) == ([(20,)], [])


def test_rows_that_nothing_tells_apart_are_refused_with_their_key(settings: Settings) -> None:
    titles = headers("日期,场景名字,计划ID,计划名字,主体ID,展现量,点击量,花费,总成交金额,总成交笔数")
    rows = [["2026-11-02", "关键词推广", "7001", "A", "9", "1000", "10", "100", sold, "2"] for sold in ("300", "500")]
    load(settings, csv_bytes([titles, *rows], "gb18030"), "CNY")
    values = '{"broken":2,"rows":2,"columns":["day","计划ID","主体ID"]}'
    assert ask(settings, "select state, reason_code, reason_values from loads") == [("failed", "repeated_keys", values)]


@pytest.mark.parametrize(
    ("order", "cell", "day"),
    [
        ("day_first", "03/01/19", "2019-01-03"),
        ("day_first", "3-1-19 10:15", "2019-01-03"),
        ("day_first", "03.01.19", "2019-01-03"),
        ("day_first", "2019/1/3", "2019-01-03"),
        ("month_first", "1/3/19", "2019-01-03"),
        ("month_first", "13/1/19", None),
        ("year_first", "03/01/19", None),
    ],
)
def test_years_of_two_digits_where_the_order_is_stated(
    settings: Settings, order: str, cell: str, day: str | None
) -> None:
    with duckdb.connect() as con:
        con.execute(library_sql("ingest/types") + library_sql("ingest/moments"))
        read = f"select parse_day_{order}($1, 'UTC', null)::varchar"
        assert con.execute(read, [cell]).fetchone() == (day,)
