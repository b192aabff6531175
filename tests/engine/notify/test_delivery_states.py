"""One recipient, one state: whatever the mail server does, no mail is lost or repeated, and its end is reported."""

from __future__ import annotations

import itertools
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.notify.channels import smtp
from shopwatch.notify.delivery import UndeliveredError, deliver_due, deliver_waiting, retry_given_up
from shopwatch.notify.notices import post_failure
from shopwatch.store import tables as alerts
from shopwatch.store.outbox import EXPIRES_AFTER, Outcome, claim, post, record, retry_now
from shopwatch.store.tables import OutboxMail, Recipient, open_store
from smtp_script import CLOSE, DRIP, HANG, RESET, ScriptedServer, scripted

NIGHT = date(2026, 11, 13)
START = datetime(2026, 11, 14, 0, 0)
A, GONE = "a@example.com", "gone@example.com"
TEAM = "运营"


def settings_for(tmp_path: Path, server: ScriptedServer) -> Settings:
    return Settings(home=tmp_path / "home", smtp_url=server.url)


def write(settings: Settings, key: str = "mail", to: str = f"{A}, {GONE}", team: str = TEAM) -> None:
    content = (
        f"From: watch@example.com\r\nTo: {to}\r\nSubject: {key}\r\nMessage-ID: <{key}@shopwatch>\r\n\r\n.dot\r\nx\r\n"
    )
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key=key, team=team, night=NIGHT, content=content.encode()))


def states(settings: Settings, key: str = "mail") -> dict[str, str]:
    with open_store(settings) as engine, Session(engine) as session:
        found = session.scalars(select(Recipient).where(Recipient.mail_key == key))
        return {recipient.address: recipient.state for recipient in found}


def notices(settings: Settings) -> list[str]:
    with open_store(settings) as engine, Session(engine) as session:
        found = session.scalars(select(OutboxMail).where(OutboxMail.team == "Data").order_by(OutboxMail.key))
        return [letter.content.decode() for letter in found]


def deliver_until_settled(settings: Settings, start: datetime = START) -> int:
    """Run the delivery at every moment at which an attempt is due, for a week; returns the number of mails."""
    mails, at = 0, start
    while at < start + timedelta(days=7):
        mails += deliver_due(settings, at=at).mails
        with open_store(settings) as engine, Session(engine) as session:
            waiting = session.scalars(select(Recipient.retry_at).where(Recipient.state == "waiting")).all()
        if not waiting:
            break
        at = max(at, min(moment or at for moment in waiting))
    return mails


@pytest.mark.parametrize(("code", "state"), [("550", "refused"), ("451", "expired")])
def test_a_refused_recipient_is_given_up_and_told_while_the_other_gets_the_mail_once(
    tmp_path: Path, code: str, state: str
) -> None:
    with scripted(**{f"rcpt_{GONE}": f"{code} no such mailbox"}) as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        deliver_until_settled(settings)
        assert [to for to in server.accepted if A in to] == [[A]]
        assert states(settings) == {A: "accepted", GONE: state}
        [notice] = notices(settings)
    assert GONE in notice
    assert f"{code} no such mailbox" in notice
    assert f"\n{A}" not in notice
    assert server.connections < 30, "attempts become rarer"


@pytest.mark.slow
def test_the_attempts_back_off_from_five_minutes_to_four_hours_and_end_after_three_days(tmp_path: Path) -> None:
    with scripted(rcpt="451 try later") as server:
        settings = settings_for(tmp_path, server)
        write(settings, to=A)
        tried = [START]
        deliver_due(settings, at=START)
        while states(settings) == {A: "waiting"}:
            with open_store(settings) as engine, Session(engine) as session:
                due = session.scalars(select(Recipient.retry_at)).one()
            assert due is not None
            deliver_due(settings, at=due)
            tried.append(due)
        assert server.connections == len(tried) + 1, "the notice to the data team goes out in the same run"
    minutes = [int((later - earlier).total_seconds() / 60) for earlier, later in itertools.pairwise(tried)]
    assert minutes[:8] == [5, 10, 20, 40, 80, 160, 240, 240]
    assert EXPIRES_AFTER <= tried[-1] - START < EXPIRES_AFTER + timedelta(hours=4)


@pytest.mark.slow
def test_attempts_end_after_three_days_of_a_clock_that_was_ahead_and_went_back(tmp_path: Path) -> None:
    with scripted(rcpt="451 try later") as server:
        settings = settings_for(tmp_path, server)
        write(settings, to=A)
        deliver_due(settings, at=START + timedelta(days=365))
        deliver_until_settled(settings)
        assert states(settings) == {A: "expired"}


def test_the_pause_stays_four_hours_however_many_attempts_were_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    write(settings, to=A)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        session.query(Recipient).update({"attempts": 1000})
        assert claim(session, "mail", START) == [A]
        assert session.scalars(select(Recipient.retry_at)).one() == START + timedelta(hours=4)


def test_a_failed_attempt_is_repeated_at_once_when_asked_and_a_running_one_is_not(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    write(settings, to=A)
    with open_store(settings) as engine, Session(engine) as session:
        assert claim(session, "mail", START) == [A]
        retry_now(session)
        assert claim(session, "mail", START) == []
        record(session, "mail", {A: Outcome("waiting", "451 later")}, START)
        assert claim(session, "mail", START) == []
        retry_now(session)
        assert claim(session, "mail", START) == [A]
        retry_now(session)
        assert claim(session, "mail", START) == []


def test_a_repaired_mailbox_gets_the_mail_when_it_is_asked_for(tmp_path: Path) -> None:
    with scripted(**{f"rcpt_{GONE}": "550 no such mailbox"}) as server:
        settings = settings_for(tmp_path, server)
        write(settings, team="of no route")
        deliver_due(settings, at=START)
        server.replies.clear()
        assert retry_given_up(settings) == 1
        deliver_due(settings, at=START)
        assert [to for to in server.accepted if to != ["data@example.com"]] == [[A], [GONE]]
        assert states(settings) == {A: "accepted", GONE: "accepted"}
        ids = {re.search(rb"Message-ID: (\S+)", content) for content in server.contents}
        assert b"<mail@shopwatch>" in {found[1] for found in ids if found}


@pytest.mark.parametrize("reply", ["250 still here", "421 closing", "554 no", CLOSE, RESET, "nonsense"])
def test_an_accepted_mail_stays_accepted_whatever_quit_brings(tmp_path: Path, reply: str) -> None:
    with scripted(quit=reply) as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        assert deliver_until_settled(settings) == 1
        assert server.accepted == [[A, GONE]]
        assert states(settings) == {A: "accepted", GONE: "accepted"}


FAILURES = {
    "greeting": ["421 busy", "554 go away", CLOSE, RESET, "nonsense"],
    "ehlo": ["500 what", CLOSE],
    "mail": ["451 later", "550 not you", "421 closing", CLOSE, RESET],
    "rcpt": ["421 closing", "450 greylisted", CLOSE, RESET],
    "data": ["451 later", "421 closing", "250 not now", "999 nonsense", CLOSE],
    "content": ["451 later", "452 full", "421 closing", "999 nonsense", "nonsense"],
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("step", "reply"), [(step, reply) for step in FAILURES for reply in FAILURES[step]])
def test_a_mail_that_a_server_did_not_accept_arrives_once_when_the_server_recovers(
    tmp_path: Path, step: str, reply: str
) -> None:
    with scripted(**{step: reply}) as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        if (step, reply) != ("ehlo", "500 what"):  # the client falls back to HELO, which this server refuses as well
            with pytest.raises(UndeliveredError):
                deliver_waiting(settings, TEAM, at=START)
        server.replies.clear()
        deliver_until_settled(settings, START + timedelta(hours=1))
        assert server.accepted == [[A, GONE]]
        assert states(settings) == {A: "accepted", GONE: "accepted"}
        assert server.contents[0].endswith(b"\r\n\r\n.dot\r\nx\r\n")


@pytest.mark.parametrize(
    ("step", "reply"), [("content", "554 spam"), ("content", "552 too large"), ("mail", "552 size")]
)
def test_a_mail_that_is_refused_for_its_content_is_reported_and_not_repeated(
    tmp_path: Path, step: str, reply: str
) -> None:
    with scripted(**{step: reply}) as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        with pytest.raises(UndeliveredError, match=reply):
            deliver_waiting(settings, TEAM, at=START)
        server.replies.clear()
        deliver_until_settled(settings)
        assert server.accepted == [["data@example.com"]]
        assert states(settings) == {A: "refused", GONE: "refused"}


@pytest.mark.parametrize(
    ("step", "reply"), [("rcpt", "252 will try"), ("content", "251 forwarded"), ("mail", "251 fine")]
)
def test_every_reply_of_the_accepting_class_accepts(tmp_path: Path, step: str, reply: str) -> None:
    with scripted(**{step: reply}) as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        assert deliver_until_settled(settings) == 1
        assert server.accepted == [[A, GONE]]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("reply", [CLOSE, RESET, "2 garbled"])
def test_a_mail_without_an_answer_is_repeated_three_times_at_most(tmp_path: Path, reply: str) -> None:
    """SMTP leaves open whether the server has the mail: it is repeated, under one Message-ID, and not for ever."""
    with scripted(content=reply, keeps="yes") as server:
        settings = settings_for(tmp_path, server)
        write(settings, to=A)
        deliver_until_settled(settings)
        assert [to for to in server.accepted if to == [A]] == [[A]] * 3
        assert states(settings) == {A: "uncertain"}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("step", ["content", "greeting", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("reply", [HANG, DRIP])
def test_a_server_that_hangs_or_drips_ends_at_the_deadline(
    tmp_path: Path, step: str, reply: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp.send, "__defaults__", (0.4,))
    with scripted(**{step: reply}) as server:
        settings = settings_for(tmp_path, server)
        write(settings, "first")
        write(settings, "second")
        with pytest.raises(UndeliveredError, match=r"within 0\.4 seconds"):
            deliver_waiting(settings, TEAM, at=START)
        assert server.connections == 1, "the second mail does not hang on the same server"
        server.replies.clear()
        deliver_until_settled(settings, START + timedelta(hours=1))
        assert server.accepted == [[A, GONE]] * 2


def test_two_deliveries_at_once_send_once(tmp_path: Path) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        with ThreadPoolExecutor(4) as pool:
            mails = [
                delivery.result().mails for delivery in [pool.submit(deliver_due, settings, at=START) for _ in range(4)]
            ]
        assert sum(mails) == 1
        assert server.accepted == [[A, GONE]]


def test_one_host_of_a_mail_that_fails_does_not_keep_the_others_from_it(tmp_path: Path) -> None:
    with scripted(**{"rcpt_b@slow.example": "421 closing"}) as server:
        settings = settings_for(tmp_path, server)
        write(settings, to=f"{A}, b@slow.example")
        deliver_due(settings, at=START)
        assert server.accepted == [[A]]
        server.replies.clear()
        deliver_due(settings, at=START + timedelta(days=2))
        assert server.accepted == [[A], ["b@slow.example"]]


@pytest.mark.parametrize("other", ["b@other.example", "z@example.com"])
def test_a_recipient_at_which_the_server_always_breaks_off_loses_nobody_elses_mail(tmp_path: Path, other: str) -> None:
    with scripted(**{f"rcpt_{A}": CLOSE}) as server:
        settings = settings_for(tmp_path, server)
        write(settings, to=f"{A}, {other}")
        for hours in range(5):
            deliver_due(settings, at=START + timedelta(hours=hours))
        assert server.accepted == [[other]]
        assert states(settings) == {A: "waiting", other: "accepted"}


def test_a_mail_without_a_last_line_break_arrives(tmp_path: Path) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server)
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            post(
                session,
                OutboxMail(
                    key="mail",
                    team=TEAM,
                    night=NIGHT,
                    content=b"From: w@example.com\r\nTo: a@example.com\r\n\r\nlast line",
                ),
            )
        assert deliver_due(settings, at=START + timedelta(days=365)).mails == 1
        assert server.contents[0].endswith(b"\r\nlast line\r\n")


def test_a_mail_to_nobody_is_not_posted(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(ValueError, match="the mail mail of 运营 has no recipient"):
        write(settings, to="")


def test_an_attempt_is_on_record_before_the_mail_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        seen: list[int] = []

        def look(*_: object) -> dict[str, smtp.Refusal]:
            with open_store(settings) as engine, Session(engine) as session:
                seen.extend(session.scalars(select(Recipient.attempts)))
            return {}

        monkeypatch.setattr(smtp, "send", look)
        deliver_due(settings, at=START)
    assert seen == [1, 1]


def test_a_store_that_is_locked_fails_before_anything_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "LOCK_SECONDS", 0.2)
    with scripted() as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        other = sqlite3.connect(settings.home / "store.sqlite", isolation_level=None)
        other.execute("begin immediate")
        for _ in range(3):
            with pytest.raises(Exception, match="locked"):
                deliver_due(settings, at=START)
        assert server.accepted == []
        other.execute("rollback")
        other.close()
        deliver_due(settings, at=START)
        assert server.accepted == [[A, GONE]]


def test_a_lock_that_somebody_else_holds_for_a_while_is_waited_for(tmp_path: Path) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        other = sqlite3.connect(settings.home / "store.sqlite", isolation_level=None, check_same_thread=False)
        other.execute("begin immediate")
        release = threading.Timer(1, lambda: other.execute("rollback"))
        release.start()
        assert deliver_due(settings, at=START).mails == 1
        release.join()
        other.close()
        assert server.accepted == [[A, GONE]]


def test_a_killed_attempt_is_repeated_when_its_time_has_come(tmp_path: Path) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server)
        write(settings)
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            assert claim(session, "mail", START) == [A, GONE]  # and the process is killed here
        assert deliver_due(settings, at=START + timedelta(minutes=4)).mails == 0
        assert deliver_due(settings, at=START + timedelta(minutes=5)).mails == 1
        assert server.accepted == [[A, GONE]]


def test_a_failure_is_reported_without_the_store_and_once(tmp_path: Path) -> None:
    with scripted() as server:
        home = tmp_path / "home"
        away = Settings(home=home, smtp_url=server.url, store_url="postgresql+psycopg2://nobody@127.0.0.1:1/none")
        assert post_failure(away, "judge_rules", "run", "OperationalError", NIGHT) == ["Data"]
        assert post_failure(away, "judge_rules", "run", "OperationalError", NIGHT) == ["Data"]
        assert server.accepted == [["data@example.com"]]
        deliver_due(Settings(home=home, smtp_url=server.url), at=START)
        assert server.accepted == [["data@example.com"]]


def test_a_failure_that_neither_store_nor_server_took_is_reported_by_the_next_delivery(tmp_path: Path) -> None:
    with scripted(greeting="421 busy") as server:
        home = tmp_path / "home"
        away = Settings(home=home, smtp_url=server.url, store_url="postgresql+psycopg2://nobody@127.0.0.1:1/none")
        post_failure(away, "judge_rules", "run", "OperationalError", NIGHT)
        assert server.accepted == []
        server.replies.clear()
        back = Settings(home=home, smtp_url=server.url)
        assert [deliver_due(back, at=START + timedelta(hours=n)).mails for n in range(2)] == [1, 0]
        assert server.accepted == [["data@example.com"]]
        assert b"judge_rules" in server.contents[0]
