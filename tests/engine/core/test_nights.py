"""Which day a night is about, whoever started it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwatch.core.nights import business_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = ("Asia/Shanghai", "Europe/London", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu")
NIGHT = datetime(2026, 11, 16, 2, 30, tzinfo=SHANGHAI)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))


def test_a_scheduled_night_is_about_the_day_before_its_logical_date() -> None:
    assert business_date(None, NIGHT.astimezone(UTC), NIGHT.astimezone(UTC)) == date(2026, 11, 15)


def test_a_backfill_is_about_its_logical_date_and_not_about_the_moment_it_runs() -> None:
    assert business_date(None, NIGHT, datetime(2027, 3, 1, 12, tzinfo=UTC)) == date(2026, 11, 15)


def test_a_run_without_logical_date_is_about_the_day_before_it_was_due() -> None:
    assert business_date(None, None, NIGHT) == date(2026, 11, 15)


def test_with_no_moment_at_all_it_is_yesterday_in_the_zone() -> None:
    before = datetime.now(SHANGHAI).date()
    found = business_date()
    assert found in {before - timedelta(days=1), datetime.now(SHANGHAI).date() - timedelta(days=1)}


def test_what_is_asked_wins_over_every_moment() -> None:
    assert business_date("2026-09-07", NIGHT, NIGHT) == date(2026, 9, 7)


def test_latest_leaves_the_day_to_the_exports() -> None:
    assert business_date("latest", NIGHT, NIGHT) is None


@pytest.mark.parametrize("asked", ["", None])
def test_an_empty_question_asks_nothing(asked: str | None) -> None:
    assert business_date(asked, NIGHT) == date(2026, 11, 15)


@pytest.mark.parametrize("asked", ["yesterday", "2026-02-30", "15.11.2026", "Latest"])
def test_what_is_no_date_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|day is out of range|day .* must be in range"):
        business_date(asked)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-11-15T15:59:59+00:00", "Asia/Shanghai", "2026-11-14"),
        ("2026-11-15T16:00:00+00:00", "Asia/Shanghai", "2026-11-15"),
        ("2026-11-15T23:59:59+08:00", "Asia/Shanghai", "2026-11-14"),
        ("2026-11-16T00:00:00+08:00", "Asia/Shanghai", "2026-11-15"),
        ("2026-11-15T16:00:00+00:00", "UTC", "2026-11-14"),
        ("2026-12-31T16:00:00+00:00", "Asia/Shanghai", "2026-12-31"),
        ("2028-02-29T16:00:00+00:00", "Asia/Shanghai", "2028-02-29"),
        # London's clock goes forward on 29 March and back on 25 October 2026
        ("2026-03-28T23:59:59+00:00", "Europe/London", "2026-03-27"),
        ("2026-03-29T23:00:00+00:00", "Europe/London", "2026-03-29"),
        ("2026-10-25T23:59:59+00:00", "Europe/London", "2026-10-24"),
        ("2026-10-26T00:00:00+00:00", "Europe/London", "2026-10-25"),
    ],
)
def test_midnight_is_the_zones_own(moment: str, zone: str, day: str) -> None:
    due = datetime.fromisoformat(moment)
    assert business_date(None, due, None, zone) == date.fromisoformat(day)
    assert business_date(None, None, due, zone) == date.fromisoformat(day)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_nights_at_half_past_two_name_each_day_of_a_year_once(zone: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    moments = [datetime(day.year, day.month, day.day, 2, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in days]
    assert [business_date(None, moment, None, zone) for moment in moments] == [day - timedelta(days=1) for day in days]


@given(MOMENTS, st.sampled_from(ZONES))
def test_the_day_had_closed_when_the_night_began_and_it_was_the_last_one(moment: datetime, zone: str) -> None:
    day = business_date(None, moment, None, zone)
    assert day is not None
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    after_next = datetime.combine(day + timedelta(days=2), datetime.min.time(), ZoneInfo(zone))
    assert midnight.astimezone(UTC) <= moment < after_next.astimezone(UTC)


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_the_zone_that_a_moment_is_written_in_says_nothing(moment: datetime, zone: str, written_in: str) -> None:
    assert business_date(None, moment.astimezone(ZoneInfo(written_in)), None, zone) == business_date(
        None, moment, None, zone
    )


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), MOMENTS)
def test_every_day_can_be_asked_for(day: date, moment: datetime) -> None:
    assert business_date(day.isoformat(), moment, moment) == day
