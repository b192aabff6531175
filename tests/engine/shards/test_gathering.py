"""Gathering copies the slices that changed, and ends with the rows of a gathering into an empty warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ad_project import place_shops
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.warehouse import gathering
from shopwatch.warehouse.gathering import gather
from shopwatch.warehouse.lineage import lineage_of_gathering, lineage_of_judge
from shopwatch.warehouse.parts import Part, hand_over
from small_project import small_include

FIRST = date(2026, 11, 1)
SHOPS = ("a", "b", "c")
Rows = dict[tuple[str | None, int], int]
"""(shop or None, day since the first) -> value."""


@pytest.fixture(scope="module")
def include(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_include(tmp_path_factory.mktemp("gathering") / "include", ("marts.dim_date",))


def _home(folder: Path, include: Path, shards: Mapping[str, str]) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    place_shops(folder, shards)
    return Settings(home=folder, include=include)


def _hand_over(settings: Settings, shard: str, rows: Rows, *, extra: bool = False) -> Part:
    """A shard's part: facts with days, with weeks, a dimension, and a table whose rows are of no shop."""
    of, catalog = settings.for_shard(shard), Catalog(settings)
    of.shop_warehouse.parent.mkdir(parents=True, exist_ok=True)
    of.shop_warehouse.unlink(missing_ok=True)
    with duckdb.connect(of.shop_warehouse) as con:
        con.execute("create schema marts; create schema ops; create schema meta")
        con.execute("create table marts.fct_day (shop varchar, day date, value integer)")
        con.executemany(
            "insert into marts.fct_day values ($1, $2, $3)",
            [(shop, FIRST + timedelta(days=number), value) for (shop, number), value in rows.items()] or [(None,) * 3],
        )
        con.execute("create table ops.of_week as select shop, value, day as week_start from marts.fct_day")
        con.execute("create table marts.dim as select distinct shop, 'name of ' || shop as name from marts.fct_day")
        con.execute("create table ops.of_none as select distinct value from marts.fct_day")
        if extra:
            con.execute("alter table marts.dim add column more varchar default 'more'")
    part = hand_over(of)
    shops = tuple(name for name, shop in catalog.all_shops.items() if shop.shard == shard)
    return Part(shard, of.handed_over() / part, FIRST, shops, shard == catalog.shards[0])


def _content(path: Path) -> dict[str, Any]:
    with duckdb.connect(path, read_only=True) as con:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('marts', 'ops')"
        ).fetchall()
        return {name: sorted(map(repr, con.sql(f"from {name}").fetchall())) for (name,) in tables}


def _gather(path: Path, settings: Settings, parts: list[Part]) -> dict[str, Any]:
    with duckdb.connect(path) as con:
        gather(con, Catalog(settings), parts, FIRST)
    return _content(path)


rows = st.dictionaries(
    st.tuples(st.sampled_from([*SHOPS, "gone", None]), st.sampled_from([0, 1, 31, 32])), st.integers(0, 2), max_size=6
)
nights = st.lists(
    st.tuples(st.tuples(*[st.sampled_from(["main", "north"])] * 3), rows, rows, st.booleans()), min_size=2, max_size=4
)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(nights)
def test_what_is_gathered_from_changes_is_what_is_gathered_from_all(
    include: Path, found: list[tuple[tuple[str, ...], Rows, Rows, bool]]
) -> None:
    """Rows that change, appear and go; shops that move; rows of no declared shop; columns that come and go."""
    with TemporaryDirectory() as folder:
        for number, (places, main, north, extra) in enumerate(found):
            home = _home(Path(folder), include, dict(zip(SHOPS, places, strict=True)))
            parts = [_hand_over(home, "main", main), _hand_over(home, "north", north, extra=extra)]
            kept = _gather(Path(folder) / "kept.duckdb", home, parts)
            assert kept == _gather(Path(folder) / f"fresh{number}.duckdb", home, parts)


def test_only_slices_that_changed_are_copied(tmp_path: Path, include: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _home(tmp_path / "home", include, {"a": "main", "b": "north"})
    shop_a: Rows = {("a", 0): 1, ("a", 31): 1, ("a", 62): 1, ("a", 93): 1}
    shop_b: Rows = {("b", 0): 1, ("b", 31): 1, ("b", 62): 1, ("b", 93): 1}
    whole = tmp_path / "whole.duckdb"
    _gather(whole, home, [_hand_over(home, "main", shop_a), _hand_over(home, "north", shop_b)])
    copied: list[object] = []
    real = gathering.run_script

    def noted(con: duckdb.DuckDBPyConnection, text: str, tables: dict[str, str], values: dict[str, object]) -> None:
        if "part_table" in tables:
            copied.append((values["name"], values["part"], con.sql("from changed_slices").fetchall()))
        real(con, text, tables, values)

    monkeypatch.setattr(gathering, "run_script", noted)
    parts = [_hand_over(home, "main", shop_a), _hand_over(home, "north", shop_b | {("b", 93): 2})]
    content = _gather(whole, home, parts)
    february = date(2027, 2, 1)
    slices = [("marts.fct_day", "b", february), ("ops.of_week", "b", february)]
    assert sorted(copied, key=str) == [(name, 1, sorted(slices)) for name in ("marts.fct_day", "ops.of_week")]
    assert content["ops.of_none"] == ["(1,)", "(1,)", "(2,)"]
    with duckdb.connect(whole) as con:
        unsearched = con.sql("select * from meta.unsearched where table_name like '%.fct_day' order by all").fetchall()
    assert unsearched == [("marts.fct_day", february), ("marts.fct_day", None)], "the second is of the first gathering"


def test_the_lineage_of_a_gathered_table_reaches_its_shards(tmp_path: Path, include: Path) -> None:
    """Also where the warehouse of a shard is on the disk of another worker."""
    home = _home(tmp_path / "home", include, {"a": "main", "b": "north"})
    home.shop_warehouse.parent.mkdir(parents=True)
    other = home.model_copy(update={"shard_disk": tmp_path / "disk"})
    _gather(home.shop_warehouse, home, [_hand_over(home, "main", {("a", 0): 1}), _hand_over(other, "north", {})])
    jobs = {job.name: job for job in lineage_of_gathering(Catalog(home))}
    handed_over = [job for job in lineage_of_judge(Catalog(other.for_shard("north"))) if job.name.endswith(".fct_day")]
    assert [job.name for job in handed_over] == ["north.hand_over.marts.fct_day"]
    assert handed_over[0].reads[0].namespace == f"duckdb://{tmp_path}/disk/north/warehouse/shop.duckdb"
    reads = jobs["gather.marts.fct_day"].reads
    assert [read.namespace for read in reads] == [
        f"duckdb://{home.home}/shards/{shard}/judged" for shard in ("main", "north")
    ]
    assert (handed_over[0].writes.namespace, handed_over[0].writes.name) == (reads[1].namespace, reads[1].name)
    assert jobs["gather.marts.fct_day"].writes.namespace == f"duckdb://{home.shop_warehouse}"
    assert "gather.meta.slices" not in jobs
