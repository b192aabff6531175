"""Meta reports of an account whose language is German, as Excel and Meta itself write their numbers."""

from __future__ import annotations

import pytest

from files import ask, csv_bytes, drop, headers, load_all, xlsx_bytes
from shopwatch.core.settings import Settings

TITLES = headers(
    "Berichtsstart,Berichtsende,Kampagnenname,Name der Anzeigengruppe,Ausgegebener Betrag (EUR),Impressionen,"
    "Link-Klicks,Käufe,Conversion-Wert für Käufe"
)
DAY = ["2026-11-02", "2026-11-02"]
FILES = {
    "meta.csv": csv_bytes(
        [
            TITLES,
            [*DAY, "Tassen", "Breit", "10.50", "1200", "30", "2", "1040.25"],
            [*DAY, "Tassen", "Ähnlich", "2.00", "90", "3", "", ""],
            [*DAY, "", "", "12.50", "1290", "33", "2", "1040.25"],
        ],
        "utf-8-sig",
    ),
    "excel.csv": csv_bytes(
        [
            TITLES,
            [*DAY, "Tassen", "Breit", "10,50", "1.200", "30", "2", "1.040,25"],
            [*DAY, "Tassen", "Ähnlich", "2,00", "90", "3", "", ""],
        ],
        "cp1252",
        delimiter=";",
    ),
    "by_day.xlsx": xlsx_bytes(
        [
            headers("Tag,Kampagnenname,Anzeigenname,Ausgegebener Betrag (EUR),ROAS (Return on Ad Spend) für Käufe"),
            ["2026-11-02", "Tassen", "Video", "12.50", "83.22"],
        ]
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", FILES)
def test_a_meta_report_in_german_is_the_same_report(settings: Settings, name: str) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text("de: {title: s, platform: meta, currency: EUR}\n", "utf-8")
    drop(settings, f"de/{name}", FILES[name], modified="2026-11-20T01:00:00")
    load_all(settings)
    sums = "campaign_id, day::varchar, sum(spend)::double, sum(ad_revenue)::double"
    assert ask(settings, "select line, reason_code from quarantine") == []
    assert ask(settings, f"select {sums} from incoming.meta_campaigns group by all") == [
        ("Tassen", "2026-11-02", 12.5, 1040.25)
    ]
