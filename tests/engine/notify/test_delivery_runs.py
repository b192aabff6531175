"""One delivery over many mails: what fails in it holds up nobody else, and it neither fills the memory nor doubles."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.notify import attempt
from shopwatch.notify.channels import smtp
from shopwatch.notify.delivery import deliver_due, retry_given_up
from shopwatch.ops.health import read_health
from shopwatch.store.outbox import ACCEPTED, Outcome, post
from shopwatch.store.tables import OutboxMail, Recipient, now, open_store
from smtp_script import HANG, scripted
from watching import include_with

NIGHT = date(2026, 11, 15)
A, GONE = "a@example.com", "gone@example.com"
MAIL = b"From: w@example.com\r\n\r\nx\r\n"


class Horn:
    """A channel whose groups named down hang until a time-out."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def deliver(self, envelope: object, recipients: Sequence[str]) -> dict[str, Outcome]:
        self.tried.extend(recipients)
        if "down" in recipients[0]:
            raise TimeoutError("no answer")
        return dict.fromkeys(recipients, ACCEPTED)


@pytest.fixture
def horn(monkeypatch: pytest.MonkeyPatch) -> Horn:
    """A channel beside the others."""
    horn, load = Horn(), attempt.load_channel
    monkeypatch.setattr(attempt, "load_channel", lambda name: horn if name == "horn" else load(name))
    return horn


def post_all(settings: Settings, mails: Sequence[tuple[str, str]], content: bytes = MAIL) -> None:
    """One mail each to a team and an address."""
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        for number, (team, address) in enumerate(mails):
            post(session, OutboxMail(key=f"{number:03}", team=team, night=NIGHT, content=content), [address])


@pytest.mark.sampled(3)
@pytest.mark.parametrize("step", ["greeting", "mail", f"rcpt {GONE}"])
def test_a_hanging_server_or_recipient_costs_one_timeout_and_holds_up_no_other_team(
    settings: Settings, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp.send, "__defaults__", (0.3,))
    start = now()
    post_all(settings, [("A team", GONE), ("B team", A)] * 4)
    with scripted(**{step.replace(" ", "_"): HANG}) as server:
        deliver_due(settings, server.url)
        assert server.accepted == ([[A]] * 4 if GONE in step else [])
        assert server.connections == (5 if GONE in step else 1)
        server.replies.clear()
        deliver_due(settings, server.url, start + timedelta(minutes=15))
        assert sorted(server.accepted) == [[A]] * 4 + [[GONE]] * 4


@pytest.mark.slow
def test_thousands_of_large_mails_are_read_one_by_one(settings: Settings) -> None:
    post_all(settings, [("team", A)] * 20, b"x" * 1_000_000)
    gc.collect()
    tracemalloc.start()
    try:
        assert deliver_due(settings).mails == 20
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()


def test_a_group_that_hangs_costs_one_timeout_in_a_run(horn: Horn, settings: Settings) -> None:
    post_all(settings, [("a", "horn:down"), ("b", "horn:loft")] * 5)
    assert deliver_due(settings).mails == 5
    assert horn.tried.count("horn:down") == 1
    with open_store(settings) as engine, Session(engine) as session:
        waiting = session.query(Recipient).filter(Recipient.state == "waiting")
        assert sorted(one.attempts for one in waiting) == [0] * 4 + [1]
    for minutes in (15, 30):
        deliver_due(settings, at=now() + timedelta(minutes=minutes))
    assert horn.tried.count("horn:down") == 3


def test_a_channel_of_many_hanging_groups_is_left_alone_after_three_and_none_is_forgotten(
    horn: Horn, settings: Settings
) -> None:
    groups = [*(f"horn:down{number}" for number in range(7)), "horn:loft", "a@example.com"]
    post_all(settings, [("a", group) for group in groups])
    assert deliver_due(settings).mails == 1  # the file
    assert len(horn.tried) == 3
    assert [deliver_due(settings, at=now() + timedelta(minutes=15 * number)).mails for number in (1, 2)] == [0, 1]
    assert {*groups[:7]} < {*horn.tried}


def test_what_a_long_run_claims_late_no_other_run_sends_meanwhile(
    horn: Horn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, start = [0.0], now()
    groups = [f"horn:{number}" for number in range(9)]
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key="k", team="team", night=NIGHT, content=b"\r\n"), groups)

    def deliver(envelope: object, recipients: Sequence[str]) -> dict[str, Outcome]:
        horn.tried.extend(recipients)
        clock[0] += 60
        if len(horn.tried) == 7:
            deliver_due(settings, at=start + timedelta(seconds=clock[0]))
        return dict.fromkeys(recipients, ACCEPTED)

    monkeypatch.setattr(horn, "deliver", deliver)
    monkeypatch.setattr("shopwatch.notify.delivery.time.monotonic", lambda: clock[0])
    deliver_due(settings, at=start)
    assert sorted(horn.tried) == groups


def test_a_given_up_mail_goes_to_the_address_that_was_corrected(settings: Settings, tmp_path: Path) -> None:
    wrong, right, other = "gone@example.com", "right@example.com", "b@example.com"
    routes = f"[{{team: T, owners: [], to: [{right}, {other}]}}, {{team: Data, data: true, to: [d@example.com]}}]"
    settings = settings.model_copy(update={"include": include_with(tmp_path, routes=routes)})
    with scripted(**{f"rcpt_{wrong}": "550 no such mailbox"}) as server:
        for number, team in enumerate(("T", "removed")):
            with open_store(settings) as engine, Session(engine) as session, session.begin():
                post(session, OutboxMail(key=str(number), team=team, night=NIGHT, content=MAIL), [wrong, other])
        deliver_due(settings, server.url)
        server.accepted.clear()
        assert [retry_given_up(settings) for _ in range(2)] == [2, 0]
        deliver_due(settings, server.url)
        assert server.accepted == [[right]]
        server.replies.clear()
        assert retry_given_up(settings) == 1
        deliver_due(settings, server.url)
        assert server.accepted[1:] == [[wrong]]
        assert retry_given_up(settings) == 0


def test_an_address_that_no_server_can_be_given_is_refused_alone_and_told_in_the_same_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = ["张三@example.com", "li@@example.com", "li@example.com;wu@example.com", "li,@example.com"]
    with scripted() as server:
        monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
        monkeypatch.setenv("SMTP_URL", server.url)
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            post(session, OutboxMail(key="mail", team="T", night=NIGHT, content=MAIL), [*wrong, A])
            post(session, OutboxMail(key="other", team="T", night=NIGHT, content=MAIL), ["li＠example.com"])
        result = CliRunner().invoke(app, ["deliver"])
    assert server.accepted == [[A], ["data@example.com"], ["data@example.com"]]
    assert result.exit_code == 1
    assert "not delivered: other to li＠example.com, given up: refused: 553 not an e-mail address" in result.output
    assert "bin/shopwatch deliver --retry-given-up" in result.output


def test_a_lost_mail_server_turns_no_mail_into_a_file_unnoticed(settings: Settings) -> None:
    later = now() + timedelta(hours=2)
    post_all(settings, [("a", A)])
    with scripted() as server:
        assert deliver_due(settings, server.url).mails == 1
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            post(session, OutboxMail(key="next", team="a", night=NIGHT, content=MAIL), [A])
        lost = deliver_due(settings, at=later)
        assert lost.mails == 0
        assert "no mail server is set, but 127.0.0.1 delivered mails before" in lost.undelivered[0]
        assert "mail_undelivered" in read_health(settings, later).problems
        assert deliver_due(settings, server.url, later).mails == 1
        assert server.accepted == [[A], [A]]
    assert not settings.outbox.exists()
    (settings.alarms / "mail_server").unlink()
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key="last", team="a", night=NIGHT, content=MAIL), [A])
    assert deliver_due(settings, at=later).mails == 1
    assert [path.name for path in settings.outbox.iterdir()] == ["last.eml"]
