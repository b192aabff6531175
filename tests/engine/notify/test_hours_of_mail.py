"""Mail of a team with hours, over a real SMTP server: held until they begin, then sent once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from mail_server import letters, serving
from night_tools import ENDS, environment
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import UndeliveredError, deliver_due, deliver_waiting
from shopwatch.notify.notices import post_failure
from shopwatch.pipeline import judge_night
from shopwatch.review.weekly_posting import post_review
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, open_store
from warehouses import notify_team
from watching import include_with

NIGHT = date(2026, 11, 13)
TEAM = "Merchandise"
KEY = f"{NIGHT}-{TEAM}"
WRITTEN = datetime(2026, 11, 13, 18, 30)  # 02:30 in Shanghai, UTC as all moments here
OPENS = datetime(2026, 11, 14, 0, 0)  # 08:00
CLOSES = datetime(2026, 11, 14, 14, 0)
MINUTE = timedelta(minutes=1)
ROUTES = """
- {team: Merchandise, owners: [商品], language: en, to: [m@example.com], hours: {from: 08:00, to: 22:00}%s}
- {team: Data, data: true, language: en, to: [d@example.com], hours: {from: 08:00, to: 22:00}}
"""


@pytest.fixture
def settings(judged_home: Path, tmp_path: Path) -> Settings:
    home = Path(shutil.copytree(judged_home, tmp_path / "home"))
    return Settings(home=home, include=include_with(tmp_path, routes=ROUTES % ""))


def critical_stock(settings: Settings, more: str = "") -> None:
    """The same night, judged by a rule by which its low stock is critical."""
    rules = settings.include / "rules"
    text = (rules / "3_products.yaml").read_text("utf-8")
    assert text.count("  critical: 3\n") == 1
    (rules / "3_products.yaml").unlink()
    (rules / "3_products.yaml").write_text(text.replace("  critical: 3\n", "  critical: 10\n"), "utf-8")
    (rules / "routes.yaml").write_text(ROUTES % more, "utf-8")
    judge_night(settings, NIGHT)


def test_a_mail_is_held_until_the_hours_begin_and_then_sent_once(settings: Settings) -> None:
    with serving() as server:
        assert notify_team(settings, TEAM, NIGHT, server.url, at=WRITTEN).mails == 0
        assert deliver_due(settings, server.url, at=OPENS - MINUTE).mails == 0
        assert server.mails == []
        assert [deliver_due(settings, server.url, at=OPENS).mails for _ in range(2)] == [1, 0]
    [(recipients, mail)] = server.mails
    assert recipients == ["m@example.com"]
    assert "2 new" in mail["Subject"]
    assert letters(settings.home) == [(KEY, True, 1, None)]


def test_a_mail_that_is_written_within_the_hours_goes_out_at_once(settings: Settings) -> None:
    with serving() as server:
        assert notify_team(settings, TEAM, NIGHT, server.url, at=CLOSES - MINUTE).mails == 1


@pytest.mark.slow
def test_a_night_run_again_neither_doubles_nor_loses(settings: Settings) -> None:
    with serving() as server:
        for at in (WRITTEN, WRITTEN + MINUTE):
            judge_night(settings, NIGHT)
            assert notify_team(settings, TEAM, NIGHT, server.url, at=at).mails == 0
        judge_night(settings, NIGHT)
        assert notify_team(settings, TEAM, NIGHT, server.url, at=OPENS + MINUTE).mails == 1
        assert deliver_due(settings, server.url, at=OPENS + 2 * MINUTE).mails == 0
    assert len(server.mails) == 1
    assert letters(settings.home) == [(KEY, True, 1, None)]


@pytest.mark.slow
def test_a_new_critical_alert_breaks_through(settings: Settings) -> None:
    critical_stock(settings)
    with serving() as server:
        assert notify_team(settings, TEAM, NIGHT, server.url, at=WRITTEN).mails == 1
        assert deliver_due(settings, server.url, at=OPENS).mails == 0


@pytest.mark.slow
def test_a_team_may_have_critical_alerts_wait_too(settings: Settings) -> None:
    critical_stock(settings, ", critical: waits")
    with serving() as server:
        assert notify_team(settings, TEAM, NIGHT, server.url, at=WRITTEN).mails == 0
        assert deliver_due(settings, server.url, at=OPENS).mails == 1


@pytest.mark.slow
def test_what_could_not_be_sent_in_time_waits_for_the_next_hours(settings: Settings) -> None:
    with serving() as server:
        server.refuse = "450 try again"
        notify_team(settings, TEAM, NIGHT, server.url, at=WRITTEN)
        with pytest.raises(UndeliveredError):
            deliver_waiting(settings, TEAM, server.url, at=CLOSES - MINUTE)
        server.refuse = ""
        tomorrow = OPENS + timedelta(days=1)
        sent = [deliver_due(settings, server.url, at=at).mails for at in (CLOSES, tomorrow - MINUTE, tomorrow)]
    assert sent == [0, 0, 1]
    assert letters(settings.home) == [(KEY, True, 2, None)]


def test_the_mail_of_a_failed_run_is_never_held(settings: Settings) -> None:
    assert post_failure(settings, "build_models", "run", "Error: no space left", NIGHT) == ["Data"]
    with serving() as server:
        assert deliver_waiting(settings, "Data", server.url, at=WRITTEN) == 1


def test_the_weekly_review_keeps_to_the_hours(settings: Settings) -> None:
    page = settings.home / "review-2026-W46.html"
    page.write_text("<p>the week</p>")
    assert post_review(settings, page, at=WRITTEN) == [TEAM, "Data"]
    with serving() as server:
        assert [deliver_due(settings, server.url, at=at).mails for at in (WRITTEN, OPENS)] == [0, 2]
    assert {mail["Date"] for _, mail in server.mails} == {"Mon, 16 Nov 2026 08:00:00 +0800"}  # after the week


def test_hours_that_were_taken_out_of_the_routes_hold_nothing_any_longer(settings: Settings) -> None:
    notify_team(settings, TEAM, NIGHT, at=WRITTEN)
    (settings.include / "rules" / "routes.yaml").write_text("- {team: Other, owners: [], to: [o@example.com]}\n")
    assert deliver_due(settings, at=CLOSES).mails == 1


def test_mail_that_is_due_can_be_sent_by_hand(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    notify_team(settings, TEAM, NIGHT, at=WRITTEN)
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    said = []
    for moment in (OPENS - MINUTE, OPENS):
        monkeypatch.setattr("shopwatch.notify.delivery.now", lambda at=moment: at)
        said.append(CliRunner().invoke(app, ["deliver"]).output)
    assert said == ["mails delivered: 0\n", "mails delivered: 1\n"]
    assert [path.stem for path in settings.outbox.iterdir()] == [KEY]


@pytest.mark.slow
def test_deliveries_at_the_same_time_send_each_mail_once(settings: Settings) -> None:
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        for number in range(30):
            post(
                session,
                OutboxMail(
                    key=f"{number}-{TEAM}",
                    team=TEAM,
                    night=NIGHT,
                    content=b"From: w@example.com\r\nTo: m@example.com\r\n\r\nnews\r\n",
                ),
            )
    with serving() as server:
        env = environment(settings.home, SHOPWATCH_SMTP_URL=server.url)
        command = [sys.executable, "-m", "shopwatch", "deliver"]
        started = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        outputs = [one.communicate(timeout=ENDS)[0] for one in started]
    assert sum(int(text.removeprefix("mails delivered: ")) for text in outputs) == 30
    assert len(server.mails) == 30


def test_hours_that_cannot_be_read_hold_up_no_notice_of_the_failure(settings: Settings) -> None:
    with serving() as server:
        notify_team(settings, TEAM, NIGHT, server.url, at=WRITTEN)
        post_failure(settings, "judge_rules", "run", "routes.yaml cannot be read", NIGHT)
        (settings.include / "rules" / "routes.yaml").write_text("- team: [", "utf-8")
        assert deliver_due(settings, server.url, OPENS).mails == 2
    assert sorted(to for to, _ in server.mails) == [["d@example.com"], ["m@example.com"]]
