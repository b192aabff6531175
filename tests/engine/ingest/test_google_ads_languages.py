"""Google Ads campaign reports as the interface exports them in German, French, Japanese and Chinese."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from files import ask, csv_bytes, drop, load_all
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.check import check_and_settle

Lines = list[list[str]]
GERMAN: Lines = [
    ["Kampagnenbericht"],
    ["1. November 2026 - 3. November 2026"],
    [
        "Kampagnenstatus",
        "Kampagne",
        "Tag",
        "Währungscode",
        "Impressionen",
        "Klicks",
        "Kosten",
        "Conversions",
        "Conv.-Wert",
    ],
    ["Aktiv", "Marke", "2026-11-02", "EUR", "1.000", "200", "40,00", "14", "1.300,00"],
    ["Aktiv", "Shopping", "2026-11-02", "EUR", "8000", "300", "1.180,50", "9,5", "0"],
    ["Gesamt: Konto", " --", " --", "EUR", "9.000", "500", "1.220,50", "23,5", "1.300,00"],
]
FRENCH: Lines = [
    ["Rapport sur les campagnes"],
    ["1 novembre 2026 - 3 novembre 2026"],
    ["Jour", "Campagne", "Type de campagne", "Coût", "Impr.", "Clics", "Conversions", "Valeur de conv."],
    ["2026-11-02", "Marque", "Réseau de Recherche", "12,34", "1 234", "56", "2,00", "1 234,56"],
    ["2026-11-02", "Achats", "Shopping", "1 000,00", "987", "6", "0,00", "--"],
    ["Total : toutes les campagnes", " --", "", "1 012,34", "2 221", "62", "2,00", "1 234,56"],
]
JAPANESE: Lines = [
    ["キャンペーン レポート"],
    ["2026年11月2日～2026年11月2日"],
    [
        "キャンペーンの状態",
        "キャンペーン",
        "キャンペーン タイプ",
        "クリック数",
        "表示回数",
        "クリック率",
        "平均クリック単価",
        "費用",
        "コンバージョン値",
    ],
    ["有効", "指名", "検索", "120", "1,234", "9.72%", "12", "1,440", "5,600"],
]
CHINESE: Lines = [
    ["广告系列报告"],
    ["2026年11月1日 - 2026年11月3日"],
    ["日期", "广告系列", "设备", "货币代码", "费用", "展示次数", "点击次数", "转化次数", "转化价值"],
    ["2026-11-02", "品牌", "手机", "CNY", "1,200.50", "12,000", "300", "4.00", "3600.00"],
    ["2026-11-02", "品牌", "计算机", "CNY", "99.50", "1,000", "30", "1.00", "400.00"],
]
FILES = {
    "german": ("EUR", GERMAN, [("Marke", 40, 1000, 200, 1300), ("Shopping", Decimal("1180.50"), 8000, 300, 0)]),
    "french": ("EUR", FRENCH, [("Achats", 1000, 987, 6, 0),
        ("Marque", Decimal("12.34"), 1234, 56, Decimal("1234.56"))]),
    "japanese": ("JPY", JAPANESE, [("指名", Decimal("1440.00"), 1234, 120, Decimal("5600.00"))]),
    "chinese": ("CNY", CHINESE, [("品牌", Decimal("1300.00"), 13000, 330, Decimal("4000.00"))]),
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("languages"), settle_seconds=0)
    declared = [
        f"{shop}: {{title: s, platform: p, currency: {currency}}}\n" for shop, (currency, _, _) in FILES.items()
    ]
    (settings.home / "shops.yaml").write_text("".join(declared), "utf-8")
    for shop, (_, lines, _) in FILES.items():
        drop(settings, f"{shop}/report.csv", csv_bytes(lines, "utf-8-sig"), modified="2026-11-04T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    return settings


@pytest.mark.sampled(4)
@pytest.mark.parametrize("shop", FILES)
def test_a_report_reads_the_same_in_every_language(loaded: Settings, shop: str) -> None:
    sums = (
        "select campaign_name, sum(spend), sum(impressions), sum(clicks), sum(ad_revenue) from ad_day "
        f"where shop = '{shop}' and day = date '2026-11-02' group by 1 order by 1"
    )
    assert ask(loaded, sums) == FILES[shop][2]
    assert ask(loaded, f"select line, column_name, value, reason from quarantine where shop = '{shop}'") == []


def test_several_days_without_a_column_of_days_are_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, settle_seconds=0)
    (tmp_path / "shops.yaml").write_text("s: {title: s, platform: p, currency: JPY}\n", "utf-8")
    lines = [JAPANESE[0], ["2026年11月1日～2026年11月12日"], *JAPANESE[2:]]
    drop(settings, "s/report.csv", csv_bytes(lines, "utf-8-sig"))
    load_all(settings)
    first_last = "reason_values->>'$.first', reason_values->>'$.last'"
    assert ask(settings, f"select reason_code, {first_last} from loads") == [("not_by_day", "2026-11-01", "2026-11-12")]


@pytest.mark.parametrize(
    ("cell", "currency", "number"),
    [
        ("1.234", "EUR", "1234"), ("1.234.567", "EUR", "1234567"), ("1.234,5", "EUR", "1234.5"),
        ("0,57", "EUR", "0.57"),
        ("1 234,56", "EUR", "1234.56"), ("1\u202f234,56", "EUR", "1234.56"), ("1,234.56", "USD", "1234.56"),
        ("1,234", "USD", "1234"),
        ("0.123", "EUR", "0.123"), ("1.234", "KWD", "1.234"), ("12.5", "EUR", "12.5"), ("1.2345", "EUR", "1.2345"),
    ],
)  # fmt: skip
def test_points_part_thousands_where_amounts_may_have_a_comma(cell: str, currency: str, number: str) -> None:
    with duckdb.connect() as con:
        con.execute(library_sql("ingest/types"))
        con.execute("set variable decimal_comma = true")
        con.execute("set variable currency = $1", [currency])
        assert con.execute("select plain_number($1)", [cell]).fetchone() == (number,)
