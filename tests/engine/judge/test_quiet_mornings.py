"""Mornings without mail, threads and caps: what is held is not lost, and what belongs together stands together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.judge.cases import SUNDAY
from shopwatch.notify.mail import message_id, render
from shopwatch.store.decisions import acknowledge
from shopwatch.store.tables import open_store
from watching import Watch, include_with, weeks

FRIDAY = SUNDAY - timedelta(days=2)  # told on Saturday
ROUTE = "- {team: 运营, owners: [运营], to: [a@example.com], days: working_days%s}\n"


def watching(tmp_path: Path, more: str = "") -> Iterator[Watch]:
    settings = Settings(home=tmp_path / "home", include=include_with(tmp_path, routes=ROUTE % more))
    with open_store(settings) as engine, Session(engine) as session:
        yield Watch(settings, session)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    yield from watching(tmp_path)


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Watch]:
    yield from watching(tmp_path, ", critical: waits")


def test_news_of_a_quiet_morning_comes_with_the_next_mail_and_once(watch: Watch) -> None:
    assert watch.night("3 0.9 0.9", FRIDAY) == []
    assert watch.night("3 0.9 0.9", FRIDAY + timedelta(days=1)) == []
    assert watch.night("3 0.9 0.9 0.9", SUNDAY) == [("new", "")]
    assert watch.night("3 0.9 0.9 0.9", SUNDAY + timedelta(days=1)) == []


@pytest.mark.slow
def test_what_came_and_went_in_between_is_never_told(watch: Watch) -> None:
    assert watch.night("3 0.9 0.9", FRIDAY) == []
    assert watch.night("3 0.9 0.9 1.3", SUNDAY) == []


@pytest.mark.slow
def test_a_critical_alert_breaks_through_alone(watch: Watch) -> None:
    watch.late = FRIDAY - timedelta(days=2)
    assert watch.night("3 0.9 0.4", FRIDAY) == [("new", "")]
    assert watch.digest is not None
    assert watch.digest.late == ()
    assert watch.night("3 0.9 0.4", FRIDAY) == []
    watch.night("3 0.9 0.4 0.4", SUNDAY)
    assert len(watch.digest.late) == 1
    assert watch.said == [("new", ""), ("open", "")]


@pytest.mark.slow
def test_a_team_may_have_critical_alerts_wait_too(patient: Watch) -> None:
    assert patient.night("3 0.9 0.4", FRIDAY) == []
    assert patient.night("3 0.9 0.4 0.4", SUNDAY) == [("new", "")]


@pytest.mark.slow
def test_mails_of_one_alert_stand_together(watch: Watch) -> None:
    sender = "shopwatch <shopwatch@localhost>"
    mails = []
    for week, series in enumerate(("0.9 0.9", "0.9 0.9 0.4", "0.9 0.9 0.4 1.3", "0.9 0.9 0.4 1.3 0.9 0.9")):
        watch.night(series, weeks(week))
        assert watch.digest is not None
        mails.append(render(watch.digest, watch.settings.include, sender))
    first, worse, over, other = mails
    assert (first["References"], other["References"]) == (None, None)
    assert worse["In-Reply-To"] == first["Message-ID"] == worse["References"]
    assert over["In-Reply-To"] == worse["Message-ID"]
    assert over["References"].split() == [first["Message-ID"], worse["Message-ID"]]
    assert message_id(watch.digest) == other["Message-ID"]


@pytest.mark.slow
def test_what_is_cut_is_counted_with_its_money(watch: Watch) -> None:
    watch.night("0.9 0.9")
    assert watch.digest is not None
    (card,) = watch.digest.cards
    cards = tuple(replace(card, key=f"key-{n}", entity=f"{n}", belongs_to=f"{n}") for n in range(30))
    mail = render(replace(watch.digest, cards=cards, most=7), watch.settings.include, "shopwatch <a@example.com>")
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert mail["Subject"] == "运营 · 新增 30 项 · The shop · ¥150"
    assert text.count("编号：key-") == 7
    assert "另有 23 项新预警未列出：" in text
    assert "23 项，涉及 ¥115" in text


@pytest.mark.slow
def test_an_acknowledged_alert_of_a_quiet_morning_is_reported_with_who_takes_care(watch: Watch) -> None:
    watch.night("3 0.9 0.9", FRIDAY)
    acknowledge(watch.session, watch.alert().key, "Lin", "new main image")
    assert watch.night("3 0.9 0.9 0.9", SUNDAY) == [("new", "")]
    assert watch.digest is not None
    assert "Lin" in watch.digest.cards[0].acknowledgement
