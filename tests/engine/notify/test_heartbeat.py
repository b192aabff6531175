"""When a team gets a heartbeat, and its content: shops, rules, complete days, the next mails."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from shopwatch.catalog.calendar import DayRange, Event, load_events
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.core.settings import Settings
from shopwatch.notify.digest import record_notified
from shopwatch.notify.heartbeat import heartbeat, next_mails
from shopwatch.store.tables import Base

DAY = timedelta(days=1)
SUNDAY = date(2026, 11, 15)
SETTINGS = Settings()
TEAM = Team(team="客服", owners=("客服",), to=("s@example.com",))
TABLES = """
    create schema staging; create schema ops; create schema intermediate;
    create table staging.stg_shops (shop varchar, title varchar, closed_weekdays varchar[]);
    create table ops.freshness (shop varchar, input varchar, state varchar);
    create table intermediate.int_covered_days (input varchar, shop varchar, day date);
    insert into staging.stg_shops values ('a', 'Aoki', []), ('b', 'Brandt', ['sat']), ('c', 'Chen', []);
    insert into ops.freshness values
        ('a', 'orders', 'fresh'), ('a', 'stock', 'late'), ('a', 'traffic_day', 'not_expected'),
        ('b', 'orders', 'fresh');
    insert into intermediate.int_covered_days
    select input, shop, cast(unnest(generate_series(first, last, interval 1 day)) as date)
    from (values
        ('orders', 'a', date '2026-09-01', date '2026-11-15'),
        ('stock', 'a', date '2026-11-01', date '2026-11-13'),
        ('orders', 'b', date '2026-11-01', date '2026-11-16')
    ) as spans (input, shop, first, last);
    delete from intermediate.int_covered_days where shop = 'b' and day = '2026-11-14';  -- a Saturday
"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(TABLES)
    return con


@pytest.fixture
def session() -> Session:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return Session(engine)


def line(session: Session, con: duckdb.DuckDBPyConnection, team: Team, night: date = SUNDAY) -> str:
    """The heartbeat of the morning after the night, told; empty where there is none."""
    beat = heartbeat(session, con, Catalog(SETTINGS), team, night)
    if beat is None:
        return ""
    record_notified(session, team.team, {beat.topic: "notified"}, night)
    session.flush()
    return beat.line


def test_it_says_what_is_watched_and_from_when_on_silence_is_an_alarm(
    session: Session, con: duckdb.DuckDBPyConnection
) -> None:
    said = line(session, con, TEAM)
    assert "3 家店铺，数据完整至 2026-11-15 周日（Brandt）、2026-11-13 周五（Aoki）、尚无数据（Chen）" in said
    assert "最早 2026-11-17 周二 早上发出下一封邮件；2026-11-23 周一 早上必有一封" in said


@pytest.mark.parametrize(
    ("change", "shop", "said"),
    [
        ("delete from intermediate.int_covered_days where shop = 'b' and day = '2026-11-10'", "b", "Mon 2026-11-09"),
        ("delete from intermediate.int_covered_days where shop = 'b' and day = '2026-10-20'", "b", "Sun 2026-11-15"),
        ("delete from intermediate.int_covered_days where input = 'stock'", "a", "no data yet"),
        ("update ops.freshness set state = 'not_expected' where input = 'stock'", "a", "Sun 2026-11-15"),
        ("delete from ops.freshness", "a", "Fri 2026-11-13"),
    ],
)
def test_a_shop_is_complete_up_to_the_day_before_its_first_gap(
    change: str, shop: str, said: str, session: Session, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute(change)
    team = Team(team="T", owners=("客服",), shops=(shop,), language="en", to=("t@example.com",))
    assert f"shops: 1, data complete up to {said}. The next mail" in line(session, con, team)


def test_a_team_whose_shops_are_gone_reads_that_there_are_no_data(
    session: Session, con: duckdb.DuckDBPyConnection
) -> None:
    gone = TEAM.model_copy(update={"shops": ("d",), "language": "en"})
    assert "shops: 0, data complete up to no data yet." in line(session, con, gone)


def test_a_week_has_one_also_where_its_first_night_failed(session: Session, con: duckdb.DuckDBPyConnection) -> None:
    nights = [SUNDAY + n * DAY for n in (0, 0, 1, 2, 6, 8, 9)]  # the second Monday's morning follows the sixth
    assert [bool(line(session, con, TEAM, night)) for night in nights] == [
        True,
        False,
        False,
        False,
        False,
        True,
        False,
    ]


def test_a_daily_one_keeps_to_the_mornings_with_mail(session: Session, con: duckdb.DuckDBPyConnection) -> None:
    team = TEAM.model_copy(update={"heartbeat": "daily", "days": "working_days", "language": "en"})
    thursday = SUNDAY + 4 * DAY
    said = [line(session, con, team, thursday + n * DAY) for n in range(4)]
    assert [bool(one) for one in said] == [True, False, False, True]  # Friday's and Monday's morning
    assert "The next mail comes on the morning of Mon 2026-11-23." in said[0]


def test_a_team_may_do_without(session: Session, con: duckdb.DuckDBPyConnection) -> None:
    assert line(session, con, TEAM.model_copy(update={"heartbeat": "never"})) == ""


@pytest.mark.parametrize(
    ("keys", "morning", "expected"),
    [
        ({}, SUNDAY + DAY, (date(2026, 11, 17), date(2026, 11, 23))),
        ({"days": "working_days"}, date(2026, 11, 20), (date(2026, 11, 23), date(2026, 11, 23))),
        ({"days": "working_days"}, date(2026, 9, 30), (date(2026, 10, 8), date(2026, 10, 8))),
        ({"heartbeat": "daily"}, SUNDAY, (SUNDAY + DAY, SUNDAY + DAY)),
    ],
)
def test_the_next_mails_lie_on_mornings_that_have_mail(
    keys: dict[str, str], morning: date, expected: tuple[date, date]
) -> None:
    team = Team.model_validate({"team": "T", "to": ["t@example.com"], **keys})
    golden_week = Event.model_validate(
        {
            "title": {"zh": "国庆", "en": "National Day"},
            "holiday": True,
            "spans": [DayRange(first=date(2026, 10, 1), last=date(2026, 10, 7))],
        }
    )
    assert next_mails(team, morning, {"golden": golden_week}) == expected


def test_there_is_always_a_next_one() -> None:
    team, events = TEAM.model_copy(update={"days": "working_days"}), load_events(SETTINGS.include)
    for week in range(120):
        morning = date(2026, 1, 1) + week * 7 * DAY
        assert morning < next_mails(team, morning, events)[1]
