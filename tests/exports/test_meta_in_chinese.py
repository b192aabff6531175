"""Meta reports of an account whose language is Chinese, and those of the default columns."""

from __future__ import annotations

from decimal import Decimal

from files import ask, csv_bytes, drop, headers, load_all
from shopwatch.quality import check_and_settle
from shopwatch.settings import Settings


def test_a_meta_report_in_chinese_is_the_same_report(settings: Settings) -> None:
    titles = headers(
        "报告开始日期,报告结束日期,广告系列名称,广告系列 ID,成效,已花费金额 (USD),"
        "购物转化价值,购物次数,链接点击量,展示次数"
    )
    day = ["2026-11-02", "2026-11-02"]
    rows = [
        [*day, "Alpha", "7001", "3", "1,234.50", "4,000.00", "3", "80", "5000"],
        [*day, "Beta", "7002", "", "300.00", "", "", "10", "900"],
        [*day, "", "", "3", "1,534.50", "4,000.00", "3", "90", "5900"],
    ]
    by_ad = headers(
        "单日,报告开始日期,报告结束日期,广告系列编号,广告系列名称,广告编号,广告名称,"
        "花费金额 (USD),广告花费回报 (ROAS) - 购物"
    )
    ads_of_alpha = [
        ["2026-11-02", "2026-11-01", "2026-11-30", "7001", "Alpha", f"9{n}", "Video", "10.00", "2.5"] for n in (1, 2)
    ]
    whole = ["2026-11-02", "2026-11-01", "2026-11-30", "7001", "Alpha", "全部", "全部", "20.00", "2.5"]
    files = {
        "campaigns": csv_bytes([titles, *rows], "utf-8-sig"),
        "ads": csv_bytes([by_ad, *ads_of_alpha, whole], "utf-8-sig"),
        "default": csv_bytes(
            [
                headers(
                    "Campaign name,Campaign delivery,Results,Reach,Amount spent (USD),"
                    "Ends,Reporting starts,Reporting ends"
                ),
                ["Alpha", "active", "3", "900", "10.00", "Ongoing", *day],
            ],
            "utf-8",
        ),
    }
    settings.home.mkdir(exist_ok=True)
    shops = [f"{shop}: {{title: s, platform: meta, currency: USD}}\n" for shop in files]
    (settings.home / "shops.yaml").write_text("".join(shops), "utf-8")
    for shop, content in files.items():
        drop(settings, f"{shop}/report.csv", content, modified="2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    found = ask(
        settings,
        "select shop, day::varchar, campaign_id, sum(spend), sum(ad_revenue) from ad_day group by all order by all",
    )
    assert found == [
        ("ads", "2026-11-02", "7001", 20, 50),
        ("campaigns", "2026-11-02", "7001", Decimal("1234.5"), 4000),
        ("campaigns", "2026-11-02", "7002", 300, 0),
        ("default", "2026-11-02", "Alpha", 10, None),
    ]
