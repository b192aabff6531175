"""Which export is due when, what is late by a night, and that it is reported once and to its owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shopwatch.catalog.calendar import is_working_day, load_events
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.shops import Shop
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.strict_yaml import read_yaml
from shopwatch.judge.cases import SUNDAY
from shopwatch.judge.freshness import DueTime, freshness, read_freshness
from shopwatch.notify.mail import render
from shopwatch.store.tables import open_store
from watching import Watch, include_with, weeks

EVENTS = load_events(PROJECT / "include")
CONTRACTS = load_contracts(PROJECT / "include")


def shop(**said: object) -> Shop:
    return Shop.model_validate({"name": "tea", "title": "Tea", "platform": "tmall", "currency": "CNY", **said})


def due(**said: object) -> DueTime:
    return DueTime.model_validate({"export": "sycm_products", "by": "09:00", "owner": "运营", **said})


def state(
    last: str | None,
    night: str,
    days: str = "every_day",
    by: str = "09:00",
    export: str = "sycm_products",
    shops: tuple[str, ...] = (),
    **said: object,
) -> tuple[str, str]:
    """The state by a night, and when what should be there was due."""
    last_day = date.fromisoformat(last) if last else None
    declared, of = due(days=days, by=by, shops=shops), shop(**said)
    found = freshness(declared, of, CONTRACTS[export], last_day, date.fromisoformat(night), EVENTS)
    return found.state, f"{found.due_at:%m-%d %H:%M}" if found.due_at else ""


def test_a_shop_that_is_named_is_late_before_its_first_export() -> None:
    assert state(None, "2026-11-12", shops=("tea",)) == ("late", "11-12 09:00")
    assert state(None, "2026-11-12", shops=("coffee",)) == ("not_expected", "")


@pytest.mark.parametrize(
    ("last", "night", "days", "expected"),
    [
        ("2026-11-11", "2026-11-12", "every_day", ("fresh", "11-12 09:00")),
        ("2026-11-10", "2026-11-12", "every_day", ("late", "11-12 09:00")),
        ("2026-11-12", "2026-11-12", "every_day", ("fresh", "11-12 09:00")),
        (None, "2026-11-12", "every_day", ("not_expected", "")),
        ("2026-11-12", "2026-11-15", "working_days", ("fresh", "11-13 09:00")),  # Friday's is due on Monday
        ("2026-11-12", "2026-11-16", "working_days", ("late", "11-16 09:00")),
        ("2026-11-15", "2026-11-16", "working_days", ("fresh", "11-16 09:00")),
        ("2026-09-29", "2026-10-07", "working_days", ("fresh", "09-30 09:00")),  # National Day: a week off
        ("2026-09-29", "2026-10-08", "working_days", ("late", "10-08 09:00")),
        ("2026-10-08", "2026-10-10", "working_days", ("late", "10-10 09:00")),  # a Saturday that is worked
        ("2026-10-09", "2026-10-11", "working_days", ("fresh", "10-10 09:00")),
        ("2026-02-12", "2026-02-14", "working_days", ("late", "02-14 09:00")),  # worked for Spring Festival
        ("2026-02-13", "2026-02-23", "working_days", ("fresh", "02-14 09:00")),
        ("2026-02-13", "2026-02-24", "working_days", ("late", "02-24 09:00")),
        ("2026-11-08", "2026-11-15", "mon", ("fresh", "11-09 09:00")),
        ("2026-11-08", "2026-11-16", "mon", ("late", "11-16 09:00")),
    ],
)
def test_what_is_late_by_a_night(last: str | None, night: str, days: str, expected: tuple[str, str]) -> None:
    assert state(last, night, days) == expected


@pytest.mark.parametrize(
    ("last", "ended", "expected"),
    [
        ("2026-11-04", {"zhitongche": "2026-11-04"}, ("fresh", "11-05 09:00")),
        ("2026-11-03", {"zhitongche": "2026-11-04"}, ("late", "11-05 09:00")),
        ("2026-11-04", {"zhitongche": "2026-08-01"}, ("not_expected", "")),
        ("2026-11-04", {"wanxiang": "2026-11-04"}, ("late", "11-12 09:00")),
    ],
)
def test_a_report_is_due_until_its_pot_of_ad_money_ended(
    last: str, ended: dict[str, str], expected: tuple[str, str]
) -> None:
    assert state(last, "2026-11-12", export="zhitongche_plans", ended_ad_accounts=ended) == expected


ZONES = ("Asia/Shanghai", "Europe/London", "America/Los_Angeles", "Pacific/Kiritimati")
LAST_YEAR = date(2025, 12, 20)
YEAR = [LAST_YEAR + timedelta(days=n) for n in range(340)]
OFF = {
    LAST_YEAR + timedelta(days=n)
    for entry in read_yaml(PROJECT / "include" / "calendar.yaml").values()
    if entry.get("holiday")
    for span in entry["spans"]
    for n in range(-1, 341)
    if span["first"] <= LAST_YEAR + timedelta(days=n) <= span["last"]
}
WORKED = {
    day for entry in read_yaml(PROJECT / "include" / "calendar.yaml").values() for day in entry.get("make_up", ())
}
DAYS = {
    "every_day": lambda day: True,
    "working_days": lambda day: day in WORKED or (day.isoweekday() <= 5 and day not in OFF),
    "mon": lambda day: day.isoweekday() == 1,
    "fri": lambda day: day.isoweekday() == 5,
}


@given(
    night=st.sampled_from(YEAR[50:-20]),
    age=st.integers(0, 20),
    days=st.sampled_from(sorted(DAYS)),
    hour=st.integers(0, 23),
    zone=st.sampled_from(ZONES),
    closed=st.sampled_from([(), ("sat",), ("sat", "sun")]),
)
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_export_is_due_as_a_walk_through_the_year_says(
    night: date, age: int, days: str, hour: int, zone: str, closed: tuple[str, ...]
) -> None:
    """Every day of the year gets its moment by walking forward; the newest that has passed is what is due."""
    night_ends = datetime.combine(night + timedelta(days=1), time(0), ZoneInfo("Asia/Shanghai")).timestamp()
    due: dict[date, datetime] = {}
    waiting: list[date] = []
    for day in YEAR:
        if DAYS[days](day):
            due |= dict.fromkeys(waiting, datetime.combine(day, time(hour), ZoneInfo(zone)))
            waiting = []
        if f"{day:%a}".lower() not in closed:
            waiting.append(day)
    passed = [day for day, moment in due.items() if moment.timestamp() <= night_ends and day <= night]
    newest, last = max(passed), night - timedelta(days=age)
    expected = ("fresh" if last >= newest else "late", f"{due[newest]:%m-%d %H:%M}")
    assert state(last.isoformat(), night.isoformat(), days, f"{hour:02}:00", timezone=zone, closed=closed) == expected


def test_the_hour_is_the_shops_own() -> None:
    assert state("2026-11-10", "2026-11-12", timezone="Europe/London") == ("late", "11-12 09:00")
    assert state("2026-11-10", "2026-11-12", timezone="America/Los_Angeles") == ("fresh", "11-11 09:00")


def test_no_export_is_due_of_a_day_on_which_the_shop_never_trades() -> None:
    assert state("2026-11-13", "2026-11-15") == ("late", "11-15 09:00")
    assert state("2026-11-13", "2026-11-15", closed=["sat"]) == ("fresh", "11-14 09:00")


def test_an_hour_without_quotes_is_read() -> None:
    assert f"{due(by=630).by:%H:%M}" == "10:30"


def test_weekends_are_worked_where_the_calendar_says_so() -> None:
    assert [is_working_day(date(2026, 2, day), EVENTS) for day in (13, 14, 15, 23, 24, 28)] == [
        True, True, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{export: sycm_product, by: '09:00', owner: 运营}", "did you mean `sycm_products`"),
        ("{export: sycm_products, by: '09:00', owner: 运}", "unknown owner"),
        ("{export: sycm_products, by: '09:00', owner: 运营, shops: [qinhe]}", "did you mean `qinghe`"),
        ("{export: sycm_products, by: late, owner: 运营}", "by"),
        ("{export: sycm_products, by: '09:00', owner: 运营, days: sundays}", "days"),
    ],
)
def test_a_wrong_entry_stops_only_itself(tmp_path: Path, entry: str, reason: str) -> None:
    entries = f"- {entry}\n- {{export: tmall_orders, by: '10:00', owner: 运营}}\n"
    include = include_with(tmp_path, freshness=entries)
    found, faults = read_freshness(Catalog(Settings(include=include)))
    assert [one.export for one in found] == ["tmall_orders"]
    assert reason in str(faults[0])
    assert "freshness.yaml" in str(faults[0])


@pytest.fixture
def watch(settings: Settings) -> Iterator[Watch]:
    with open_store(settings) as engine, Session(engine) as session:
        yield Watch(settings, session)


def test_one_late_export_is_one_entry_and_what_it_blocks_is_reported_with_it(watch: Watch) -> None:
    watch.night("3 3")
    watch.late = SUNDAY
    watch.night("3 3 !", weeks(1))
    assert watch.digest is not None
    assert watch.digest.blocked == ()
    (late,) = watch.digest.late
    assert (late.export, late.last_day, late.due_at) == (
        "生意参谋 商品_全部",
        SUNDAY,
        datetime.combine(weeks(1) - timedelta(days=1), datetime.min.time()),
    )
    assert late.rules == ("支付转化率过低",)
    mail = render(watch.digest, watch.settings.include, "shopwatch <shopwatch@localhost>")
    assert mail["Subject"] == "运营 · 迟交报表 1 份 · The shop"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "最近一份是 2026-11-15 的。因此未判断：支付转化率过低。" in body.get_content()


@pytest.mark.slow
def test_it_is_reported_once_and_again_after_a_week(watch: Watch) -> None:
    watch.late = SUNDAY - timedelta(days=2)
    told = []
    for day in range(9):
        watch.night("3 3", SUNDAY + timedelta(days=day))
        told.append(len(watch.digest.late) if watch.digest else 0)
    assert told == [1, 0, 0, 0, 0, 0, 0, 1, 0]


def test_what_something_else_blocks_is_reported_by_itself(watch: Watch) -> None:
    watch.late = weeks(1)  # the gap lies before the last day that is there
    watch.night("3 3 !", weeks(1))
    assert watch.digest is not None
    assert (len(watch.digest.late), len(watch.digest.blocked)) == (1, 1)
