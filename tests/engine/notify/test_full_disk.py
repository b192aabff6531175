"""A disk that fills up or becomes read-only after the night was judged: the next run reports the rest, once."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.pipeline import notify_teams
from shopwatch.store.tables import now

NIGHT = date(2026, 11, 13)
PAGE = 4096


@pytest.fixture(scope="module")
def expected(judged_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The mails of a night that nothing disturbs."""
    settings = copy_of(judged_home, tmp_path_factory.mktemp("undisturbed"))
    assert notify_teams(settings, NIGHT) == ()
    return mails(settings)


def copy_of(home: Path, folder: Path) -> Settings:
    return Settings(home=Path(shutil.copytree(home, folder / "home")), settle_seconds=0)


def mails(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in settings.outbox.glob("*.eml")}


def succeeds(action: Callable[[], object], most: int | None = None) -> bool:
    """Whether the action ends without an error or an undelivered mail, in a process whose files stay below a size."""
    child = os.fork()
    if child == 0:
        try:
            if most is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            os._exit(1 if action() else 0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def require_made_good(settings: Settings, expected: dict[str, bytes], place: object) -> None:
    """The next run tells what is left, and a later one nothing."""
    notify_teams(settings, NIGHT)
    deliver_due(settings, at=now() + timedelta(minutes=6))
    assert mails(settings) == expected, place
    assert notify_teams(settings, NIGHT) == (), place
    assert mails(settings) == expected, place


@pytest.mark.slow
def test_a_disk_that_fills_up_while_teams_are_notified_is_made_good(
    judged_home: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    failed = 0
    for most in range(0, 400 * PAGE, 3 * PAGE):
        settings = copy_of(judged_home, tmp_path)
        is_told = succeeds(lambda settings=settings: notify_teams(settings, NIGHT), most)  # type: ignore[misc]
        assert is_told <= (mails(settings) == expected), "a mail that is missing is an error of the run"
        require_made_good(settings, expected, most)
        shutil.rmtree(settings.home)
        if is_told:
            break
        failed += 1
    assert is_told
    assert failed > 5


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[str], None]]:
    """A file system of its own; yields how to mount it anew, as in ``size=1m`` or ``ro``."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        yield lambda how: subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True) and None
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_and_a_read_only_file_system_are_made_good(
    judged_home: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as mount_as:
        for free in ("ro", *range(0, 500, 60)):
            settings = copy_of(judged_home, tmp_path / "disk")
            used = sum(path.stat().st_blocks * 512 for path in settings.home.rglob("*"))
            mount_as("ro" if free == "ro" else f"size={used + int(free) * 1024}")
            is_told = succeeds(lambda settings=settings: notify_teams(settings, NIGHT))  # type: ignore[misc]
            mount_as("rw,size=1g")
            assert is_told <= (mails(settings) == expected), free
            assert free not in ("ro", 0) or not is_told
            require_made_good(settings, expected, free)
            shutil.rmtree(settings.home)
