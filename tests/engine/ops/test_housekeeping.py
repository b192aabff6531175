"""What is done between the nights: real files over their time, real mails that wait, real copies."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import threading
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from files import ask, drop, load_all, order, orders_csv, plan, plans_csv
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.ops.housekeeping import KEPT_BACKUPS, back_up, keep_house
from shopwatch.ops.replay import beyond_replay
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, open_store

TODAY = date(2026, 11, 16)
DAY = 86_400
NAME = "qinghe/ExportOrderList202611030100.csv"


def age(folder: Path, days: float) -> None:
    moment = time.time() - days * DAY
    os.utime(folder, (moment, moment))


def originals(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def folder_of(settings: Settings, name: str) -> Path:
    (path,) = [path for root in (settings.archive, settings.rejected) for path in root.rglob(name)]
    return path.parent


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """Two files taken, two rejected; the first of each was put away 11 days ago, the others 9."""
    settings.keep_originals_days = 10
    drop(settings, NAME, orders_csv([order(1), order(2)]))
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1)]))
    drop(settings, "qinghe/old notes.csv", b"a,b\n1,2\n")
    drop(settings, "qinghe/new notes.csv", b"c,d\n1,2\n")
    load_all(settings)
    for name, days in ((Path(NAME).name, 11), ("plans.csv", 9), ("old notes.csv", 11), ("new notes.csv", 9)):
        age(folder_of(settings, name), days)
    return settings


def test_originals_over_their_time_go_and_the_others_stay(filled: Settings, caplog: pytest.LogCaptureFixture) -> None:
    size = filled.inbox.joinpath(NAME).stat().st_size
    with caplog.at_level("INFO", logger="shopwatch"):
        kept = keep_house(filled, TODAY)
    assert (kept.archived_removed, kept.rejected_removed, kept.bytes_removed) == (1, 1, size + 8)
    assert originals(filled.archive) == {"plans.csv"}
    assert originals(filled.rejected) == {"new notes.csv", "new notes.csv.reason.txt"}
    for name in (Path(NAME).name, "old notes.csv"):
        assert f"{name} (" in caplog.text
    again = keep_house(filled, TODAY)
    assert (again.archived_removed, again.rejected_removed, again.bytes_removed) == (0, 0, 0)


@pytest.mark.slow
def test_a_clock_that_leaps_ahead_removes_no_originals_until_seven_runs_agree_with_it(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.keep_originals_days = 400
    today, clock = date.today(), time.time
    (filled.backups / today.isoformat()).mkdir(parents=True)
    before = originals(filled.archive)
    monkeypatch.setattr(time, "time", lambda: clock() + 500 * DAY)
    kept = keep_house(filled, today + timedelta(days=500))
    assert "4 folders of originals were not removed. Set the clock" in kept.damage[0]
    assert originals(filled.archive) == before
    for day in range(501, 500 + KEPT_BACKUPS):
        (filled.backups / (today + timedelta(days=day)).isoformat()).mkdir()
    assert keep_house(filled, today + timedelta(days=500 + KEPT_BACKUPS)).archived_removed == 0
    kept = keep_house(filled, today + timedelta(days=501 + KEPT_BACKUPS))
    assert (kept.archived_removed, kept.rejected_removed, kept.damage) == (2, 2, ())


@pytest.mark.slow
def test_what_was_dropped_and_what_was_loaded_stays(filled: Settings) -> None:
    dropped = originals(filled.inbox)
    keep_house(filled, TODAY)
    assert originals(filled.inbox) == dropped
    assert ask(filled, "select count(*) from incoming.tmall_orders") == [(2,)]
    assert load_all(filled) == {}


@pytest.mark.slow
def test_zero_days_keep_originals_for_ever(filled: Settings) -> None:
    filled.keep_originals_days = 0
    age(folder_of(filled, "plans.csv"), 10_000)
    assert keep_house(filled, TODAY).archived_removed == 0
    assert originals(filled.archive) == {Path(NAME).name, "plans.csv"}


def test_everything_put_away_is_its_owners_alone(filled: Settings) -> None:
    for root in (filled.archive, filled.rejected):
        files = [path for path in root.rglob("*") if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert {stat.S_IMODE(folder.stat().st_mode) for path in files for folder in (path.parent, root)} == {0o700}


@pytest.mark.slow
def test_a_replay_says_what_it_cannot_build_again_and_does_nothing_unasked(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_house(filled, TODAY)
    (lost,) = beyond_replay(filled)
    assert (lost.source, lost.shop, lost.files, lost.rows) == ("tmall_orders", "qinghe", 1, 2)
    assert str(lost.first_day) == "2026-11-02"
    monkeypatch.setenv("SHOPWATCH_HOME", str(filled.home))
    monkeypatch.setenv("SHOPWATCH_SETTLE_SECONDS", "0")
    monkeypatch.setenv("COLUMNS", "240")
    refused = CliRunner().invoke(app, ["replay"])
    assert refused.exit_code == 2
    assert "1 files of tmall_orders of qinghe, 2 rows of 2026-11-02" in refused.output
    assert ask(filled, "select count(*) from incoming.tmall_orders") == [(2,)]


@pytest.mark.slow
def test_a_whole_archive_can_be_replayed(filled: Settings) -> None:
    assert beyond_replay(filled) == []
    assert beyond_replay(Settings(home=filled.home / "elsewhere")) == []


def written(settings: Settings, *keys: str) -> None:
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        for key in keys:
            post(
                session,
                OutboxMail(
                    key=key,
                    team=key.partition("-")[2],
                    night=TODAY,
                    content=b"From: w@example.com\r\nTo: m@example.com\r\n\r\nnews\r\n",
                ),
            )


def test_mail_that_waits_is_tried_again(settings: Settings) -> None:
    written(settings, "1-Data", "2-Data", "1-Gone")
    kept = keep_house(settings, TODAY)
    assert (kept.mails_sent, kept.undelivered) == (3, ())
    assert len(list(settings.outbox.glob("*.eml"))) == 3
    assert keep_house(settings, TODAY).mails_sent == 0


@pytest.mark.slow
def test_a_mail_server_that_is_away_stops_nothing(filled: Settings) -> None:
    written(filled, "1-Data")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    filled.smtp_url = SecretStr(f"smtp://127.0.0.1:{port}")
    kept = keep_house(filled, TODAY)
    assert kept.mails_sent == 0
    assert len(kept.undelivered) == 1
    assert kept.archived_removed == 1
    assert Path(kept.backup, "store.sqlite").exists()
    with open_store(filled) as engine, Session(engine) as session:
        letter = session.get(OutboxMail, "1-Data")
        assert letter is not None
        assert letter.sent_at is None


def test_a_backup_holds_what_no_file_of_a_platform_can_bring_back(filled: Settings) -> None:
    (filled.home / "shops.yaml").write_text("qinghe: {title: 青禾, platform: tmall, currency: CNY}\n", "utf-8")
    written(filled, "1-Data")
    backup = Path(keep_house(filled, TODAY).backup)
    assert backup == filled.backups / "2026-11-16"
    assert originals(backup) == {"store.sqlite", "pseudonym.key", "shops.yaml"}
    for name in ("pseudonym.key", "shops.yaml"):
        assert (backup / name).read_bytes() == (filled.home / name).read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in backup.iterdir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (backup, backup.parent)} == {0o700}
    with closing(sqlite3.connect(backup / "store.sqlite")) as copy:
        assert copy.execute("select key from outbox").fetchall() == [("1-Data",)]


TOLD = (
    "insert into notification_log (team, topic, state, night, first_night) "
    "values (?, ?, 'notified', '2026-11-16', '2026-11-16')"
)


def test_a_backup_beside_a_writer_is_whole(settings: Settings) -> None:
    written(settings, "1-Data")
    done = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(settings.home / "store.sqlite", timeout=30)) as con:
            number = 0
            while not done.is_set():
                with con:  # both rows or none
                    con.execute(TOLD, ["a", str(number)])
                    con.execute(TOLD, ["b", str(number)])
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = [back_up(settings, TODAY + timedelta(days=day))[0] for day in range(3)]
    finally:
        done.set()
        writer.join()
    for backup in filter(None, backups):
        with closing(sqlite3.connect(backup / "store.sqlite")) as copy:
            counts = dict(copy.execute("select team, count(*) from notification_log group by team").fetchall())
        assert counts.get("a") == counts.get("b")
    assert None not in backups


def test_the_last_seven_backups_are_kept(settings: Settings) -> None:
    written(settings, "1-Data")
    removed = [keep_house(settings, TODAY + timedelta(days=day)).backups_removed for day in range(KEPT_BACKUPS + 2)]
    assert removed == [0] * KEPT_BACKUPS + [1, 1]
    assert sorted(path.name for path in settings.backups.iterdir()) == [
        (TODAY + timedelta(days=day)).isoformat() for day in range(2, KEPT_BACKUPS + 2)
    ]


def test_a_second_backup_of_a_day_replaces_the_first(settings: Settings) -> None:
    written(settings, "1-Data")
    keep_house(settings, TODAY)
    written(settings, "2-Data")
    backup = Path(keep_house(settings, TODAY).backup)
    assert [path.name for path in settings.backups.iterdir()] == [backup.name]
    with closing(sqlite3.connect(backup / "store.sqlite")) as copy:
        assert copy.execute("select count(*) from outbox").fetchall() == [(2,)]
