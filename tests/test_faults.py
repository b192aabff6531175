"""A failing disk, kills at any moment, two installations, a clock that jumps: the outcome is always the same."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import fault_night
from fault_night import NIGHT, FailingDisk, fill_inbox, outcome, small_night
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.ops.housekeeping import KEPT_BACKUPS, back_up
from shopwatch.store.outbox import post
from shopwatch.store.tables import Letter, Recipient, now, open_store

SAMPLE, CI_SECONDS, CI_KILLS = 3, 15, 100
PART = 100
"""Kills of a part of the slow test: ten parts make a thousand."""


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "inbox"
    fill_inbox(folder)
    return folder


@pytest.fixture(scope="module")
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture(scope="module")
def undisturbed(inbox: Path, disk: FailingDisk, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """The outcome of a night that nothing disturbs, and how many changes to files it makes."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    disk.watch(home, None)
    small_night(home, inbox)
    return outcome(home), disk.rest()


def fail_once(disk: FailingDisk, number: int, home: Path, inbox: Path) -> None:
    """A night whose n-th change fails, then one on a disk that works, after the time to try mails again."""
    disk.watch(home, number)
    try:
        small_night(home, inbox)
    except (OSError, duckdb.Error, SQLAlchemyError):
        pass
    finally:
        disk.rest()
    small_night(home, inbox, now() + timedelta(minutes=6))


def test_a_failing_change_to_a_file_is_made_good_by_the_next_night(
    disk: FailingDisk, undisturbed: tuple[dict[str, Any], int], inbox: Path, tmp_path: Path
) -> None:
    expected, changes = undisturbed
    assert changes > 40
    seed = random.Random(date.today().toordinal())  # over the days, every place has its turn
    for number in sorted(seed.sample(range(1, changes + 1), SAMPLE)):
        fail_once(disk, number, tmp_path / str(number), inbox)
        assert outcome(tmp_path / str(number)) == expected, number


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_every_failing_change_is_made_good(
    part: int, disk: FailingDisk, undisturbed: tuple[dict[str, Any], int], inbox: Path, tmp_path: Path
) -> None:
    expected, changes = undisturbed
    for number in range(1 + part, changes + 1, 4):
        fail_once(disk, number, tmp_path / str(number), inbox)
        assert outcome(tmp_path / str(number)) == expected, number
        shutil.rmtree(tmp_path / str(number))


@pytest.fixture(scope="module")
def forks() -> Iterator[Any]:
    """Processes that begin with everything imported, and with no warehouse open."""
    with pytest.MonkeyPatch.context() as patch:
        folders = (PROJECT / "plugins", Path(fault_night.__file__).parent)
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, folders)))
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["warm_fault_night"])
        yield context


def kill_at_random(forks: Any, home: Path, inbox: Path, kills: int, seconds: float, seed: int) -> int:
    """Kill nights one after the other, each somewhere in its course; returns how many were killed."""
    when, ends, killed, usual = random.Random(seed), time.monotonic() + seconds, 0, 1.5
    while killed < kills and time.monotonic() < ends:
        start = time.monotonic()
        night = forks.Process(target=small_night, args=(home, inbox))
        night.start()
        night.join(when.uniform(0, usual))
        if night.is_alive():
            night.kill()
            night.join()
            killed += 1
        else:
            assert night.exitcode == 0
            usual = (usual + time.monotonic() - start) / 2
            shutil.rmtree(home)  # it came through: from the beginning
    return killed


def test_kills_at_any_moment_change_nothing(
    forks: Any, undisturbed: tuple[dict[str, Any], int], inbox: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert kill_at_random(forks, home, inbox, CI_KILLS, CI_SECONDS, date.today().toordinal()) > 0
    small_night(home, inbox, now() + timedelta(minutes=6))
    assert outcome(home) == undisturbed[0]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_a_thousand_kills_change_nothing(
    part: int, forks: Any, undisturbed: tuple[dict[str, Any], int], inbox: Path, tmp_path: Path
) -> None:
    for chain in range(PART // 5):
        home = tmp_path / str(chain)
        assert kill_at_random(forks, home, inbox, 5, 600, part * 1000 + chain) == 5
        small_night(home, inbox, now() + timedelta(minutes=6))
        assert outcome(home) == undisturbed[0], (part, chain)
        shutil.rmtree(home)


def test_two_installations_side_by_side_do_not_meet(
    forks: Any, undisturbed: tuple[dict[str, Any], int], inbox: Path, tmp_path: Path
) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    nights = [forks.Process(target=small_night, args=(home, inbox)) for home in homes]
    for night in nights:
        night.start()
    for night in nights:
        night.join(120)
    assert [night.exitcode for night in nights] == [0, 0]
    assert [outcome(home) == undisturbed[0] for home in homes] == [True, True]


YEAR = timedelta(days=365)
MAIL = b"From: w@example.com\r\nTo: m@example.com\r\n\r\nnews\r\n"


@pytest.mark.parametrize("jump", [YEAR, -YEAR, timedelta(hours=2), -timedelta(hours=2)], ids=str)
def test_a_mail_that_a_clock_ahead_put_off_goes_out_once_the_clock_is_right(
    jump: timedelta, settings: Settings
) -> None:
    at = datetime(2026, 11, 16, 3)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, "1-Data", "Data", NIGHT, MAIL)
        post(session, "2-Data", "Data", NIGHT, MAIL, at + jump)  # held until the hours of the wrong day
    settings.outbox.parent.mkdir(exist_ok=True)
    settings.outbox.write_bytes(b"")  # the disk refuses
    assert deliver_due(settings, at=at + jump).mails == 0
    settings.outbox.unlink()
    moments = [at + timedelta(minutes=15 * number) for number in range(40)]
    assert sum(deliver_due(settings, at=moment).mails for moment in moments) == 2
    with open_store(settings) as engine, Session(engine) as session:
        assert {letter.sent_at is not None for letter in session.query(Letter)} == {True}
        assert {recipient.state for recipient in session.query(Recipient)} == {"accepted"}


def test_backups_of_a_clock_ahead_do_not_crowd_out_those_of_today(settings: Settings) -> None:
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, "1-Data", "Data", NIGHT, MAIL)
    for number in range(KEPT_BACKUPS):
        back_up(settings, NIGHT + YEAR + timedelta(days=number))
    for number in range(3):
        backup, _ = back_up(settings, NIGHT + timedelta(days=number))
        assert backup is not None
        assert backup.exists()
    assert len(list(settings.backups.iterdir())) == KEPT_BACKUPS
