"""A night that is killed in its middle and run again ends like one that nobody disturbed."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from demo import write_demo
from night_tools import ENDS, PERSONAL, Process, ask, differing, environment, mails_of, run_night, texts_in
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.store.tables import now

pytestmark = pytest.mark.slow  # two nights in processes of their own for each kill
NIGHT = "2026-11-15"
# Every team but 客服 has news: stock of both shops, a campaign's ROI, weeks that are blocked, and broken rows.
CHOSEN = (
    "mumian/*商品_全部_2026-11-1[2-5]_*.xls",
    "mumian/ExportOrderList2026111[3-5]0110.csv",
    "*/库存_2026111[45]*.xls",
    "*/计划报表_20261109_20261115_*.csv",
)
WITH_NEWS = {"商品", "推广", "运营", "仓储", "Merchandise", "Data"}


def judged(home: Path) -> bool:
    """Whether the store has taken the night in; the warehouse follows in a transaction of its own."""
    if not (home / "store.sqlite").exists():
        return False
    with closing(sqlite3.connect(f"file:{home / 'store.sqlite'}?mode=ro", uri=True)) as store:
        try:
            return store.execute("select count(*) from nights").fetchone()[0] > 0
        except sqlite3.OperationalError:  # its tables are being made
            return False


@dataclass(frozen=True)
class Kill:
    """When to kill; ``before`` is a line that must not have been said by then."""

    when: Callable[[Process, Path], bool]
    before: str


KILLS = {
    "load": Kill(lambda _, home: any((home / "warehouse").glob("tmp*")), r"\d+ warned"),  # it reads a file
    "check": Kill(lambda _, home: any((home / "quality").rglob("validations/*")), r"\d+ warned"),
    "build": Kill(lambda night, _: night.said(r"\] intermediate\."), r"kpi\.fct_kpi"),
    "judge": Kill(lambda _, home: judged(home), r"review rows"),
    "tell": Kill(lambda _, home: any((home / "outbox").glob("*.eml")), r"published"),
    "publish": Kill(lambda _, home: any((home / "published").glob(".*.new")), r"published"),
}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = tmp_path_factory.mktemp("inbox")
    written = write_demo(chosen, wanted=lambda path: any(path.match(pattern) for pattern in CHOSEN))
    assert all(any(path.match(pattern) for path in written) for pattern in CHOSEN)
    return chosen


@pytest.fixture(scope="module")
def undisturbed(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    run_night(home, NIGHT, inbox)
    return home


def kill_in_the_middle(home: Path, inbox: Path, kill: Kill) -> Process:
    """Start a night and kill it as soon as the moment has come."""
    night = Process(["-m", "shopwatch", "night", "--night", NIGHT], environment(home, inbox))
    while night.popen.poll() is None and not kill.when(night, home):
        if night.lines and night.lines[-1][0] > ENDS:
            break
    night.kill()
    assert night.wait(10) == -signal.SIGKILL, f"it ended before it could be killed:\n{night.output}"
    assert not night.said(kill.before), f"it was killed too late:\n{night.output}"
    return night


def stray_files(home: Path) -> set[str]:
    """What lies in the folders of state and should not."""
    known = {"raw.duckdb", "shop.duckdb", f"shop-{NIGHT}.duckdb"}
    folders = (home / "warehouse", home / "published", home / "outbox")
    names = {path.name for folder in folders for path in folder.iterdir() if path.suffix != ".eml"}
    return {name for name in names if name not in known} | {path.name for path in home.rglob(".*.part")}


def personal_in(home: Path) -> list[str]:
    """Where a buyer can be told, but for the originals."""
    files = [path for path in home.rglob("*") if path.is_file() and "archive" not in path.parts]
    plain = (path for path in files if path.suffix not in (".duckdb", ".sqlite"))
    found = [path.name for path in plain if PERSONAL.search(path.read_text("utf-8", "replace"))]
    return found + [text for text in texts_in(home / "warehouse" / "raw.duckdb") if PERSONAL.search(text)]


def test_the_small_inbox_gives_every_team_something(undisturbed: Path) -> None:
    """News, and on a Monday morning the heartbeat to the team that has none."""
    assert set(mails_of(undisturbed)) == {f"{NIGHT}-{team}" for team in WITH_NEWS} | {f"{NIGHT}-客服-heartbeat"}
    assert ask(undisturbed / "published" / "shop.duckdb", "select sum(rows_quarantined)::int from ops.loads") == [(4,)]


@pytest.mark.parametrize("moment", KILLS)
def test_a_killed_night_run_again_ends_like_an_undisturbed_one(
    moment: str, undisturbed: Path, inbox: Path, tmp_path: Path
) -> None:
    kill_in_the_middle(tmp_path, inbox, KILLS[moment])
    assert not (tmp_path / "published" / "shop.duckdb").exists(), "analysts see half a night"

    run_night(tmp_path, NIGHT, inbox)
    # A mail that was being sent when the night was killed is tried again after a pause.
    deliver_due(Settings(home=tmp_path), at=now() + timedelta(minutes=6))

    assert differing(tmp_path / "published" / "shop.duckdb", undisturbed / "published" / "shop.duckdb") == []
    mails, expected = mails_of(tmp_path), mails_of(undisturbed)
    assert {name: mail.as_bytes() for name, mail in mails.items()} == {
        name: mail.as_bytes() for name, mail in expected.items()
    }
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as store:
        letters = store.execute("select key, sent_at is not null from outbox order by key").fetchall()
    assert letters == [(name, 1) for name in sorted(expected)]
    assert stray_files(tmp_path) == set()
    assert personal_in(tmp_path) == []
