"""State that is lost or damaged: the night stops or mends it, and says so. One test a row of the README's table."""

from __future__ import annotations

import errno
import multiprocessing
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from files import ask, drop, load_all, order, orders_csv, plan, plans_csv
from night_tools import mails_of
from shopwatch.cli.main import app
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.pseudonyms import PseudonymKeyError
from shopwatch.ops.raw_warehouse import require_raw_warehouse
from shopwatch.ops.replay import NotReplayableError, replay
from shopwatch.pipeline import build_models, judge_night
from shopwatch.store.tables import open_store
from shopwatch.warehouse.connections import BusyError, lock_raw, publish
from shopwatch.warehouse.integrity import WarehouseLostError, find_damage
from warehouses import differences, take_in
from watching import Watch

NAME = "qinghe/ExportOrderList202611030100.csv"
NIGHT = date(2026, 11, 2)
ROWS = "select shop, order_id, paid, buyer from orders order by order_id"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two loaded files, built and published; to be copied."""
    settings = Settings(home=tmp_path_factory.mktemp("built") / "home", settle_seconds=0)
    drop(settings, NAME, orders_csv([order(number) for number in range(1, 9)]))
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1), plan(2)]))
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute("create schema if not exists seed")
    publish(settings, NIGHT)
    return settings.home


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    """The built home. Its inbox has been cleared, as shops do."""
    shutil.copytree(built, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "inbox")
    return Settings(home=tmp_path / "home", settle_seconds=0)


def night(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the command that must not go on; its output."""
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    monkeypatch.setenv("SHOPWATCH_SETTLE_SECONDS", "0")
    monkeypatch.setenv("COLUMNS", "400")
    result = CliRunner().invoke(app, ["night", "--night", NIGHT.isoformat()])
    assert result.exit_code == 2, result.output
    return result.output


def remove(settings: Settings) -> None:
    settings.raw_warehouse.unlink()


def empty(settings: Settings) -> None:
    settings.raw_warehouse.write_bytes(b"")


def cut(settings: Settings) -> None:
    content = settings.raw_warehouse.read_bytes()
    settings.raw_warehouse.write_bytes(content[: len(content) // 3])


def overwrite(settings: Settings) -> None:
    settings.raw_warehouse.write_bytes(b"\0" * 100_000)


def begin_anew(settings: Settings) -> None:
    settings.raw_warehouse.unlink()
    drop(settings, "qinghe/late.csv", plans_csv([plan(3)]))
    load_all(settings)


def put_old_copy(settings: Settings) -> None:
    with duckdb.connect(settings.raw_warehouse) as con:
        con.execute("delete from loads where source = 'tmall_orders'")


LOSSES: list[Callable[[Settings], None]] = [remove, empty, cut, overwrite, begin_anew, put_old_copy]


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
@pytest.mark.parametrize("is_shop_there", [True, False], ids=["shop", "published"])
def test_a_lost_raw_warehouse_stops_the_night(
    lose: Callable[[Settings], None], is_shop_there: bool, settings: Settings
) -> None:
    lose(settings)
    if not is_shop_there:
        settings.shop_warehouse.unlink()
    before = settings.published.read_bytes()
    with pytest.raises(WarehouseLostError, match="bin/shopwatch replay"):
        require_raw_warehouse(settings)
    assert settings.published.read_bytes() == before


def test_originals_alone_tell_that_the_raw_warehouse_is_lost(settings: Settings) -> None:
    shutil.rmtree(settings.raw_warehouse.parent)
    shutil.rmtree(settings.published.parent)
    with pytest.raises(WarehouseLostError, match=r"raw\.duckdb is missing, but .*archive holds originals"):
        require_raw_warehouse(settings)


@pytest.mark.parametrize("lose", [begin_anew, put_old_copy], ids=lambda lose: lose.__name__)
def test_an_older_raw_warehouse_stops_the_night_where_all_built_from_it_is_lost_too(
    lose: Callable[[Settings], None], settings: Settings
) -> None:
    lose(settings)
    settings.shop_warehouse.unlink()
    shutil.rmtree(settings.published.parent)
    with pytest.raises(
        WarehouseLostError, match=r"older copy: it lacks \d files whose originals .* bin/shopwatch replay"
    ):
        require_raw_warehouse(settings)
    replay(settings)
    require_raw_warehouse(settings)


def test_the_store_alone_tells_that_a_raw_warehouse_is_an_older_copy(settings: Settings) -> None:
    judge_night(settings, NIGHT)
    newest = dict(ask(settings, "select sha256, loaded_at from loads order by loaded_at"))
    assert len(newest) == 2
    with duckdb.connect(settings.raw_warehouse) as con:
        con.execute("delete from loads where sha256 = $1", [[*newest][-1]])
    settings.shop_warehouse.unlink()
    for folder in (settings.published.parent, settings.archive):
        shutil.rmtree(folder)
    with pytest.raises(WarehouseLostError, match="older copy: the night 2026-11-02 was judged with a newer one"):
        require_raw_warehouse(settings)
    with pytest.raises(NotReplayableError):
        replay(settings)
    replay(settings, without_removed=True)
    require_raw_warehouse(settings)


def test_originals_that_lie_in_the_inbox_again_are_loaded_and_stop_nothing(settings: Settings) -> None:
    put_old_copy(settings)
    settings.shop_warehouse.unlink()
    shutil.rmtree(settings.published.parent)
    drop(settings, NAME, orders_csv([order(number) for number in range(1, 9)]))
    require_raw_warehouse(settings)
    load_all(settings)
    shutil.rmtree(settings.inbox)
    require_raw_warehouse(settings)


def test_both_warehouses_from_an_older_copy_are_told_by_the_published_one(settings: Settings) -> None:
    put_old_copy(settings)
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute("delete from ops.loads where source = 'tmall_orders'")
    shutil.rmtree(settings.archive)
    with pytest.raises(WarehouseLostError, match="lacks 1 files"):
        require_raw_warehouse(settings)


def test_a_night_that_must_not_go_on_tells_the_data_team_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(settings)
    for _ in range(2):
        assert "bin/shopwatch replay" in night(settings, monkeypatch)
    (mail,) = mails_of(settings.home).values()
    assert "bin/shopwatch replay" in mail.get_content()
    assert not settings.raw_warehouse.exists()


def test_models_are_not_built_from_a_warehouse_that_lost_its_files(settings: Settings) -> None:
    begin_anew(settings)
    check_and_settle(settings)
    with pytest.raises(WarehouseLostError, match="lacks 2 files"):
        build_models(settings)


def test_a_new_home_and_a_quiet_one_go_on(tmp_path: Path) -> None:
    fresh = Settings(home=tmp_path, settle_seconds=0)
    require_raw_warehouse(fresh)
    assert load_all(fresh) == {}
    with open_store(fresh):
        require_raw_warehouse(fresh)
    fresh.raw_warehouse.write_bytes(b"")  # killed while it was made, before anything was loaded
    require_raw_warehouse(fresh)
    assert load_all(fresh) == {}


def test_a_first_load_that_was_killed_before_its_commit_goes_on(built: Path, tmp_path: Path) -> None:
    fresh = Settings(home=tmp_path / "fresh", settle_seconds=0)
    load_all(fresh)
    for folder in ("archive", "inbox"):
        shutil.copytree(built / folder, fresh.home / folder, dirs_exist_ok=True)
    require_raw_warehouse(fresh)


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
    assert differences(settings.shop_warehouse, built / "warehouse" / "shop.duckdb") == {}
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


def test_a_lost_key_stops_the_night_and_a_replay_starts_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = settings.home / "pseudonym.key"
    old, rows = key.read_bytes(), ask(settings, ROWS)
    key.unlink()
    assert "backups/<date>/pseudonym.key" in night(settings, monkeypatch)
    with pytest.raises(PseudonymKeyError, match="--new-key"):
        replay(settings)
    assert not key.exists()
    key.write_bytes(old)
    assert load_all(settings) == {}
    key.unlink()
    replay(settings, new_key=True)
    assert key.read_bytes() != old
    anew = ask(settings, ROWS)
    assert [row[:3] for row in anew] == [row[:3] for row in rows]
    assert not {row[3] for row in anew} & {row[3] for row in rows}
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        assert set(con.execute("select buyer from marts.fct_order").fetchall()) == {(row[3],) for row in anew}


def test_another_key_stops_the_night(settings: Settings) -> None:
    for change in ("environment", "file"):
        other = settings.model_copy()
        if change == "environment":
            other.pseudonym_key = SecretStr("another")
        else:
            (settings.home / "pseudonym.key").write_bytes(b"another")
        for step in (load_all, replay):
            with pytest.raises(PseudonymKeyError, match="not the one that the warehouse was loaded with"):
                step(other)


def test_a_key_is_free_until_buyers_are_loaded(tmp_path: Path) -> None:
    fresh = Settings(home=tmp_path, settle_seconds=0)
    drop(fresh, "qinghe/plans.csv", plans_csv([plan(1)]))
    load_all(fresh)
    fresh.pseudonym_key = SecretStr("chosen later")
    drop(fresh, NAME, orders_csv([order(1)]))
    assert load_all(fresh)["tmall_orders"].rows == 1


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_bytes(b"damaged")], ids=["lost", "damaged"])
def test_a_lost_shop_warehouse_is_built_again(lose: Callable[[Path], object], settings: Settings) -> None:
    lose(settings.shop_warehouse)
    require_raw_warehouse(settings)
    build_models(settings)
    assert differences(settings.shop_warehouse, settings.published) == {}


def test_a_lost_published_warehouse_is_written_again(settings: Settings) -> None:
    shutil.rmtree(settings.published.parent)
    require_raw_warehouse(settings)
    publish(settings, NIGHT)
    assert differences(settings.published, settings.shop_warehouse) == {}


def test_a_lost_store_tells_everything_open_once_more(tmp_path: Path) -> None:
    home = Settings(home=tmp_path)
    told = []
    for _ in range(2):
        with open_store(home) as engine, Session(engine) as session, session.begin():
            watch = Watch(home, session)
            told += [watch.night("0.4 0.4 0.4"), watch.night("0.4 0.4 0.4")]
        for file in home.home.glob("store.sqlite*"):
            file.unlink()
    first, again, anew, once_more = told
    assert first
    assert (again, anew, once_more) == ([], first, [])


def test_nothing_depends_on_mails_pages_and_data_docs(settings: Settings) -> None:
    for folder in (settings.outbox, settings.reports, settings.quality):
        shutil.rmtree(folder, ignore_errors=True)
    drop(settings, "qinghe/late.csv", plans_csv([plan(3)]))
    require_raw_warehouse(settings)
    load_all(settings)
    check_and_settle(settings)
    assert ask(settings, "select count(*) from loads where state = 'settled'") == [(3,)]


def test_damage_inside_is_found_by_reading_everything(settings: Settings) -> None:
    assert find_damage(settings) == []
    with open_store(settings):
        pass
    for path, size in ((settings.raw_warehouse, 4096), (settings.shop_warehouse, 4096)):
        content = bytearray(path.read_bytes())
        for place in range(12_288 + size, len(content), 262_144):  # every block; the headers stay
            content[place : place + size] = bytes(size)
        path.write_bytes(content)
    (settings.home / "store.sqlite").write_bytes(b"no database at all" * 100)
    damage = find_damage(settings)
    assert [line.partition(" is damaged")[0] for line in damage] == [
        str(settings.raw_warehouse),
        str(settings.shop_warehouse),
        str(settings.home / "store.sqlite"),
    ]
    assert "bin/shopwatch replay" in damage[0]
