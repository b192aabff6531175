"""A failing disk, kills at any moment, two installations, a clock that jumps: the outcome is always the same."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
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
from fault_night import MAILS, NIGHT, FailingDisk, fill_inbox, outcome, small_night
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.ops.housekeeping import KEPT_BACKUPS, back_up
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, Recipient, now, open_store
from smtp_script import scripted

SAMPLE, CI_SECONDS, CI_KILLS = 3, 150, 100
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
def undisturbed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("undisturbed") / "home"


@pytest.fixture(scope="module")
def undisturbed(inbox: Path, disk: FailingDisk, undisturbed_home: Path) -> tuple[dict[str, Any], int]:
    """The outcome of a night that nothing disturbs, and how many changes to files it makes."""
    disk.watch(undisturbed_home, None)
    small_night(undisturbed_home, inbox)
    return outcome(undisturbed_home), disk.rest()


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


BLOCK = 262_144
"""DuckDB's files grow by this many bytes, SQLite's by pages of 4,096."""


def full_disks(undisturbed_home: Path) -> list[int]:
    """Sizes at which some file of a night stops growing: each page of the first blocks, then each block."""
    largest = max(path.stat().st_size for path in undisturbed_home.rglob("*") if path.is_file())
    return [*range(0, BLOCK, 4096), *range(BLOCK, largest, BLOCK)]


def fill_disk(forks: Any, most: int, home: Path, inbox: Path, expected: dict[str, Any]) -> int:
    """A night on a disk that is full, then one with room; returns how often a mail arrived beyond once."""
    with scripted() as server:
        night = forks.Process(target=fault_night.night_on_a_full_disk, args=(home, inbox, most, server.url))
        night.start()
        night.join(120)
        assert night.exitcode is not None, most
        small_night(home, inbox, now() + timedelta(minutes=6), server.url)
        subjects = [re.findall(rb"Subject: (.*)\r", content)[0].decode() for content in server.contents]
    assert outcome(home) == {**expected, "mails": {}}, most
    assert set(subjects) == set(MAILS), most
    return len(subjects) - len(MAILS)


@pytest.mark.slow
def test_a_disk_that_is_full_for_duckdb_and_sqlite_too_is_made_good(
    forks: Any, undisturbed: tuple[dict[str, Any], int], undisturbed_home: Path, inbox: Path, tmp_path: Path
) -> None:
    sizes = random.Random(date.today().toordinal()).sample(full_disks(undisturbed_home), SAMPLE)
    for most in sizes:
        # Full right after the server has accepted a mail, there is nowhere to note it: SMTP leaves this open.
        assert fill_disk(forks, most, tmp_path / str(most), inbox, undisturbed[0]) <= 1, most


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
def test_every_size_of_a_full_disk_is_made_good(
    part: int, forks: Any, undisturbed: tuple[dict[str, Any], int], undisturbed_home: Path, inbox: Path, tmp_path: Path
) -> None:
    doubled = 0
    sizes = full_disks(undisturbed_home)[part::3]
    for most in sizes:
        doubled += fill_disk(forks, most, tmp_path / str(most), inbox, undisturbed[0])
        shutil.rmtree(tmp_path / str(most))
    assert doubled <= len(sizes) // 5


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


@pytest.mark.sampled(4)
@pytest.mark.parametrize("jump", [YEAR, -YEAR, timedelta(hours=2), -timedelta(hours=2)], ids=str)
def test_a_mail_that_a_clock_ahead_put_off_goes_out_once_the_clock_is_right(
    jump: timedelta, settings: Settings
) -> None:
    at = datetime(2026, 11, 16, 3)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key="1-Data", team="Data", night=NIGHT, content=MAIL))
        # held until the hours of the wrong day
        post(session, OutboxMail(key="2-Data", team="Data", night=NIGHT, content=MAIL, not_before=at + jump))
    settings.outbox.parent.mkdir(exist_ok=True)
    settings.outbox.write_bytes(b"")  # the disk refuses
    assert deliver_due(settings, at=at + jump).mails == 0
    settings.outbox.unlink()
    moments = [at + timedelta(minutes=15 * number) for number in range(40)]
    assert sum(deliver_due(settings, at=moment).mails for moment in moments) == 2
    with open_store(settings) as engine, Session(engine) as session:
        assert {letter.sent_at is not None for letter in session.query(OutboxMail)} == {True}
        assert {recipient.state for recipient in session.query(Recipient)} == {"accepted"}


def test_backups_of_a_clock_ahead_do_not_crowd_out_those_of_today(settings: Settings) -> None:
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key="1-Data", team="Data", night=NIGHT, content=MAIL))
    for number in range(KEPT_BACKUPS):
        back_up(settings, NIGHT + YEAR + timedelta(days=number))
    for number in range(3):
        backup, _ = back_up(settings, NIGHT + timedelta(days=number))
        assert backup is not None
        assert backup.exists()
    assert len(list(settings.backups.iterdir())) == KEPT_BACKUPS
