"""A replay: killed, failing or refused, it leaves a whole warehouse, and the one before."""

from __future__ import annotations

import errno
import multiprocessing
import random
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from files import ask, drop, load_all, order, orders_csv
from lost_home import (
    NAME,
    ROWS,
    build_home,
    copy_home,
    cut,
    overwrite,
    remove,
    settings_of,
)
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ops.raw_warehouse import require_raw_warehouse
from shopwatch.ops.replay import NotReplayableError, replay
from shopwatch.pipeline import build_models
from shopwatch.warehouse.connections import BusyError, lock_raw
from warehouses import differences


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_home(tmp_path_factory.mktemp("built"))


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    return copy_home(built, tmp_path)


@pytest.mark.slow
def test_a_replay_mends_a_damaged_warehouse_and_keeps_every_earlier_one(settings: Settings) -> None:
    rows = ask(settings, ROWS)
    with duckdb.connect(settings.raw_warehouse) as con:
        con.execute("checkpoint")
    shop = settings.home / "as it was.duckdb"
    shutil.copyfile(settings.shop_warehouse, shop)
    damaged = []
    for lose in (cut, overwrite):
        lose(settings)
        damaged.append(settings.raw_warehouse.read_bytes())
        (settings.raw_warehouse.parent / "replay.duckdb").write_bytes(b"left by a replay that was killed")
        earlier = replay(settings).earlier
        assert earlier is not None
        assert earlier.read_bytes() == damaged[-1]
        assert ask(settings, ROWS) == rows
        require_raw_warehouse(settings)
    assert differences(settings.shop_warehouse, shop) == {}
    kept = [path.read_bytes() for path in sorted(settings.raw_warehouse.parent.glob("raw.before-replay-*.duckdb"))]
    assert kept == damaged
    assert not list(settings.raw_warehouse.parent.glob("replay.duckdb*"))


@pytest.mark.slow
def test_the_raw_warehouse_has_its_name_at_every_moment_of_a_replay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, renames and removals of files: before each of them the warehouse is there and whole."""
    with duckdb.connect(settings.raw_warehouse) as con:  # a killed load left a log
        con.execute("pragma disable_checkpoint_on_shutdown")
        con.execute("create table left_in_the_log as select 1 as n")
    assert settings.raw_warehouse.with_name("raw.duckdb.wal").exists()
    seen = []

    def look(event: str, args: tuple[object, ...]) -> None:
        if (
            event in ("os.link", "os.rename", "os.remove")
            and seen is not None
            and "raw.duckdb" in f"{args[0]} {args[1]}"
        ):
            assert settings.raw_warehouse.exists(), (event, args)
            seen.append(event)

    sys.addaudithook(look)
    rows = ask(settings, ROWS)
    earlier = replay(settings).earlier
    events, seen = seen, None  # type: ignore[assignment]
    assert events[:2] == ["os.link", "os.rename"]
    assert earlier is not None
    with duckdb.connect(earlier, read_only=True) as con:
        assert con.execute("select n from left_in_the_log").fetchall() == [(1,)]
    assert ask(settings, ROWS) == rows


@pytest.mark.slow
@pytest.mark.parametrize("name", ["link", "replace"])
def test_a_replay_that_fails_while_it_swaps_leaves_the_warehouse(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ask(settings, ROWS)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(
            "shopwatch.core.durable.os.link" if name == "link" else "shopwatch.core.durable.Path.replace", fail
        )
        if name == "link":  # a file system without links: the earlier one is a copy
            assert replay(settings).earlier is not None
        else:
            with pytest.raises(OSError, match="Input/output"):
                replay(settings)
    require_raw_warehouse(settings)
    assert ask(settings, ROWS) == rows
    replay(settings)
    assert ask(settings, ROWS) == rows


def kill_replays(settings: Settings, kills: int) -> Iterator[None]:
    """Kill replays one after the other, each somewhere in its course; goes on after each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(PROJECT / "plugins"))
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(["shopwatch.ops.replay"])
        when, usual = random.Random(date.today().toordinal()), 2.0
        while kills:
            begun = time.monotonic()
            replaying = forks.Process(target=replay, args=(settings,))
            replaying.start()
            replaying.join(when.uniform(0, usual))
            if replaying.is_alive():
                replaying.kill()
                kills -= 1
            else:  # it came through: the next one has more time
                usual = (usual + time.monotonic() - begun) / 2
            replaying.join()
            yield


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_replays_that_are_killed_leave_a_whole_warehouse(kills: int, settings: Settings, built: Path) -> None:
    rows = ask(settings, ROWS)
    for _ in kill_replays(settings, kills):
        require_raw_warehouse(settings)
        assert ask(settings, ROWS) == rows
    build_models(settings)
    assert differences(settings.shop_warehouse, settings_of(built).shop_warehouse) == {}
    assert load_all(settings) == {}


@pytest.mark.slow
def test_a_replay_that_is_killed_before_the_build_is_made_good_by_the_night(settings: Settings, tmp_path: Path) -> None:
    as_before = shutil.copy(settings.shop_warehouse, tmp_path / "before.duckdb")
    replay(settings, new_key=True)
    built_by_replay = shutil.copy(settings.shop_warehouse, tmp_path / "after.duckdb")
    shutil.copy(as_before, settings.shop_warehouse)
    build_models(settings)
    assert differences(settings.shop_warehouse, built_by_replay) == {}


def test_lost_originals_stop_a_replay_and_nothing_else(settings: Settings) -> None:
    shutil.rmtree(settings.archive)
    require_raw_warehouse(settings)
    before = settings.raw_warehouse.read_bytes()
    with pytest.raises(NotReplayableError, match="1 files of tmall_orders of qinghe, 8 rows") as refused:
        replay(settings)
    assert "--without-removed" in str(refused.value)
    assert settings.raw_warehouse.read_bytes() == before
    drop(settings, NAME, orders_csv([order(number) for number in range(1, 9)]), "2026-11-04T01:00:00")
    load_all(settings)
    assert [path.name for path in settings.archive.rglob("*.csv")] == [Path(NAME).name], "dropped again, kept again"


@pytest.mark.slow
def test_a_replay_without_what_was_removed_is_no_loss_for_the_next_night(settings: Settings) -> None:
    (orders,) = settings.archive.rglob(Path(NAME).name)
    shutil.rmtree(orders.parent)
    remove(settings)
    with pytest.raises(NotReplayableError, match="8 rows"):
        replay(settings)
    assert not settings.raw_warehouse.exists()
    assert replay(settings, without_removed=True).earlier is None
    require_raw_warehouse(settings)
    settings.shop_warehouse.unlink()
    require_raw_warehouse(settings)  # the published one still knows the file
    assert ask(settings, "select count(*) from loads") == [(1,)]


@pytest.mark.slow
def test_files_that_are_no_longer_understood_stop_a_replay(settings: Settings) -> None:
    (settings.home / "shops.yaml").write_text("mumian: {title: 木棉, platform: tmall, currency: CNY}\n", "utf-8")
    key = (settings.home / "pseudonym.key").read_bytes()
    before = settings.raw_warehouse.read_bytes()
    for new_key in (False, True):
        with pytest.raises(NotReplayableError, match="not loaded again"):
            replay(settings, new_key=new_key)
        assert settings.raw_warehouse.read_bytes() == before
        assert (settings.home / "pseudonym.key").read_bytes() == key


def test_nights_and_replays_keep_apart(settings: Settings) -> None:
    with lock_raw(settings, for_replay=True), pytest.raises(BusyError, match="A replay is using"):
        load_all(settings)
    with lock_raw(settings), pytest.raises(BusyError, match="A night is using"):
        replay(settings)
