"""Reports of traffic by week or month: refused with what to do, alone and in a batch, never stored as days."""

from __future__ import annotations

import json

import pytest

from amazon_files import by_date
from files import DAY, ask, csv_bytes, drop, headers, load_all
from platforms import sycm_shop
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import Settings

SHOPS = {"us": "USD", "de": "EUR", "es": "EUR", "cn": "CNY"}
GERMAN = headers(
    "(Übergeordnete) ASIN,(Untergeordnete) ASIN,Titel,Sitzungen – Summe,Sitzungen – Summe – B2B,Seitenaufrufe – Summe,"
    "Bestellte Einheiten,Durch bestellte Produkte erzielter Umsatz,Zahl der Bestellposten"
)
GERMAN_DAYS = headers(
    "Datum,Durch bestellte Produkte erzielter Umsatz,Bestellte Einheiten,Bestellposten,Sitzungen – Summe"
)
SPANISH = headers(
    "SKU,Título,ASIN (parent),ASIN (child),Sesiones: total,Unidades encargadas,Ventas de productos encargados"
)


@pytest.fixture
def home(settings: Settings) -> Settings:
    settings.home.mkdir(exist_ok=True)
    shops = "".join(f"{shop}: {{title: s, platform: p, currency: {c}}}\n" for shop, c in SHOPS.items())
    (settings.home / "shops.yaml").write_text(shops, "utf-8")
    return settings


def load(settings: Settings, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        drop(settings, name, content, "2026-11-29T10:00:00")
    load_all(settings)


def test_weeks_months_and_named_ranges_are_refused(home: Settings) -> None:
    load(
        home,
        {
            "us/weeks.csv": by_date("11/1/26", "11/8/26", "11/15/26"),
            "us/months.csv": by_date("9/1/26", "10/1/26", "11/1/26"),
            "us/BusinessReport_2026-11-15_2026-11-21.csv": by_date("11/15/26"),
            "cn/店铺_20261102-20261108.xlsx": sycm_shop(DAY),
            "cn/店铺按周.xlsx": sycm_shop("2026-11-02", "2026-11-09"),
        },
    )
    values = "reason_values->>'$.first', coalesce(reason_values->>'$.second', reason_values->>'$.last')"
    assert ask(home, f"select file, reason_code, {values} from loads order by file") == [
        ("BusinessReport_2026-11-15_2026-11-21.csv", "sums_up_days", "2026-11-15", "2026-11-21"),
        ("months.csv", "not_daily", "2026-09-01", "2026-10-01"),
        ("weeks.csv", "not_daily", "2026-11-01", "2026-11-08"),
        ("店铺_20261102-20261108.xlsx", "sums_up_days", "2026-11-02", "2026-11-08"),
        ("店铺按周.xlsx", "not_daily", "2026-11-02", "2026-11-09"),
    ]
    assert ask(home, "select count(*) from loads where state = 'incoming'") == [(0,)]
    ((code, told),) = ask(home, "select reason_code, reason_values from loads where file = 'weeks.csv'")
    assert "sums up a week or a month" in sentence(home.include, "en", code, json.loads(told))


def test_days_load_whatever_their_number_and_their_gaps(home: Settings) -> None:
    load(
        home,
        {
            "us/one.csv": by_date("11/2/26"),
            "us/2026-10-01_2026-10-31.csv": by_date("10/1/26", "10/2/26", "10/31/26"),
            "cn/【生意参谋】_2026-11-02_2026-11-02.xlsx": sycm_shop(DAY),
        },
    )
    assert ask(home, "select shop, count(*) from loads where rows_loaded > 0 group by shop order by 1") == [
        ("cn", 1),
        ("us", 2),
    ]


@pytest.mark.slow
def test_reports_in_german_and_spanish(home: Settings) -> None:
    """Amounts have a comma, counts an English one; the day comes first."""
    by_asin = ["P", "B01", "Tasse", "1,234", "5", "2,345", "87", "5.255,61 €", "80"]
    in_spanish = ["S", "Taza", "P", "B01", "3,200", "7,391", "127.156,00"]
    load(
        home,
        {
            f"de/Bericht_{DAY}.csv": csv_bytes([GERMAN, by_asin], "utf-8-sig"),
            "de/Tage.csv": csv_bytes(
                [GERMAN_DAYS, ["02.11.26", "8.575,10 €", "367", "327", "1.266"], ["03.11.26", "0,00 €", "0", "0", "9"]],
                "utf-8-sig",
            ),
            f"es/informe_{DAY}.csv": csv_bytes([SPANISH, in_spanish], "utf-8-sig", delimiter=";"),
        },
    )
    assert ask(home, "select line, column_name, value, reason from quarantine") == []
    values = "sessions, order_pieces, order_items, order_amount::double from"
    assert ask(home, f"select shop, views, {values} incoming.amazon_business_report order by shop") == [
        ("de", 2345, 1234, 87, 80, 5255.61),
        ("es", None, 3200, 7391, None, 127156.0),
    ]
    assert ask(home, f"select day::varchar, {values} incoming.amazon_business_report_days order by day") == [
        ("2026-11-02", 1266, 367, 327, 8575.1),
        ("2026-11-03", 9, 0, 0, 0.0),
    ]
