"""Health of the watch, as a monitor, a scraper and the command line see it."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.notify.notices import post_failure
from shopwatch.ops.health import OPENMETRICS, all_metrics, read_health
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, Recipient, now, open_store
from shopwatch.web.probe import with_probe

NIGHT = date(2026, 11, 15)
TABLES = """
    create schema meta; create schema ops;
    create table meta.night as select date '2026-11-15' as night;
    create table ops.verdict_counts (rule varchar, shop varchar, period_start date, verdict varchar);
    insert into ops.verdict_counts values
        ('stock', 'a', '2026-11-15', 'blocked'), ('stock', 'b', '2026-11-15', 'ok'),
        ('roas', 'a', '2026-11-02', 'blocked'), ('roas', 'a', '2026-11-09', 'ok'),
        ('sales', 'b', '2026-11-15', 'blocked'), ('sales', 'b', '2026-11-15', 'no_data');
"""
MAIL = b"From: w@example.com\r\nTo: a@example.com, b@example.com\r\n\r\nnews\r\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    settings.published.parent.mkdir()
    with duckdb.connect(settings.published) as con:
        con.execute(TABLES)
    with open_store(settings):
        pass
    return settings


def mail(settings: Settings, attempts: int = 0, not_before: datetime | None = None) -> None:
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key="letter", team="T", night=NIGHT, content=MAIL, not_before=not_before))
        session.flush()
        session.get_one(Recipient, ("letter", "a@example.com")).attempts = attempts


def test_a_watch_that_is_awake_says_when_it_last_looked_and_what_lacks_data(settings: Settings) -> None:
    health = read_health(settings)
    assert (health.status, health.problems, health.night, health.undelivered) == ("ok", (), NIGHT, 0)
    assert health.blocked == 2, "stock of a and sales of b; roas of a was judged in its newest period"
    assert health.age_seconds is not None
    assert health.age_seconds < 60


@pytest.mark.parametrize(("hours", "problems"), [(25, ()), (27, ("night_too_old",))])
def test_a_night_that_did_not_come_is_a_fault(hours: int, problems: tuple[str, ...], settings: Settings) -> None:
    health = read_health(settings, now() + timedelta(hours=hours))
    assert (health.problems, (health.age_seconds or 0) // 3600) == (problems, hours)


@pytest.mark.parametrize(
    ("attempts", "not_before", "undelivered"),
    [
        (0, None, 0),  # just written
        (1, None, 1),  # refused for now
        (0, now() + timedelta(hours=5), 0),  # held until the team's hours
        (0, now() - timedelta(hours=2), 2),  # due, and nobody delivers
    ],
)
def test_mail_that_does_not_go_out_is_a_fault(
    attempts: int, not_before: datetime | None, undelivered: int, settings: Settings
) -> None:
    mail(settings, attempts, not_before)
    health = read_health(settings)
    assert (health.undelivered, health.problems) == (undelivered, ("mail_undelivered",) if undelivered else ())


def test_what_cannot_be_read_is_a_fault_and_stops_nothing(settings: Settings) -> None:
    settings.published.write_bytes(b"no warehouse")
    settings.alarms.mkdir()
    (settings.alarms / "a.eml").write_bytes(MAIL)
    away = settings.model_copy(update={"store_url": None})
    (settings.home / "store.sqlite").write_bytes(b"no store" * 200)
    health = read_health(away)
    assert health.problems == ("warehouse_unreadable", "store_unreadable", "alarm_unsent")
    assert (health.night, health.undelivered, health.blocked, health.alarms) == (None, None, None, 1)


def test_a_lost_store_is_a_fault_and_is_not_made_by_asking(settings: Settings) -> None:
    for file in settings.home.glob("store.sqlite*"):
        file.unlink()
    assert [read_health(settings).problems for _ in range(2)] == [("store_missing",)] * 2


def test_mail_is_watched_before_anything_was_published(settings: Settings) -> None:
    mail(settings, attempts=1)
    settings.published.unlink()
    assert read_health(settings).problems == ("never_published", "mail_undelivered")


def test_a_task_that_failed_is_a_fault_until_the_next_night_is_published(settings: Settings) -> None:
    post_failure(settings, "load", "run", "raw.duckdb is missing", NIGHT + timedelta(days=1))
    soon = now() + timedelta(minutes=1)
    assert read_health(settings, soon).problems == ("task_failed",)
    os.utime(settings.published)
    assert read_health(settings, soon).problems == ()


def test_a_night_of_the_future_is_a_fault(settings: Settings) -> None:
    settings.published.unlink()
    with duckdb.connect(settings.published) as con:
        con.execute(TABLES.replace("2026-11-15' as night", "2199-11-15' as night"))
    health = read_health(settings.model_copy(update={"allow_future_nights": False}))
    assert health.problems == ("night_in_the_future",)


@pytest.mark.parametrize("is_awake", [True, False])
def test_the_command_says_it_by_json_metrics_and_exit_code(
    is_awake: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    if not is_awake:
        os.utime(settings.published, (0, 0))
    plain = CliRunner().invoke(app, ["healthz"])
    metrics = CliRunner().invoke(app, ["healthz", "--metrics"])
    assert plain.exit_code == metrics.exit_code == (0 if is_awake else 1)
    said = json.loads(plain.output)
    assert (said["status"], said["night"], said["blocked"]) == ("ok" if is_awake else "degraded", "2026-11-15", 2)
    assert f"shopwatch_healthy {int(is_awake)}\n" in metrics.output


def test_metrics_are_written_as_the_specification_says(settings: Settings) -> None:
    lines = all_metrics(read_health(settings)).splitlines()
    assert lines[:3] == [
        "# TYPE shopwatch_healthy gauge",
        "# HELP shopwatch_healthy 1: the watch is awake, 0: degraded",
        "shopwatch_healthy 1",
    ]
    assert "# UNIT shopwatch_night_age_seconds seconds" in lines
    assert lines[-3:] == [
        "# HELP shopwatch_unsent_alarms Notices of failed tasks that were not sent",
        "shopwatch_unsent_alarms 0",
        "# EOF",
    ]


def test_a_monitor_is_told_without_a_login_and_learns_nothing_of_the_shop(settings: Settings) -> None:
    pages = FastAPI()
    pages.get("/today")(lambda: "the page")
    outer = FastAPI()
    outer.mount("/shopwatch", with_probe(settings, pages))
    monitor = TestClient(outer)
    answer = monitor.get("/shopwatch/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "age_seconds"}
    scraped = monitor.get("/shopwatch/healthz/metrics")
    assert scraped.headers["content-type"] == OPENMETRICS
    names = {line.split()[0] for line in scraped.text.splitlines() if not line.startswith("#")}
    assert names == {"shopwatch_healthy", "shopwatch_night_age_seconds"}
    assert monitor.get("/shopwatch/today").json() == "the page"


def test_a_monitor_sees_a_degraded_watch_by_the_status(tmp_path: Path) -> None:
    monitor = TestClient(with_probe(Settings(home=tmp_path), FastAPI()))
    answer = monitor.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "degraded", "age_seconds": None})
    assert list(tmp_path.iterdir()) == [], "asking leaves no store behind"


def test_a_delivery_that_cannot_write_says_so_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SHOPWATCH_HOME", str(tmp_path / "file" / "home"))
    result = CliRunner().invoke(app, ["deliver"])
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (2, True)
    assert "run bin/shopwatch deliver again" in " ".join(result.output.split())
