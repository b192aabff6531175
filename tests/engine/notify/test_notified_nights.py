"""A night that would notify nobody is rejected or reported, and news of late exports goes out the same morning."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from files import ask
from mail_server import letters, serving
from shopwatch.core.nights import ClockBehindError, FutureNightError, last_closed
from shopwatch.core.settings import Settings
from shopwatch.notify import posting
from shopwatch.notify.delivery import UndeliveredError, deliver_due
from shopwatch.notify.digest import PendingDigest
from shopwatch.notify.notices import post_failure
from shopwatch.notify.posting import post_digests
from shopwatch.ops.health import read_health
from shopwatch.ops.revoke import revoke
from shopwatch.pipeline import judge_night, notify_teams
from shopwatch.store.outbox import Outcome, claim, post, record
from shopwatch.store.tables import LOCK_SECONDS, Night, NotificationLog, OutboxMail, Recipient, now, open_store
from smtp_script import scripted
from warehouses import notify_team, take_in
from watching import include_with

NIGHT = date(2026, 11, 13)
WRONG = date(2027, 11, 15)
TEAM = "Merchandise"


@pytest.fixture
def settings(judged_home: Path, tmp_path: Path) -> Settings:
    home = Path(shutil.copytree(judged_home, tmp_path / "home"))
    return Settings(home=home, settle_seconds=0, allow_future_nights=False)


def nights(settings: Settings) -> list[date]:
    with open_store(settings) as engine, Session(engine) as session:
        return list(session.scalars(select(Night.night).order_by(Night.night)))


def test_a_night_that_is_not_over_is_refused_and_leaves_the_store_as_it_was(settings: Settings) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for night in (WRONG, tomorrow):
        with pytest.raises(FutureNightError, match=f"{night} is not over"):
            judge_night(settings, night)
    assert nights(settings) == [NIGHT]


def test_a_night_remembers_the_file_that_was_loaded_last(settings: Settings) -> None:
    with open_store(settings) as engine, Session(engine) as session:
        (newest,) = session.scalars(select(Night.newest_load))
    assert (newest,) in ask(settings, "select sha256 from loads where loaded_at = (select max(loaded_at) from loads)")


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        (datetime(2026, 11, 14, 15, 59, tzinfo=UTC), date(2026, 11, 13)),
        (datetime(2026, 11, 14, 16, 0, tzinfo=UTC), date(2026, 11, 14)),
    ],
)
def test_a_day_closes_when_it_is_over_in_the_first_of_the_shops_zones(moment: datetime, closed: date) -> None:
    assert last_closed(["America/New_York", "Asia/Shanghai"], moment) == closed


@pytest.mark.slow
def test_a_night_judged_while_the_clock_was_ahead_does_not_silence_the_real_ones(settings: Settings) -> None:
    judge_night(settings.model_copy(update={"allow_future_nights": True}), WRONG)
    assert judge_night(settings, NIGHT).quiet is False
    assert [key for key, *_ in letters(settings.home)] == [f"{NIGHT}-clock-{WRONG}-Data"]
    assert "night_in_the_future" in read_health(settings).problems
    with serving() as server:
        assert notify_team(settings, TEAM, NIGHT, server.url).mails == 1
    revoke(settings, WRONG)
    assert "night_in_the_future" not in read_health(settings).problems


@pytest.mark.slow
def test_a_clock_that_goes_back_before_the_teams_are_notified_is_reported(settings: Settings) -> None:
    judge_night(settings.model_copy(update={"allow_future_nights": True}), WRONG)
    with pytest.raises(FutureNightError, match="the clock went back"):
        notify_teams(settings, WRONG)
    assert [key for key, *_ in letters(settings.home)] == [f"{NIGHT}-clock-{WRONG}-Data"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("days", [365, 2, 1])
def test_a_clock_behind_the_exports_notifies_nobody_of_anything(
    days: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_clock(night: date) -> None:
        monkeypatch.setattr("shopwatch.catalog.catalog.last_closed", lambda *_: night)

    notify_teams(settings, NIGHT)
    before = letters(settings.home)
    set_clock(NIGHT - timedelta(days=days))
    for is_scheduled in (True, False):
        with pytest.raises(ClockBehindError, match=f"the clock is behind: .* exports cover {NIGHT}"):
            judge_night(settings, NIGHT - timedelta(days=days), is_scheduled=is_scheduled)
    set_clock(NIGHT)
    judge_night(settings, NIGHT)
    notify_teams(settings, NIGHT)
    assert letters(settings.home) == before


@pytest.mark.slow
def test_a_night_waits_for_a_store_that_somebody_else_has_locked(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.home / "store.sqlite", check_same_thread=False)) as other:
        other.execute("begin immediate")
        timer = Timer(1, other.rollback)
        timer.start()
        assert judge_night(settings, NIGHT).night == NIGHT
        timer.join()
    assert LOCK_SECONDS > 60


def test_a_wrong_night_is_taken_back_with_what_it_reported(settings: Settings) -> None:
    with serving() as server:
        notify_team(settings, TEAM, NIGHT, server.url)
        ahead = settings.model_copy(update={"allow_future_nights": True})
        judge_night(ahead, WRONG)
        notify_team(ahead, TEAM, WRONG, server.url)
        assert revoke(settings, WRONG) == 1
        assert nights(settings) == [NIGHT]
        before = len(server.mails)
        judge_night(settings, NIGHT)
        notify_team(settings, TEAM, NIGHT, server.url)
        assert revoke(settings, WRONG) == 0
    assert len(server.mails) - before <= 1, "at most the withdrawal of what the wrong night had told"


def test_what_was_due_before_a_revoked_night_is_not_due_again(tmp_path: Path) -> None:
    home, first = Settings(home=tmp_path), NIGHT - timedelta(days=16)
    with open_store(home) as engine:
        with Session(engine) as session, session.begin():
            for team in (TEAM, "of heartbeats alone"):
                session.add(NotificationLog(team=team, topic="alert:a", night=WRONG, first_night=first))
                is_digest = team == TEAM
                mail = OutboxMail(
                    key=f"{NIGHT}-{team}", team=team, night=NIGHT, content=b"x", summary="{}" if is_digest else None
                )
                post(session, mail, ["a@example.com"])
        revoke(home, WRONG)
        with Session(engine) as session:
            found = session.execute(select(NotificationLog.team, NotificationLog.night)).all()
    assert dict(map(tuple, found)) == {TEAM: NIGHT, "of heartbeats alone": first}


@pytest.mark.slow
def test_the_heartbeat_of_a_revoked_night_is_sent_anew_once(settings: Settings) -> None:
    with serving() as server:
        for _ in range(2):
            notify_team(settings, "客服", NIGHT, server.url)
            notify_team(settings, "客服", NIGHT, server.url)
            revoke(settings, NIGHT)
            judge_night(settings, NIGHT)
    assert [key for key, *_ in letters(settings.home)] == [f"{NIGHT}-客服-heartbeat", f"{NIGHT}-客服-heartbeat-2"]
    assert len({mail["Message-ID"] for _, mail in server.mails}) == len(server.mails) == 2


@pytest.mark.slow
def test_a_recipient_who_had_a_revoked_mail_gets_the_new_one_under_another_id(settings: Settings) -> None:
    routes = settings.include / "rules" / "routes.yaml"
    include = Path(shutil.copytree(settings.include, settings.home / "include"))
    both = routes.read_text("utf-8").replace(
        "[merchandise-en@example.com]", "[merchandise-en@example.com, slow@example.com]"
    )
    (include / "rules" / "routes.yaml").write_text(both, "utf-8")
    settings = settings.model_copy(update={"include": include})
    with scripted() as server:
        server.replies = {"rcpt slow@example.com": "451 later"}
        with pytest.raises(UndeliveredError):
            notify_team(settings, TEAM, NIGHT, server.url)
        revoke(settings, NIGHT)
        server.replies = {}
        assert deliver_due(settings, server.url, now() + timedelta(minutes=6)).mails == 0
        judge_night(settings, NIGHT)
        notify_team(settings, TEAM, NIGHT, server.url)
    assert server.accepted == [["merchandise-en@example.com"], ["merchandise-en@example.com", "slow@example.com"]]
    ids = [next(line for line in mail.splitlines() if line.startswith(b"Message-ID")) for mail in server.contents]
    assert ids[0] != ids[1]
    with open_store(settings) as engine, Session(engine) as session:
        assert {row.state for row in session.scalars(select(Recipient))} == {"accepted", "withdrawn"}


def test_an_attempt_that_fails_while_its_night_is_revoked_is_the_last(settings: Settings) -> None:
    at = now()
    with open_store(settings) as engine:
        with Session(engine) as session, session.begin():
            post(
                session,
                OutboxMail(key=f"{NIGHT}-{TEAM}", team=TEAM, night=NIGHT, content=b"To: a@example.com\r\n\r\nx"),
            )
            claimed = claim(session, f"{NIGHT}-{TEAM}", at)
        revoke(settings, NIGHT)
        with Session(engine) as session, session.begin():
            assert record(session, f"{NIGHT}-{TEAM}", {claimed[0]: Outcome("waiting", "timed out")}, at) == {}
    assert deliver_due(settings, at=at + timedelta(days=1)).mails == 0


def test_a_notice_of_a_failure_outlives_the_revocation_of_its_night(settings: Settings) -> None:
    post_failure(settings, "publish", "run", "disk full", NIGHT)
    revoke(settings, NIGHT)
    assert [(key.split("-")[3], is_sent) for key, is_sent, *_ in letters(settings.home)] == [("failed", False)]


@pytest.mark.slow
def test_a_scheduled_night_that_notifies_nobody_is_reported_to_those_who_look_after_the_data(
    settings: Settings,
) -> None:
    judge_night(settings, NIGHT - timedelta(days=1), is_scheduled=True)
    judge_night(settings, NIGHT - timedelta(days=1), is_scheduled=True)
    with open_store(settings) as engine, Session(engine) as session:
        [notice] = session.scalars(select(OutboxMail))
        assert notice.team == "Data"
        assert f"revoke {NIGHT}" in notice.content.decode()


@pytest.mark.parametrize("team", [TEAM, "客服"])
def test_two_processes_that_notify_at_the_same_time_write_each_mail_once(
    team: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    select_news, others = posting.pending_digests, list[Thread]()

    def select_slowly(*args: Any, **more: Any) -> list[PendingDigest]:
        pending = select_news(*args, **more)
        if not others:
            others.append(Thread(target=post_digests, args=[settings, NIGHT], kwargs={"team": team}))
            others[0].start()
            others[0].join(0.7)
        return pending

    monkeypatch.setattr(posting, "pending_digests", select_slowly)
    post_digests(settings, NIGHT, team=team)
    others[0].join()
    assert len(letters(settings.home)) == 1


@pytest.mark.slow
def test_what_a_changed_rule_withdraws_is_no_correction_of_the_data(settings: Settings, tmp_path: Path) -> None:
    notify_team(settings, TEAM, NIGHT)
    text = (settings.include / "rules" / "3_products.yaml").read_text("utf-8")
    milder = text.replace("{at_most: 10}", "{at_most: 1}").replace("{at_least: 11}", "{at_least: 2}")
    include = include_with(tmp_path, **{"3_products": milder.replace("  critical: 3\n", "  critical: 1\n", 1)})
    settings = settings.model_copy(update={"include": include})
    judge_night(settings, NIGHT)
    assert notify_team(settings, TEAM, NIGHT).subjects == ("Merchandise · 2 withdrawn · 木棉家纺专营店（演示）",)
    mail = (settings.outbox / f"{NIGHT}-{TEAM}-2.eml").read_bytes()
    body = message_from_bytes(mail, _class=EmailMessage, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert body.get_content().count("Withdrawn after a change of the rule") == 2
    assert "correct" not in body.get_content()


@pytest.mark.slow
def test_news_of_exports_that_come_late_goes_out_the_same_morning_and_once(settings: Settings) -> None:
    sent = []
    with serving() as server:
        for name in ("first", "second", None):
            if name:
                (settings.home / "inbox" / "mumian" / f"{name}.csv").write_text(f"{name},unknown\n1,2\n")
                take_in(settings)
            judge_night(settings, NIGHT)
            sent.append(notify_team(settings, "Data", NIGHT, server.url).mails)
    assert sent == [1, 1, 0]
    first, second = (mail for _, mail in server.mails)
    assert first["Message-ID"] != second["Message-ID"]
    bodies = [mail.get_body(("plain",)).get_content() for mail in (first, second)]
    assert ["first.csv" in body for body in bodies] == [True, False]
    assert ["second.csv" in body for body in bodies] == [False, True]


def test_a_team_without_news_gets_the_heartbeat_alone_and_others_at_the_end_of_their_digest(settings: Settings) -> None:
    subjects = [notify_team(settings, team, NIGHT).subjects for team in ("客服", "客服", TEAM)]
    assert subjects[:2] == [("客服 · 巡检正常 · 无新增预警",), ()]
    with open_store(settings) as engine, Session(engine) as session:
        contents = {letter.team: letter.content for letter in session.scalars(select(OutboxMail))}
    digest = message_from_bytes(contents[TEAM], _class=EmailMessage, policy=policy.default)
    for kind in ("plain", "html"):
        assert "data complete up to Fri 2026-11-13" in " ".join(digest.get_body((kind,)).get_content().split())
