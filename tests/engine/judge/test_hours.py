"""When a team's mail may go out, by the clock of its zone; all moments are UTC."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwatch.catalog.hours import Hours
from shopwatch.catalog.teams import load_teams
from shopwatch.core.errors import DeclarationError
from watching import include_with

DAY = {"from": "08:00", "to": "22:00"}
NIGHT = {"from": "22:00", "to": "06:00"}
ROUTE = "- {{team: 运营, owners: [运营], to: [a@example.com], hours: {hours}}}\n"


@pytest.mark.parametrize(
    ("hours", "zone", "moment", "first"),
    [
        (DAY, "Asia/Shanghai", "2026-11-13 18:30", "2026-11-14 00:00"),
        (DAY, "Asia/Shanghai", "2026-11-13 23:59", "2026-11-14 00:00"),
        (DAY, "Asia/Shanghai", "2026-11-14 00:00", "2026-11-14 00:00"),
        (DAY, "Asia/Shanghai", "2026-11-14 13:59", "2026-11-14 13:59"),
        (DAY, "Asia/Shanghai", "2026-11-14 14:00", "2026-11-15 00:00"),
        (DAY, "Asia/Kathmandu", "2026-11-13 18:30", "2026-11-14 02:15"),
        (NIGHT, "Asia/Shanghai", "2026-11-13 18:30", "2026-11-13 18:30"),
        (NIGHT, "Asia/Shanghai", "2026-11-13 22:00", "2026-11-14 14:00"),
        # Berlin goes forward on 29 March 2026 and back on 25 October 2026, at 01:00 UTC
        (DAY, "Europe/Berlin", "2026-03-27 23:00", "2026-03-28 07:00"),
        (DAY, "Europe/Berlin", "2026-03-28 21:00", "2026-03-29 06:00"),
        (DAY, "Europe/Berlin", "2026-10-24 20:00", "2026-10-25 07:00"),
        # … and has no 02:30 on that day
        ({"from": "02:30", "to": "22:00"}, "Europe/Berlin", "2026-03-29 00:00", "2026-03-29 01:30"),
        # … New York has 01:10 twice on 1 November 2026: 30 minutes before the opening, and after it
        ({"from": "01:30", "to": "22:00"}, "America/New_York", "2026-11-01 05:10", "2026-11-01 05:30"),
        ({"from": "01:30", "to": "22:00"}, "America/New_York", "2026-11-01 06:10", "2026-11-01 06:10"),
    ],
)
def test_a_mail_goes_out_when_its_hours_begin(hours: dict[str, str], zone: str, moment: str, first: str) -> None:
    found = Hours.model_validate({**hours, "timezone": zone}).first(datetime.fromisoformat(moment))
    assert found == datetime.fromisoformat(first)


@given(
    opens=st.integers(0, 1439),
    closes=st.integers(0, 1439),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
)
def test_it_waits_a_day_at_most_and_only_once(opens: int, closes: int, zone: str, moment: datetime) -> None:
    if opens == closes:
        return
    hours = Hours.model_validate({"from": opens, "to": closes, "timezone": zone})
    first = hours.first(moment)
    assert 0 <= (first - moment).total_seconds() <= 25 * 3600
    if (closes - opens) % 1440 > 60:  # hours that a change of clocks cannot skip
        assert hours.first(first) == first


def test_hours_are_read_with_and_without_quotes(tmp_path: Path) -> None:
    include = include_with(tmp_path, routes=ROUTE.format(hours="{from: 08:00, to: 22:00}"))
    (team,) = load_teams(include)
    assert team.hours == Hours.model_validate(DAY)
    assert team.not_before(datetime(2026, 11, 13, 18, 30)) == datetime(2026, 11, 14)


@pytest.mark.parametrize(
    ("hours", "fault"),
    [
        ("{from: 08:00, to: 24:00}", "hours.to: .*00:00 to 23:59"),
        ("{from: 08:00, to: 08:00}", "leave `hours` out"),
        ("{from: 08:00}", "hours.to: Field required"),
        ("{from: 08:00, to: 22:00, timezone: Asia/Peking}", "unknown time zone `Asia/Peking`"),
        ("{from: 08:00, until: 22:00}", "line 1: 0.hours.until: no such key"),
    ],
)
def test_hours_that_are_none_are_named(tmp_path: Path, hours: str, fault: str) -> None:
    with pytest.raises(DeclarationError, match=f"routes.yaml: .*{fault}"):
        load_teams(include_with(tmp_path, routes=ROUTE.format(hours=hours)))
