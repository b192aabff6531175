"""PostgreSQL stops and starts in the middle of each step that uses the store: the next attempt ends it all the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mail_server import Server, serving
from postgres_server import PostgresServer, postgres
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.notify.notices import post_failure
from shopwatch.notify.posting import post_digests
from shopwatch.ops.health import read_health
from shopwatch.ops.housekeeping import keep_house
from shopwatch.ops.moved_store import move_store
from shopwatch.ops.revoke import revoke
from shopwatch.pipeline import judge_night, load_exports
from shopwatch.review.weekly_posting import post_review
from shopwatch.store.outbox import FIRST_RETRY, post
from shopwatch.store.tables import Alert, AlertEvent, Night, OutboxMail, Recipient, open_store
from warehouses import judged_stock, notify_team

NIGHT = date(2026, 11, 13)
TEAM = "Merchandise"
START = datetime(2026, 11, 14, 1)
Step = Callable[[Settings, Server, datetime], object]

STEPS: dict[str, Step] = {
    "judge": lambda settings, server, at: judge_night(settings, NIGHT),
    "tell": lambda settings, server, at: notify_team(settings, TEAM, NIGHT, server.url, at=at),
    "review": lambda settings, server, at: post_review(settings, settings.home / "review-2026-W46.html", at=at),
    "deliver": lambda settings, server, at: deliver_due(settings, server.url, at=at),
    "housekeeping": lambda settings, server, at: keep_house(settings, NIGHT, server.url),
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def home(judged_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(shutil.copytree(judged_home, tmp_path_factory.mktemp("judged") / "home"))
    (home / "store.sqlite").unlink()
    (home / "review-2026-W46.html").write_text("<p>the week</p>")
    return home


@contextmanager
def restarted(server: PostgresServer, statement: int) -> Iterator[list[int]]:
    """The server stops and starts again before a statement, counted from 1; yields the count so far."""
    seen = [0]

    def count(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == statement:
            server.stop()
            server.start()

    listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        remove(Engine, "before_cursor_execute", count)


def state(settings: Settings) -> dict[str, list[Any]]:
    """What the store knows, but for attempts and times."""
    with open_store(settings) as engine, Session(engine) as session:
        return {
            "alerts": sorted((one.key, one.state, one.severity, one.value) for one in session.scalars(select(Alert))),
            "events": sorted((one.key, one.event, one.night) for one in session.scalars(select(AlertEvent))),
            "nights": [one.night for one in session.scalars(select(Night))],
            "letters": sorted((one.key, one.content) for one in session.scalars(select(OutboxMail))),
            "recipients": sorted((one.mail_key, one.address, one.state) for one in session.scalars(select(Recipient))),
        }


def watched(
    settings: Settings, postgres: PostgresServer, broken: str, statement: int
) -> tuple[dict[str, list[Any]], list[str], bool]:
    """All steps, one disturbed and, if it failed, tried again: the store's state, the mails' ids, whether it was."""
    at, is_disturbed = START, False
    with serving() as mails:
        for name, step in STEPS.items():
            with restarted(postgres, statement if name == broken else 0) as seen:
                try:
                    step(settings, mails, at)
                except DBAPIError:
                    at += FIRST_RETRY + timedelta(minutes=1)
                    step(settings, mails, at)
            is_disturbed |= name == broken and seen[0] >= statement
        deliver_due(settings, mails.url, at=at + timedelta(hours=1))
    return state(settings), sorted(str(mail["Message-ID"]) for _, mail in mails.mails), is_disturbed


def of_its_own(home: Path, server: PostgresServer, tmp_path: Path, name: str) -> Settings:
    """A copy of the home whose store is a database of its own."""
    with create_engine(server.url(), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"create database {name}"))
    own = Path(shutil.copytree(home, tmp_path / name))
    return Settings(home=own, settle_seconds=0, store_url=SecretStr(server.url(name)))


def test_a_clock_ahead_neither_silences_nor_doubles(home: Path, server: PostgresServer, tmp_path: Path) -> None:
    ahead = of_its_own(home, server, tmp_path, "clock_ahead")
    settings = ahead.model_copy(update={"allow_future_nights": False})
    year = timedelta(days=365)
    with serving() as mails:
        judge_night(ahead, NIGHT + year)
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            post(
                session,
                OutboxMail(
                    key="held",
                    team=TEAM,
                    night=NIGHT,
                    content=b"From: w@example.com\r\nTo: m@example.com\r\n\r\nx\r\n",
                    not_before=START + year,
                ),
            )
        assert judge_night(settings, NIGHT).quiet is False
        assert notify_team(settings, TEAM, NIGHT, mails.url, at=START).mails == 2
        assert "night_in_the_future" in read_health(settings).problems
        assert revoke(settings, NIGHT + year) == 1
        judge_night(settings, NIGHT)
        assert notify_team(settings, TEAM, NIGHT, mails.url, at=START).mails == 0
        assert "night_in_the_future" not in read_health(settings).problems
        assert [deliver_due(settings, mails.url, at=START).mails for _ in range(2)] == [1, 0]
    assert [mail["Subject"] for to, mail in mails.mails if to == ["data@example.com"]] == [
        f"Check the clock: {NIGHT + year} was judged already ({NIGHT})"
    ]


def test_a_store_moves_to_the_server_with_all_that_was_notified(server: PostgresServer, tmp_path: Path) -> None:
    old = Settings(home=judged_stock(tmp_path / "home", NIGHT), settle_seconds=0)
    post_digests(old, NIGHT, START, team=TEAM)
    with create_engine(server.url(), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("create database moved"))
    settings = old.model_copy(update={"store_url": SecretStr(server.url("moved"))})
    post_failure(settings, "load", "run", "the store is empty", NIGHT)
    with pytest.raises(StateError, match=r"is empty, but .*store\.sqlite knows the nights up to 2026-11-13"):
        load_exports(settings)
    before = state(old)
    assert move_store(settings) > 0
    moved = state(settings)
    assert [*before] == [*moved]
    assert all({*map(str, before[name])} <= {*map(str, moved[name])} for name in before)
    load_exports(settings)
    judge_night(settings, NIGHT)
    assert post_digests(settings, NIGHT, START, team=TEAM) == {TEAM: []}
    with serving() as mails:
        assert deliver_due(settings, mails.url, START).mails == 2
    for again in (settings, old):
        with pytest.raises(StateError, match="nothing to move"):
            move_store(again)


def test_each_step_ends_as_if_the_server_had_never_stopped(home: Path, server: PostgresServer, tmp_path: Path) -> None:
    expected, sent, is_disturbed = watched(of_its_own(home, server, tmp_path, "undisturbed"), server, "", 0)
    assert not is_disturbed
    assert expected["alerts"], "nothing fires at all"
    assert len(sent) == len(set(sent)) > 5
    for step, statements in {
        "judge": (2, 25),
        "tell": (2, 20),
        "review": (15,),
        "deliver": (14,),
        "housekeeping": (2,),
    }.items():
        for statement in statements:
            found, mails, is_disturbed = watched(
                of_its_own(home, server, tmp_path, f"{step}_{statement}"), server, step, statement
            )
            assert is_disturbed, (step, statement)
            assert found == expected, (step, statement)
            assert mails == sent, (step, statement)
