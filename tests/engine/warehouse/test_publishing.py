from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from shopwatch.core.settings import Settings
from shopwatch.warehouse.connections import shop_warehouse
from shopwatch.warehouse.publishing import publish

NIGHT = date(2026, 11, 15)
SMALL_TABLES = 60
SMALL = """
    create or replace table small_{number} as
    select n as id, 'text ' || n as text, current_date as day from range(50) as numbers(n)
"""
OBJECTS = """
    create table kept (id bigint primary key, price decimal(18, 2) check (price >= 0), name varchar not null);
    insert into kept values (1, 2.50, 'tea');
    create index kept_by_name on kept (name);
    create view dear as select * from kept where price > 2;
    create macro doubled(x) as x * 2;
    create schema marts;
    create table marts.fct_order as select 1 as order_id;
    comment on table kept is 'one row per thing';
    comment on column kept.price is 'what it costs';
    comment on table marts.fct_order is 'one row per order';
    comment on view dear is 'what is dear'
"""


def fresh_size(path: Path, scratch: Path, block_size: int) -> int:
    """Bytes of a new file with the same content."""
    target = scratch / f"fresh-{block_size}.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as old (read_only)")
        con.execute(f"attach '{target}' as new (block_size {block_size})")
        con.execute("copy from database old to new")
    return target.stat().st_size


def rewrite_nightly(settings: Settings, nights: int) -> None:
    """Replace every table as many times, and delete most rows of a large one: both leave free blocks."""
    for _ in range(nights):
        with shop_warehouse(settings) as con:
            for number in range(SMALL_TABLES):
                con.execute(SMALL.format(number=number))
            con.execute("create or replace table large as select hash(n) as h from range(1_600_000) as numbers(n)")
            con.execute("checkpoint")
            con.execute("delete from large where h % 8 != 0")


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.raw_warehouse.parent.mkdir(parents=True)
    duckdb.connect(settings.raw_warehouse).close()
    return settings


@pytest.mark.parametrize("block_size", [65536, pytest.param(262144, marks=pytest.mark.slow)])
def test_the_published_file_holds_its_rows_and_little_else(home: Settings, tmp_path: Path, block_size: int) -> None:
    with duckdb.connect(home.shop_warehouse, config={"default_block_size": block_size}):
        pass  # as an earlier version may have made it
    rewrite_nightly(home, 2)
    for night in range(2):
        published = publish(home, NIGHT + timedelta(days=night))
        least = min(fresh_size(published, tmp_path, size) for size in (65536, 262144))
        assert published.stat().st_size <= 1.2 * least
        with duckdb.connect(published, read_only=True) as con:
            assert con.execute("select count(*), count(distinct text) from small_7").fetchone() == (50, 50)
        rewrite_nightly(home, 1)


def test_comments_views_macros_constraints_and_indexes_are_published(home: Settings) -> None:
    with shop_warehouse(home) as con:
        con.execute(OBJECTS)
        con.execute("create table once as select n from range(1_000_000) as numbers(n)")
        con.execute("checkpoint")
        con.execute("drop table once")
    with duckdb.connect(publish(home, NIGHT), read_only=True) as con:
        assert con.execute("select table_name, comment from duckdb_tables() order by 1").fetchall() == [
            ("fct_order", "one row per order"),
            ("kept", "one row per thing"),
        ]
        comments = con.execute("select comment from duckdb_columns() where column_name = 'price'").fetchall()
        assert sorted(comments, key=str) == [("what it costs",), (None,)]
        assert con.execute("select doubled(price), name from dear").fetchall() == [(5, "tea")]
        assert con.execute("select comment from duckdb_views() where view_name = 'dear'").fetchall() == [
            ("what is dear",)
        ]
        kinds = con.execute("select constraint_type from duckdb_constraints() order by 1").fetchall()
        assert [kind for (kind,) in kinds] == ["CHECK", "NOT NULL", "NOT NULL", "PRIMARY KEY"]
        assert con.execute("select index_name from duckdb_indexes()").fetchall() == [("kept_by_name",)]


def test_a_night_is_one_file_under_two_names_until_the_next(home: Settings) -> None:
    rewrite_nightly(home, 1)
    first = publish(home, NIGHT)
    dated = first.with_name(f"shop-{NIGHT}.duckdb")
    assert first.samefile(dated)
    reader = duckdb.connect(first, read_only=True)
    with shop_warehouse(home) as con:
        con.execute("create table since as select 1 as one")
    publish(home, NIGHT + timedelta(days=1))
    assert not first.samefile(dated)
    assert reader.execute("select count(*) from duckdb_tables() where table_name = 'since'").fetchone() == (0,)
    reader.close()
    for path, count in ((first, 1), (dated, 0)):
        with duckdb.connect(path, read_only=True) as con:
            assert con.execute("select count(*) from duckdb_tables() where table_name = 'since'").fetchone() == (count,)


@pytest.mark.slow
def test_a_copy_is_as_good_where_there_are_no_hard_links(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    rewrite_nightly(home, 1)
    published = publish(home, NIGHT)
    dated = published.with_name(f"shop-{NIGHT}.duckdb")
    assert not published.samefile(dated)
    assert published.read_bytes() == dated.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in (published, dated)} == {0o400}


def test_what_a_killed_compaction_left_is_not_taken_for_a_warehouse(home: Settings) -> None:
    rewrite_nightly(home, 1)
    left = home.shop_warehouse.with_name(f".{home.shop_warehouse.name}.new")
    left.write_bytes(b"half")
    left.with_name(f"{left.name}.wal").write_bytes(b"half")
    publish(home, NIGHT)
    assert sorted(path.name for path in home.shop_warehouse.parent.iterdir()) == ["raw.duckdb", "shop.duckdb"]


WORKINGS = """
    create schema staging; create schema seed; create schema marts; create schema meta;
    create table staging.stg_shops as select 'qinghe' as shop;
    create table staging.stg_orders as select 'a' as order_id;
    create table seed.metrics as select 'revenue' as metric;
    create table marts.fct_order as select 'a' as order_id;
    create table meta.metrics as select 'revenue' as metric, 'select shop from _internal.stg_shops' as sql;
    create table meta.columns as
        select schema_name as table_schema, table_name, column_name, 'what ' || column_name || ' is' as description,
            'one row per thing' as table_grain
        from duckdb_columns() where database_name = current_database() and not internal;
    comment on column staging.stg_shops.shop is 'what shop is';
    create schema kpi;
    create schema ops;
    create table ops.judged_inputs as select 'qinghe' as shop;
    create table ops.alerts as select 'qinghe' as shop;
    create table meta.written as select 'meta.metrics' as table_name;
    create table meta.night as select date '2026-11-15' as night;
    create table kpi.metric_rows as select unnest([date '2026-11-15', date '2026-11-16']) as period_start
"""


def test_what_only_models_read_is_left_out_but_for_what_a_kpis_statement_needs(home: Settings) -> None:
    with shop_warehouse(home) as con:
        con.execute(WORKINGS)
    with duckdb.connect(publish(home, NIGHT), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        assert tables == [
            ("_internal", "stg_shops"),
            ("kpi", "metric_rows"),
            ("marts", "fct_order"),
            ("meta", "columns"),
            ("meta", "metrics"),
            ("meta", "night"),
            ("ops", "alerts"),
        ]
        assert con.execute("select period_start from kpi.metric_rows").fetchall() == [(NIGHT,)]
        schemas = con.execute(
            "select schema_name from duckdb_schemas() where database_name = current_database() and not internal"
        ).fetchall()
        assert {"staging", "seed"}.isdisjoint(name for (name,) in schemas)
        ((statement,),) = con.execute("select sql from meta.metrics").fetchall()
        assert con.execute(statement).fetchall() == [("qinghe",)]
        described = (
            "select table_schema, table_name, column_name from meta.columns where table_schema != 'meta' order by 1"
        )
        assert con.execute(described).fetchall() == [
            ("_internal", "stg_shops", "shop"),
            ("marts", "fct_order", "order_id"),
        ]
        comments = "select comment from duckdb_columns() where table_name = 'stg_shops'"
        assert con.execute(comments).fetchall() == [("what shop is",)]
    with duckdb.connect(home.shop_warehouse, read_only=True) as con:
        assert con.execute("select count(*) from staging.stg_orders").fetchone() == (1,)


ORDERS = """
    create schema marts; create schema meta; create schema kpi;
    create table meta.night as select date '2026-11-15' as night;
    create table meta.metrics (metric varchar, sql varchar);
    create table kpi.metric_rows (period_start date);
    create table marts.fct_order as select 'qinghe' as shop, unnest(['a', 'b', 'unpaid']) as order_id;
    create table marts.fct_buyer_order as
        select 'qinghe' as shop, unnest(['a', 'b']) as order_id, unnest([true, false]) as is_first_order;
    create table marts.fct_shipment as
        select unnest(['a', 'b']) as order_id,
            unnest([timestamp '2026-11-15 23:59:59', timestamp '2026-11-16 00:00:00']) as ship_due_at;
    create table meta.columns as
        select schema_name as table_schema, table_name, column_name, data_type, 'a column' as description,
            'one row per thing' as table_grain, 'a note' as table_note, '一列' as description_zh
        from duckdb_columns() where database_name = current_database() and not internal
"""


@pytest.mark.parametrize(
    ("language", "begins"), [("en", "Whether it"), pytest.param("zh", "是否买家", marks=pytest.mark.slow)]
)
def test_the_published_file_adds_what_the_night_and_all_orders_decide(
    home: Settings, language: str, begins: str
) -> None:
    with shop_warehouse(home) as con:
        con.execute(ORDERS)
    published = publish(home.model_copy(update={"comment_language": language}), NIGHT)
    with duckdb.connect(published, read_only=True) as con:
        due = con.execute("select order_id, is_due from marts.fct_shipment order by all").fetchall()
        assert due == [("a", True), ("b", False)]
        first = con.execute("select order_id, is_first_order from marts.fct_order order by all").fetchall()
        assert first == [("a", True), ("b", False), ("unpaid", None)]
        described = "select comment from duckdb_columns() where table_name = 'fct_order' and column_name like 'is_%'"
        assert con.execute(described).fetchone()[0].startswith(begins)
        entered = con.execute(
            "select table_name, data_type, table_grain, table_note, description_zh != '' from meta.columns "
            "where column_name in ('is_due', 'is_first_order') and description != 'a column' order by all"
        ).fetchall()
        assert entered == [
            (name, "BOOLEAN", "one row per thing", "a note", True) for name in ("fct_order", "fct_shipment")
        ]
