"""A delivery that is killed, at every step in turn: each recipient gets the message once.

Twice only where the server had accepted it and the store did not know yet: no order of steps avoids that.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from chat_server import chat_server
from killed import killed_at
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.pipeline import notify_teams
from shopwatch.store import outbox
from shopwatch.store.tables import OutboxMail, Recipient, now, open_store
from smtp_script import scripted
from warehouses import judged_stock
from watching import include_with

NIGHT = date(2026, 11, 13)
START = datetime(2026, 11, 14, 0, 0)
AFTER = [START + timedelta(minutes=minutes) for minutes in (6, 15, 40)]
MAILED, CHATTED = ("a@one.example", "b@one.example", "c@two.example"), ("chat:CHAT_SLACK", "chat:CHAT_WECOM")
CONTENT = b"From: watch@example.com\r\nSubject: k\r\nContent-Language: en\r\n\r\nx\r\n"
EVERY = range(1, 1000)


@pytest.fixture
def include(tmp_path: Path) -> Path:
    return include_with(tmp_path, routes="[{team: Ops, owners: [商品], data: true, to: [a@one.example]}]")


def posted(home: Path, include: Path, recipients: tuple[str, ...]) -> Settings:
    """A home with one message to the recipients in its outbox."""
    settings = Settings(home=home, include=include)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        outbox.post(session, OutboxMail(key="k", team="Ops", night=NIGHT, content=CONTENT), recipients)
    return settings


def accepted(settings: Settings) -> set[str]:
    """Recipients to whom the store knows the message as delivered."""
    with open_store(settings) as engine, Session(engine) as session:
        found = select(Recipient.address).where(Recipient.state == "accepted")
        return set(session.scalars(found))


def sweep(
    points: range, make: Callable[[int], Settings], url: str | None, received: Callable[[], Counter[str]]
) -> Iterator[tuple[int, int]]:
    """Kill a delivery at each point, and go on as the next ones do; yields the point and how many came twice."""
    for point in points:
        settings, before = make(point), received()
        is_dead = killed_at(point, lambda settings=settings: deliver_due(settings, url, START))  # type: ignore[misc]
        time.sleep(0.02)  # the server reads what the dead process has sent
        unknown = {one: number for one, number in (received() - before).items() if one not in accepted(settings)}
        for at in AFTER:
            deliver_due(settings, url, at)
        with open_store(settings) as engine, Session(engine) as session:
            everybody = set(session.scalars(select(Recipient.address)))
        assert accepted(settings) == everybody
        expected = Counter(dict.fromkeys(everybody, 1)) + Counter(unknown)
        assert received() - before == expected, f"killed at {point}"
        yield point, sum(unknown.values())
        if not is_dead:
            return


def sweep_mails(points: range, tmp_path: Path, include: Path) -> list[tuple[int, int]]:
    with scripted() as server:

        def received() -> Counter[str]:
            return Counter(one for recipients in server.accepted for one in recipients)

        numbers = count()
        make = lambda _: posted(tmp_path / f"home{next(numbers)}", include, MAILED)  # noqa: E731
        return list(sweep(points, make, server.url, received))


def test_a_killed_delivery_of_mails_goes_on(tmp_path: Path, include: Path) -> None:
    assert len(sweep_mails(range(1, 1000, 12), tmp_path, include)) > 2


@pytest.mark.slow
def test_a_delivery_of_mails_killed_at_every_step_goes_on(tmp_path: Path, include: Path) -> None:
    done = sweep_mails(EVERY, tmp_path, include)
    assert len(done) > 40
    assert 0 < sum(doubled > 0 for _, doubled in done) < len(done) / 2, "only between the reply and the commit"


def sweep_chats(points: range, tmp_path: Path, include: Path, patch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    with chat_server(patch) as server:

        def received() -> Counter[str]:
            return Counter(f"chat:CHAT_{service.upper()}" for service, _ in server.received)

        numbers = count()
        make = lambda _: posted(tmp_path / f"home{next(numbers)}", include, CHATTED)  # noqa: E731
        return list(sweep(points, make, None, received))


@pytest.mark.slow
def test_a_killed_delivery_to_chats_goes_on(tmp_path: Path, include: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(sweep_chats(range(1, 1000, 9), tmp_path, include, monkeypatch)) > 2


@pytest.mark.slow
def test_a_delivery_to_chats_killed_at_every_step_goes_on(
    tmp_path: Path, include: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(sweep_chats(EVERY, tmp_path, include, monkeypatch)) > 20


@pytest.mark.slow
def test_a_night_killed_at_every_step_of_notifying_notifies_each_team_once(tmp_path: Path) -> None:
    import shutil

    judged = judged_stock(tmp_path / "judged", NIGHT)
    undisturbed = Settings(home=shutil.copytree(judged, tmp_path / "undisturbed"), settle_seconds=0)
    assert notify_teams(undisturbed, NIGHT) == ()
    mails = {path.name: path.read_bytes() for path in undisturbed.outbox.glob("*.eml")}
    assert len(mails) > 3
    for point in EVERY:
        home = shutil.copytree(judged, tmp_path / "home")
        settings = Settings(home=home, settle_seconds=0)
        is_dead = killed_at(point, lambda settings=settings: notify_teams(settings, NIGHT))  # type: ignore[misc]
        notify_teams(settings, NIGHT)
        deliver_due(settings, at=now() + timedelta(minutes=6))
        assert {path.name: path.read_bytes() for path in settings.outbox.glob("*.eml")} == mails, f"killed at {point}"
        assert notify_teams(settings, NIGHT) == ()
        shutil.rmtree(home)
        if not is_dead:
            break
    assert point > 30
