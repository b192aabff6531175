"""A home with several shards: whose files and alerts are whose, and what is gathered from them."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from files import drop, plan, plans_csv
from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.shards import app
from shopwatch.core.errors import DeclarationError, StateError
from shopwatch.core.settings import Settings
from shopwatch.ingest.sources import find_sources
from shopwatch.ops.housekeeping import keep_house
from shopwatch.shards.moving import move_shop
from shopwatch.shards.night import NotMovedError, load_shard
from shopwatch.store.shards import of_shard, record_places
from shopwatch.store.tables import Alert, Night, now, open_store
from shopwatch.warehouse.gathering import gather, late_shops
from shopwatch.warehouse.parts import Part
from small_project import small_include

SHOPS = """\
south1: {title: 南一, platform: tmall, currency: CNY}
north1: {title: 北一, platform: tmall, currency: CNY, shard: north}
north2: {title: 北二, platform: tmall, currency: CNY, shard: north}
"""
NIGHT = date(2026, 11, 2)


@pytest.fixture(scope="module")
def include(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with three shops in two shards."""
    folder = small_include(tmp_path_factory.mktemp("shards") / "include")
    (folder / "shops.yaml").write_text(SHOPS, "utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path, include: Path) -> Settings:
    return Settings(home=tmp_path / "home", include=include, settle_seconds=0)


def test_a_home_with_one_shard_keeps_its_paths(home: Settings) -> None:
    assert home.for_shard(None).raw_warehouse == home.home / "warehouse" / "raw.duckdb"
    assert home.for_shard("north").raw_warehouse == home.home / "shards" / "north" / "warehouse" / "raw.duckdb"
    assert home.for_shard("north").inbox == home.inbox
    assert home.for_shard("north").store == home.store


def test_the_warehouses_of_shards_may_be_on_the_disk_of_a_worker(home: Settings, tmp_path: Path) -> None:
    away = home.model_copy(update={"shard_disk": tmp_path / "disk"}).for_shard("north")
    assert away.shop_warehouse == tmp_path / "disk" / "north" / "warehouse" / "shop.duckdb"
    assert away.archive == home.home / "shards" / "north" / "archive", "originals stay where every worker sees them"


def test_each_shard_takes_the_files_of_its_shops(home: Settings) -> None:
    """The first shard rejects files outside every shop folder."""
    for place in ("south1", "north1", "north2", "elsewhere", "."):
        drop(home, f"{place}/plans.csv", plans_csv([plan(1)]))
    found = {}
    for shard in ("main", "north"):
        keys = [key for keys in find_sources(home.for_shard(shard)).values() for key in keys]
        found[shard] = sorted(str(Path(key).relative_to(home.inbox).parent) for key in keys)
    assert found == {"main": [".", "elsewhere", "south1"], "north": ["north1", "north2"]}
    assert not (home.home / "warehouse").exists()


def test_expired_originals_of_every_shard_are_removed(home: Settings) -> None:
    for one in (home, home.for_shard("north")):
        for folder in (one.archive / "shop" / "0123", one.rejected / "4567"):
            folder.mkdir(parents=True)
            (folder / "plans.csv").write_text("1")
            os.utime(folder, (0, 0))
    kept = keep_house(home, NIGHT)
    assert (kept.archived_removed, kept.rejected_removed) == (2, 2)


def test_a_shard_waits_for_a_shop_whose_data_are_elsewhere(home: Settings) -> None:
    with open_store(home) as engine, Session(engine) as session, session.begin():
        record_places(session, ["north1"], "main")
    with pytest.raises(NotMovedError, match="bin/shopwatch shards move north1 north"):
        load_shard(home.for_shard("north"))


@pytest.mark.parametrize(
    ("shard", "shops"), [(None, ["gone", "north1", "south1"]), ("north", ["north1"]), ("main", ["gone", "south1"])]
)
def test_each_shard_judges_the_alerts_of_its_shops(home: Settings, shard: str | None, shops: list[str]) -> None:
    """Those of a shop that was removed are the first shard's, which withdraws them."""
    with open_store(home) as engine, Session(engine) as session:
        for shop in ("south1", "north1", "gone"):
            session.add(_alert(shop))
        session.flush()
        own = of_shard(Catalog(home.for_shard(shard)))
        assert sorted(alert.shop for alert in session.query(Alert).where(own)) == shops


def _alert(shop: str) -> Alert:
    return Alert(
        key=shop,
        rule="rule",
        shop=shop,
        entity_type="shop",
        entity=shop,
        metric="revenue",
        grain="day",
        since=NIGHT,
        last_period=NIGHT,
        state="firing",
        severity="warning",
        threshold=1.0,
        rule_hash="",
    )


def _part(folder: Path, shard: str, rows: str, night: date, *shops: str) -> Part:
    path = folder / f"{shard}.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create schema marts; create schema ops; create schema meta")
        con.execute(f"create table marts.fct_order as {rows}; create table ops.judged_basis as select 1 as night")
        con.execute("create table meta.night as select date '2020-01-01' as night")
    return Part(shard, path, night, shops, shard == "main")


def test_the_whole_has_the_rows_that_each_part_has_of_its_shops(home: Settings, tmp_path: Path) -> None:
    """Columns by name; rows of no declared shop are the first shard's; rows that a shop left behind do not count."""
    main = _part(
        tmp_path,
        "main",
        "select * from (values ('south1', 1), ('north1', 2), ('gone', 3), (null, 4)) as rows (shop, number)",
        NIGHT,
        "south1",
    )
    rows = "select * from (values (5, 'north1', 'x'), (6, 'gone', 'y')) as rows (number, shop, more)"
    north = _part(tmp_path, "north", rows, date(2026, 11, 1), "north1", "north2")
    with duckdb.connect(tmp_path / "whole.duckdb") as con:
        con.execute("create schema marts; create table marts.fct_renamed as select 1 as day")
        gather(con, Catalog(home), [main, north], NIGHT)
        assert con.execute("select number, shop, more from marts.fct_order order by number").fetchall() == [
            (1, "south1", None),
            (3, "gone", None),
            (4, None, None),
            (5, "north1", "x"),
        ]
        assert con.execute("select night from meta.night").fetchall() == [(NIGHT,)]
        assert late_shops(con) == ["north1", "north2"]
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        assert tables == [("fct_order",)]


def test_the_list_names_the_last_night_of_a_home_with_one_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    assert "main: not judged yet: " in CliRunner().invoke(app, ["list"]).stdout
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        session.add(Night(night=date(2026, 11, 15), judged_at=now()))
    assert "main: 2026-11-15: " in CliRunner().invoke(app, ["list"]).stdout


def test_a_home_that_was_divided_stays_divided(tmp_path: Path, include: Path) -> None:
    """Where all shops are in one shard again, its files are still those of that shard."""
    settings = Settings(home=tmp_path / "home", include=include)
    settings.home.mkdir()
    (settings.home / "shops.yaml").write_text(SHOPS.replace(", shard: north", ""), "utf-8")
    assert [one.raw_warehouse for one in Catalog(settings).settings_of_shards] == [settings.raw_warehouse]
    settings.for_shard("main").archive.mkdir(parents=True)
    divided = [one.raw_warehouse for one in Catalog(settings).settings_of_shards]
    assert divided == [settings.home / "shards" / "main" / "warehouse" / "raw.duckdb"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [("North", "should match pattern"), ("a/b", "should match pattern"), ("20", "valid string"), ("''", "pattern")],
)
def test_a_shard_is_named_like_a_folder(name: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "shops.yaml").write_text(f"a: {{title: A, platform: tmall, currency: CNY, shard: {name}}}\n", "utf-8")
    with pytest.raises(DeclarationError, match=fault) as error:
        Catalog(Settings(home=tmp_path)).shards  # noqa: B018
    assert "line 1: shard" in str(error.value)


def test_no_shop_moves_in_a_home_with_one_shard(tmp_path: Path, include: Path) -> None:
    """It is not divided by the way."""
    settings = Settings(home=tmp_path / "home", include=include)
    settings.archive.mkdir(parents=True)
    (settings.home / "shops.yaml").write_text(SHOPS.replace(", shard: north", ""), "utf-8")
    with pytest.raises(StateError, match="this home has one shard"):
        move_shop(settings, "north1", "main")
    assert settings.archive.exists()
