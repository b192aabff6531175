"""Lost or damaged state: the night stops or repairs it, and reports it. One test a row of the README's table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from files import ask, drop, load_all, order, orders_csv, plan, plans_csv
from lost_home import (
    NAME,
    NIGHT,
    ROWS,
    begin_anew,
    build_home,
    copy_home,
    cut,
    empty,
    overwrite,
    put_old_copy,
    remove,
    settings_of,
)
from night_tools import mails_of
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.pseudonyms import PseudonymKeyError
from shopwatch.ingest.sources import find_sources
from shopwatch.ops.housekeeping import back_up
from shopwatch.ops.raw_warehouse import require_raw_warehouse
from shopwatch.ops.replay import NotReplayableError, replay
from shopwatch.pipeline import build_models
from shopwatch.store.tables import Night, now, open_store
from shopwatch.warehouse.integrity import WarehouseLostError, find_damage
from shopwatch.warehouse.publishing import publish
from warehouses import differences
from watching import SUNDAY, Watch, weeks


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_home(tmp_path_factory.mktemp("built"))


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    return copy_home(built, tmp_path)


def night(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the command that must not go on; its output."""
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(settings.include))
    monkeypatch.setenv("SHOPWATCH_SETTLE_SECONDS", "0")
    monkeypatch.setenv("COLUMNS", "400")
    result = CliRunner().invoke(app, ["night", "--night", NIGHT.isoformat()])
    assert result.exit_code == 2, result.output
    return result.output


LOSSES: list[Callable[[Settings], None]] = [remove, empty, cut, overwrite, begin_anew, put_old_copy]


@pytest.mark.sampled(4)
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


@pytest.mark.slow
@pytest.mark.sampled(2)
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


@pytest.mark.slow
def test_the_store_alone_tells_that_a_raw_warehouse_is_an_older_copy(settings: Settings) -> None:
    _, (newest,) = ask(settings, "select sha256 from loads order by loaded_at")
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        session.add(Night(night=NIGHT, judged_at=now(), newest_load=newest))
    require_raw_warehouse(settings)
    with duckdb.connect(settings.raw_warehouse) as con:
        con.execute("delete from loads where sha256 = $1", [newest])
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


def test_both_warehouses_from_an_older_copy_are_reported_by_the_published_one(settings: Settings) -> None:
    put_old_copy(settings)
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute("delete from ops.loads where source = 'tmall_orders'")
    shutil.rmtree(settings.archive)
    with pytest.raises(WarehouseLostError, match="lacks 1 files"):
        require_raw_warehouse(settings)


def test_a_night_that_must_not_go_on_notifies_the_data_team_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(settings)
    for _ in range(2):
        assert "bin/shopwatch replay" in night(settings, monkeypatch)
    (mail,) = mails_of(settings.home).values()
    assert "bin/shopwatch replay" in mail.get_content()
    assert not settings.raw_warehouse.exists()


@pytest.mark.slow
def test_models_are_not_built_from_a_warehouse_that_lost_its_files(settings: Settings) -> None:
    begin_anew(settings)
    check_and_settle(settings)
    with pytest.raises(WarehouseLostError, match="lacks 2 files"):
        build_models(settings)


def test_a_new_home_and_a_quiet_one_go_on(built: Path, tmp_path: Path) -> None:
    fresh = Settings(home=tmp_path, include=built / "include", settle_seconds=0)
    require_raw_warehouse(fresh)
    assert load_all(fresh) == {}
    with open_store(fresh):
        require_raw_warehouse(fresh)
    fresh.raw_warehouse.write_bytes(b"")  # killed while it was made, before anything was loaded
    require_raw_warehouse(fresh)
    assert load_all(fresh) == {}


def test_a_first_load_that_was_killed_before_its_commit_goes_on(built: Path, tmp_path: Path) -> None:
    fresh = settings_of(Path(shutil.copytree(built, tmp_path / "fresh")))
    shutil.rmtree(fresh.raw_warehouse.parent)
    shutil.rmtree(fresh.published.parent)
    find_sources(fresh)  # makes the ledger
    require_raw_warehouse(fresh)


@pytest.mark.slow
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
    for content in (b"", b"x" * 65):
        (settings.home / "pseudonym.key").write_bytes(content)
        with pytest.raises(PseudonymKeyError, match=rf"is not a key: it has {len(content)} bytes .* replay --new-key"):
            load_all(settings)


def test_a_key_is_free_until_buyers_are_loaded(built: Path, tmp_path: Path) -> None:
    fresh = Settings(home=tmp_path, include=built / "include", settle_seconds=0)
    drop(fresh, "qinghe/plans.csv", plans_csv([plan(1)]))
    load_all(fresh)
    fresh.pseudonym_key = SecretStr("chosen later")
    drop(fresh, NAME, orders_csv([order(1)]))
    assert load_all(fresh)["tmall_orders"].rows == 1


@pytest.mark.sampled(2)
@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_bytes(b"damaged")], ids=["lost", "damaged"])
def test_a_lost_shop_warehouse_is_built_again(lose: Callable[[Path], object], settings: Settings) -> None:
    lose(settings.shop_warehouse)
    require_raw_warehouse(settings)
    build_models(settings)
    assert differences(settings.shop_warehouse, settings.published) == {}


@pytest.mark.slow
def test_a_lost_published_warehouse_is_written_again(settings: Settings) -> None:
    shutil.rmtree(settings.published.parent)
    require_raw_warehouse(settings)
    publish(settings, NIGHT)
    assert differences(settings.published, settings.shop_warehouse) == {}


@pytest.mark.slow
def test_a_lost_store_reports_everything_open_once_more(tmp_path: Path) -> None:
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


@pytest.mark.slow
def test_a_restored_store_reports_the_news_since_its_backup_once_more(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    def news(series: str, at: date) -> list[tuple[str, str]]:
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            return Watch(settings, session).night(series, at)

    assert news("0.4 0.4 0.4", SUNDAY)
    backup, _ = back_up(settings, SUNDAY)
    since = news("0.4 0.4 0.4 5", weeks(1))
    assert since
    assert news("0.4 0.4 0.4 5", weeks(1)) == []
    for path in settings.home.glob("store.sqlite*"):  # as docs/install.md says
        path.unlink()
    assert backup is not None
    shutil.copy2(backup / "store.sqlite", settings.home)
    assert news("0.4 0.4 0.4", SUNDAY) == []
    assert news("0.4 0.4 0.4 5", weeks(1)) == since


@pytest.mark.slow
def test_nothing_depends_on_mails_pages_and_data_docs(settings: Settings) -> None:
    for folder in (settings.outbox, settings.reports, settings.quality):
        shutil.rmtree(folder, ignore_errors=True)
    drop(settings, "qinghe/late.csv", plans_csv([plan(3)]))
    require_raw_warehouse(settings)
    load_all(settings)
    check_and_settle(settings)
    assert ask(settings, "select count(*) from loads where state = 'settled'") == [(3,)]


@pytest.mark.slow
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
