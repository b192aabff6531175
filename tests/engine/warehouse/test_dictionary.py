from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.pipeline import build_models
from shopwatch.warehouse.connections import raw_warehouse, shop_warehouse, transaction
from shopwatch.warehouse.dictionary import write_dictionary
from small_project import small_include

METRICS = PROJECT / "include" / "sql" / "metrics"
UNDESCRIBED = "select table_name, column_name from duckdb_columns() where not internal and comment is null"
UNDESCRIBED_TABLES = "select table_name from duckdb_tables() where not internal and comment is null"


def describe(settings: Settings) -> None:
    with shop_warehouse(settings) as con, transaction(con):
        write_dictionary(con, Catalog(settings))


def read(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def described(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", include=small_include(tmp_path / "include"))
    with raw_warehouse(settings, Catalog(settings).contracts):
        pass
    build_models(settings)
    describe(settings)
    return settings


def test_a_table_that_was_created_anew_is_described_again(described: Settings) -> None:
    assert read(described, UNDESCRIBED) == []
    with shop_warehouse(described) as con:
        con.execute("create or replace table marts.fct_order as from marts.fct_order")
        con.execute("alter table staging.stg_loads add column reason_note varchar")
        con.execute("alter table staging.stg_loads drop column reason_note")
        con.execute("comment on column staging.stg_loads.load_id is 'something else'")
    assert len(read(described, UNDESCRIBED)) > 10
    before = read(described, "from meta.columns")
    describe(described)
    assert read(described, UNDESCRIBED) == read(described, UNDESCRIBED_TABLES) == []
    assert read(described, "from meta.columns") == before
    assert read(
        described, "select comment from duckdb_columns() where table_name = 'stg_loads' and column_name = 'load_id'"
    ) == (
        read(
            described, "select description from meta.columns where table_name = 'stg_loads' and column_name = 'load_id'"
        )
    )


@pytest.mark.slow
def test_a_changed_description_and_a_new_column_reach_the_dictionary(described: Settings) -> None:
    glossary = described.include / "columns.yaml"
    glossary.write_text(
        glossary.read_text("utf-8").replace("buyer: ", "buyer: Of whom we know this much; ", 1), "utf-8"
    )
    with shop_warehouse(described) as con:
        con.execute("alter table marts.fct_order add column week_start date")
    describe(described)
    described_as = "select description from meta.columns where table_name = 'fct_order' and column_name = "
    assert read(described, f"{described_as} 'buyer'")[0][0].startswith("Of whom we know this much")
    assert read(described, f"{described_as} 'week_start'") == [("Monday",)]
    assert read(described, UNDESCRIBED) == []


@pytest.mark.slow
def test_statements_are_written_when_a_metric_or_a_macro_changes_and_only_then(described: Settings) -> None:
    folder = described.include / "sql" / "metrics"
    folder.mkdir()
    revenue = folder / "revenue.sql"
    revenue.write_text((METRICS / "revenue.sql").read_text("utf-8"), "utf-8")
    describe(described)
    with shop_warehouse(described) as con:
        con.execute("update meta.metrics set sql = 'as it was'")
    describe(described)
    assert read(described, "select metric, sql from meta.metrics") == [("revenue", "as it was")]
    macros = described.include / "sql" / "macros.sql"
    macros.write_text(macros.read_text("utf-8") + "\n-- another line\n", "utf-8")
    describe(described)
    ((sql,),) = read(described, "select sql from meta.metrics")
    assert "fct_shop_day" in sql
    (folder / "views.sql").write_text((METRICS / "views.sql").read_text("utf-8"), "utf-8")
    describe(described)
    assert read(described, "select metric from meta.metrics order by 1") == [("revenue",), ("views",)]
    assert read(described, UNDESCRIBED) == []
