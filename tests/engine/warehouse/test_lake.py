from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.pipeline import publish_night
from shopwatch.warehouse import lake
from shopwatch.warehouse.lake import publish_to_lake
from shopwatch.warehouse.lake_store import LakeError, load_extension

NIGHT = date(2026, 11, 15)
DIED = 9
TABLES = """
    create schema marts; create schema meta; create schema kpi;
    create table meta.night as select date '2026-11-15' as night;
    create table meta.metrics (metric varchar, by_entity varchar[]);
    insert into meta.metrics values ('revenue', ['shop', 'product']);
    create table marts.dim_shop as select unnest(['qinghe', 'mumian']) as shop, 'CNY' as currency;
    create table marts.fct_order as
        select shop, day, cast(1.25 as decimal(18, 2)) as pay_amount, cast('[1]' as json) as cells
        from (select unnest(['qinghe', 'mumian']) as shop)
        cross join (select unnest([date '2025-12-31', date '2026-01-01', null]) as day);
    create table kpi.fct_kpi (shop varchar, period_start date, value double);
    comment on table marts.fct_order is 'one row per order';
    comment on column marts.fct_order.day is 'the day of payment, in the shop''s time zone'
"""


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", lake=str(tmp_path / "lake"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A published warehouse; made anew, as it may be changed."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(path) as con:
        con.execute(TABLES)
    return path


def change(file: Path, night: date, statement: str = "") -> date:
    """Make the file that of another night."""
    with duckdb.connect(file) as con:
        con.execute("update meta.night set night = $1", [night])
        con.execute(statement)
    return night


@contextmanager
def reading(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        load_extension(con, "sqlite_scanner")
        load_extension(con, "ducklake")
        con.execute(f"attach 'ducklake:sqlite:{settings.lake}/catalog.sqlite' as lake (read_only)")
        yield con


def nights(settings: Settings) -> list[str]:
    with reading(settings) as con:
        found = con.execute("select commit_extra_info from lake.snapshots() where commit_extra_info is not null")
        return [night for (night,) in found.fetchall()]


def files(settings: Settings, table: str = "") -> set[str]:
    return {path.name for path in Path(settings.lake, table.replace(".", "/")).rglob("*.parquet")}


def differences(settings: Settings, file: Path) -> list[str]:
    """Tables of which lake and file differ: in rows, types or comments."""
    found = []
    with reading(settings) as con:
        con.execute(f"attach '{file}' as night (read_only)")
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'night'"
        ).fetchall()
        for (name,) in tables:
            for one, other in (("night", "lake"), ("lake", "night")):
                rows = f"select count(*) from (from {one}.{name} except all from {other}.{name})"
                if con.execute(rows).fetchone() != (0,):
                    found.append(f"rows of {one}.{name}")
        described = """
            select schema_name, table_name, column_name, data_type, columns.comment, tables.comment
            from duckdb_columns() as columns inner join duckdb_tables() as tables
                using (database_name, schema_name, table_name)
            where database_name = $1 and table_name != 'parts'
        """
        one, other = ({*con.execute(described, [name]).fetchall()} for name in ("night", "lake"))
        return found + [str(row) for row in one ^ other]


@pytest.mark.slow
def test_a_night_is_one_snapshot_and_costs_what_changed(home: Settings, file: Path) -> None:
    publish_to_lake(home, NIGHT, file)
    assert differences(home, file) == []
    assert nights(home) == ["2026-11-15"]
    before = files(home, "marts.fct_order")
    assert len(before) == 2 * 3
    night = change(
        file,
        NIGHT + timedelta(days=1),
        "update marts.fct_order set pay_amount = 9 where shop = 'qinghe' and day = '2026-01-01'",
    )
    assert publish_to_lake(home, night, file) == 2  # and meta.night
    assert differences(home, file) == []
    assert nights(home) == ["2026-11-15", "2026-11-16"]
    assert len(files(home, "marts.fct_order") - before) == 1
    everything = files(home)
    assert publish_to_lake(home, night, file) == 0
    assert (nights(home), files(home)) == (["2026-11-15", "2026-11-16"], everything)


@pytest.mark.slow
def test_other_columns_and_tables_are_published_as_they_are(home: Settings, file: Path) -> None:
    publish_to_lake(home, NIGHT, file)
    night = change(
        file,
        NIGHT + timedelta(days=1),
        """
        alter table marts.fct_order add column hour tinyint default 9;
        comment on column marts.fct_order.hour is 'hour of the order';
        create schema review;
        create table review.weekly_shop as select 'qinghe' as shop, date '2026-11-09' as week_start;
        drop table kpi.fct_kpi;
        comment on table marts.dim_shop is 'one row per shop'
        """,
    )
    publish_to_lake(home, night, file)
    assert differences(home, file) == []
    with reading(home) as con, pytest.raises(duckdb.CatalogException):
        con.execute("from lake.kpi.fct_kpi")
    with reading(home) as con:
        con.execute("from lake.kpi.fct_kpi at (version => 1)")


@pytest.mark.slow
def test_a_reader_sees_one_whole_night(home: Settings, file: Path) -> None:
    publish_to_lake(home, NIGHT, file)
    with reading(home) as con:
        con.execute("begin")
        asked = "select night, (select count(*) from lake.marts.fct_order) from lake.meta.night"
        assert con.execute(asked).fetchall() == [(NIGHT, 6)]
        night = change(file, NIGHT + timedelta(days=1), "delete from marts.fct_order where shop = 'mumian'")
        publish_to_lake(home, night, file)
        assert con.execute(asked).fetchall() == [(NIGHT, 6)]
        con.execute("commit")
        assert con.execute(asked).fetchall() == [(night, 3)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            con.execute("delete from lake.marts.fct_order")


@pytest.mark.slow
def test_old_nights_leave_with_their_files(home: Settings, file: Path) -> None:
    kept = home.model_copy(update={"keep_nights": 2})
    for number in range(4):
        night = change(file, NIGHT + timedelta(days=number), f"update marts.fct_order set pay_amount = {number}")
        publish_to_lake(kept, night, file)
    assert nights(kept) == ["2026-11-17", "2026-11-18"]
    assert len(files(kept, "marts.fct_order")) == 2 * 6
    with reading(kept) as con:
        sums = "select sum(pay_amount) from lake.marts.fct_order at (version => {})"
        versions = [number for (number,) in con.execute("select snapshot_id from lake.snapshots()").fetchall()]
        assert [con.execute(sums.format(version)).fetchone() for version in versions] == [(12,), (18,)]


def dying(step: str, settings: Settings, night: date, file: Path) -> None:
    """Publish in a process that ends at a step, as if the machine had lost its power."""
    child = os.fork()
    if child == 0:
        calls = {"left": 2 if step == "lake_replace" else 1}

        def die(*args: Any) -> Any:
            if step.startswith("_") or step in args or f"warehouse/{step}" in args:
                calls["left"] -= 1
                if not calls["left"]:
                    os._exit(DIED)
            return call(*args)

        name = step if step.startswith("_") else "library_sql" if step == "lake_files" else "_run"
        call = getattr(lake, name)
        setattr(lake, name, die)
        try:
            publish_to_lake(settings, night, file)
        finally:
            print(sys.exc_info())
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED


@pytest.mark.slow
@pytest.mark.parametrize("step", ["lake_create", "lake_parts", "lake_replace", "_expire", "_remove_files"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_killed_publication_leaves_a_whole_night(home: Settings, file: Path, step: str, is_first: bool) -> None:
    night = NIGHT
    if not is_first:
        publish_to_lake(home, NIGHT, file)
        night = change(
            file,
            NIGHT + timedelta(days=1),
            "update marts.fct_order set pay_amount = 9; create table marts.dim_sku as select 'qinghe' as shop",
        )
    dying(step, home, night, file)
    is_done = step == "_remove_files"
    before = [NIGHT.isoformat()] * (not is_first)
    if before or is_done:
        assert nights(home) == before + [night.isoformat()] * is_done
        with reading(home) as con:
            sums = "select (select night from lake.meta.night), sum(pay_amount) from lake.marts.fct_order"
            expected = (night, 7.5 if is_first else 54) if is_done else (NIGHT, 7.5)
            assert con.execute(sums).fetchone() == expected
    else:
        assert not Path(home.lake, "catalog.sqlite").exists()
    left = files(home)
    for path in Path(home.lake).rglob("*.parquet"):
        os.utime(path, (0, 0))
    publish_to_lake(home, night, file)
    assert differences(home, file) == []
    assert nights(home) == [*before, night.isoformat()]
    with reading(home) as con:
        known = con.execute("select path from __ducklake_metadata_lake.ducklake_data_file").fetchall()
    assert files(home) == {Path(path).name for (path,) in known}
    assert (left - files(home) != set()) == (step in ("lake_replace", "_expire"))


@pytest.mark.slow
def test_files_removed_before_a_power_cut_are_not_missed(home: Settings, file: Path) -> None:
    """Between the removal of old files and that of their names from the catalogue."""
    kept = home.model_copy(update={"keep_nights": 1})
    publish_to_lake(kept, NIGHT, file)
    first = files(kept)
    night = change(file, NIGHT + timedelta(days=1), "update marts.fct_order set pay_amount = 9")
    dying("lake_files", kept, night, file)
    assert len(first - files(kept)) == 6 + 2  # and meta.night and the list of parts
    assert differences(kept, file) == []
    publish_to_lake(kept, night, file)
    assert differences(kept, file) == []
    assert nights(kept) == ["2026-11-16"]


@pytest.mark.slow
def test_what_may_still_be_written_is_left(home: Settings, file: Path) -> None:
    publish_to_lake(home, NIGHT, file)
    young, old, foreign = (Path(home.lake, name) for name in ("ducklake-a.parquet", "ducklake-b.parquet", "my.parquet"))
    for path in (young, old, foreign):
        path.touch()
    os.utime(old, (0, 0))
    os.utime(foreign, (0, 0))
    publish_to_lake(home, NIGHT, file)
    assert [path.exists() for path in (young, old, foreign)] == [True, False, True]


@pytest.mark.slow
@pytest.mark.parametrize(("is_shared", "folder", "content"), [(False, 0o700, 0o600), (True, 0o755, 0o644)])
def test_the_lake_is_its_owners_unless_it_is_shared(
    home: Settings, file: Path, is_shared: bool, folder: int, content: int
) -> None:
    publish_to_lake(home.model_copy(update={"share_published": is_shared}), NIGHT, file)
    paths = [Path(home.lake), *Path(home.lake).rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {folder}
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_file()} == {content}


@pytest.mark.slow
def test_real_nights_are_in_the_lake_as_in_their_files(watched: Path, tmp_path: Path) -> None:
    settings = Settings(home=watched, lake=str(tmp_path / "lake"))
    dated = sorted((watched / "published").glob("shop-*.duckdb"))
    for file in dated:
        publish_to_lake(settings, date.fromisoformat(file.stem.removeprefix("shop-")), file)
        assert differences(settings, file) == []
    assert len(nights(settings)) == len(dated) > 1


@pytest.mark.slow
def test_the_night_publishes_to_the_lake_of_its_settings(
    judged_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(judged_home, tmp_path / "home")
    monkeypatch.setenv("SHOPWATCH_LAKE", str(tmp_path / "lake"))
    settings = Settings(home=tmp_path / "home")
    file = publish_night(settings, date(2026, 11, 13))
    assert nights(settings) == ["2026-11-13"]
    assert differences(settings, file) == []


@pytest.mark.slow
def test_a_store_that_writes_addresses_its_own_way_keeps_its_files(tmp_path: Path, file: Path) -> None:
    """``memory://lake`` lists its files as ``/lake/…``."""
    catalog = tmp_path / "catalog.sqlite"
    settings = Settings(home=tmp_path / "home", lake="memory://lake", lake_catalog=f"sqlite:///{catalog}")
    publish_to_lake(settings, NIGHT, file)
    night = change(file, NIGHT + timedelta(days=1), "update marts.fct_order set pay_amount = 9")
    publish_to_lake(settings, night, file)
    publish_to_lake(settings, night, file)
    import fsspec

    fs = fsspec.filesystem("memory")
    with duckdb.connect() as con:
        con.register_filesystem(fs)
        load_extension(con, "sqlite_scanner")
        load_extension(con, "ducklake")
        con.execute(f"attach 'ducklake:sqlite:{catalog}' as lake (read_only)")
        assert con.execute("select sum(pay_amount) from lake.marts.fct_order").fetchone() == (54,)


def test_a_lake_needs_its_catalogue_and_its_packages(
    home: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeclarationError, match=r"set SHOPWATCH_LAKE_CATALOG"):
        publish_to_lake(Settings(home=home.home, lake="memory://lake"), NIGHT, file)
    for catalog in ("mysql://root:hunter2@db/lake", "catalog of hunter2"):
        with pytest.raises(DeclarationError, match=r"^SHOPWATCH_LAKE_CATALOG is neither") as refused:
            publish_to_lake(Settings(home=home.home, lake=home.lake, lake_catalog=catalog), NIGHT, file)
        assert "hunter2" not in str(refused.value)
    with pytest.raises(DeclarationError, match="nowhere"):
        publish_to_lake(Settings(home=home.home, lake="nowhere://lake"), NIGHT, file)
    Path(home.lake).write_text("a file")
    with pytest.raises(LakeError, match="File exists"):
        publish_to_lake(home, NIGHT, file)
    monkeypatch.setattr("shopwatch.warehouse.lake_store.find_spec", lambda name: None)
    with pytest.raises(DeclarationError, match=r"requirements-lake\.txt"):
        publish_to_lake(home, NIGHT, file)


@pytest.mark.slow
def test_a_damaged_catalogue_is_named(home: Settings, file: Path) -> None:
    Path(home.lake).mkdir()
    Path(home.lake, "catalog.sqlite").write_text("not a database" * 100)
    with pytest.raises(LakeError, match=r"cannot be published to .*lake"):
        publish_to_lake(home, NIGHT, file)


@pytest.mark.slow
def test_a_lake_that_lost_files_is_named(home: Settings, file: Path) -> None:
    """Also on the same night once more, which writes nothing."""
    publish_to_lake(home, NIGHT, file)
    next(Path(home.lake, "marts").rglob("*.parquet")).unlink()
    with pytest.raises(LakeError, match=r"1 files of the lake .*lake are missing.*remove what is left of both"):
        publish_to_lake(home, NIGHT, file)
    shutil.rmtree(home.lake)
    publish_to_lake(home, NIGHT, file)
    assert differences(home, file) == []


@pytest.mark.slow
def test_a_lake_that_cannot_be_written_is_named(home: Settings, file: Path) -> None:
    Path(home.lake).write_text("a file")
    with pytest.raises(LakeError, match=r"cannot be published to .*lake"):
        publish_to_lake(home, NIGHT, file)
