"""Order of day and month: inferred where files prove it, refused with a clear message where nothing does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from files import UCI, ask, csv_bytes, drop, load_all
from order_files import doudian_csv, doudian_line
from shopwatch.core.settings import Settings

MODIFIED = "2026-11-20T01:00:00"


def day_file(*moments: str) -> bytes:
    rows = ([f"5{n:05}", "A1", "cup", "1", moment, "2.50", "17850", "France"] for n, moment in enumerate(moments))
    return csv_bytes([UCI, *rows], "utf-8")


def american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year} 8:26"


def load(settings: Settings, files: dict[str, bytes], shops: str = "", modified: str = MODIFIED) -> None:
    settings.home.mkdir(exist_ok=True)
    names = sorted({name.split("/")[0] for name in files})
    declared = shops or "".join(f"{name}: {{title: t, platform: uci, currency: GBP}}\n" for name in names)
    (settings.home / "shops.yaml").write_text(declared, "utf-8")
    for name, content in files.items():
        drop(settings, name, content, modified=modified)
    load_all(settings)


def days(settings: Settings, shop: str) -> list[str]:
    sql = f"select distinct day::varchar from incoming.uci_orders where shop = '{shop}' order by 1"
    return [day for (day,) in ask(settings, sql)]


def refused(settings: Settings) -> list[tuple]:
    return ask(settings, "select shop, reason_code from loads where state = 'rejected' order by file")


FIRST = date(2026, 11, 2)
DAILY = {f"daily/{n}.csv": day_file(american(FIRST + timedelta(days=n))) for n in range(4)}
FILES = {
    "month/a.csv": day_file("11/2/2026 8:26", "11/13/2026 9:00"),
    "day/a.csv": day_file("2.11.2026 8:26", "13.11.2026 9:00"),
    "future/a.csv": day_file("11/12/2026 8:26"),
    "named/2026-11-02.csv": day_file("11/2/2026 8:26", "11/2/2026 9:00"),
    "same/a.csv": day_file("11/11/2026 8:26"),
    "other/a.csv": day_file("11/2/2026 8:26"),
    "other/b.csv": day_file("11/14/2026 8:26"),
    "year/a.csv": day_file("11/13/26 8:26"),
    "alone/a.csv": day_file("11/2/2026 8:26"),
    "both/a.csv": day_file("11/13/2026 8:26", "13/11/2026 8:26"),
    "short/a.csv": day_file("13/11/26 8:26"),
    **DAILY,
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("orders"), settle_seconds=0)
    load(settings, FILES)
    return settings


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("shop", "read"),
    [
        ("month", ["2026-11-02", "2026-11-13"]),
        ("day", ["2026-11-02", "2026-11-13"]),
        ("future", ["2026-11-12"]),
        ("named", ["2026-11-02"]),
        ("same", ["2026-11-11"]),
        ("other", ["2026-11-02", "2026-11-14"]),
        ("year", ["2026-11-13"]),
        ("daily", ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]),
    ],
)
def test_the_order_is_that_which_the_files_prove(loaded: Settings, shop: str, read: list[str]) -> None:
    assert days(loaded, shop) == read


def test_what_proves_nothing_or_both_is_refused(loaded: Settings) -> None:
    assert refused(loaded) == [(shop, "unclear_dates") for shop in ("alone", "both", "short")]


@pytest.mark.slow
def test_a_refused_file_loads_once_another_shows_the_order(settings: Settings) -> None:
    load(settings, {"s/a.csv": day_file("11/2/2026 8:26")}, modified="2026-11-03T01:00:00")
    load(settings, {"s/b.csv": day_file("11/13/2026 8:26")}, modified="2026-11-14T01:00:00")
    assert (days(settings, "s"), refused(settings)) == (["2026-11-02", "2026-11-13"], [])
    load(settings, {"s/c.csv": day_file("12/1/2026 8:26")}, modified="2026-12-02T01:00:00")
    assert days(settings, "s") == ["2026-11-02", "2026-11-13", "2026-12-01"]


def test_a_promised_time_ahead_of_the_export_proves_nothing(settings: Settings) -> None:
    """11/12/2026 as a promise may be of December: only the row's own day is never ahead."""
    times = {"订单提交时间": "11/2/2026 09:00", "支付完成时间": "11/2/2026 09:05", "承诺发货时间": "11/12/2026 09:00"}
    load(settings, {"s/a.csv": doudian_csv([doudian_line("A", "A1", **times)])})
    assert refused(settings) == [("s", "unclear_dates")]


def test_a_shop_may_state_the_order(settings: Settings) -> None:
    load(settings, {"s/a.csv": day_file("11/2/2026 8:26")})
    assert refused(settings) == [("s", "unclear_dates")]
    load(settings, {}, "s: {title: t, platform: uci, currency: GBP, date_order: day_first}\n")
    assert (days(settings, "s"), refused(settings)) == (["2026-02-11"], [])
