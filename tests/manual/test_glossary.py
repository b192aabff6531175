from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from shopwatch.core.settings import PROJECT, Settings
from shopwatch.pipeline import judge_night
from shopwatch.warehouse.glossary import load_glossary
from shopwatch.warehouse.publishing import publish
from warehouses import EMPTY_NIGHT


@pytest.fixture(scope="module")
def published(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night without exports, with every table there is, and comments in Chinese."""
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("glossary") / "home")
    settings = Settings(home=home, comment_language="zh")
    judge_night(settings, EMPTY_NIGHT)
    return publish(settings, EMPTY_NIGHT)


def ask(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(sql).fetchall()


def test_every_published_column_is_described_in_chinese(published: Path) -> None:
    lacking = "select table_schema || '.' || table_name || '.' || column_name from meta.columns where "
    assert ask(published, f"{lacking} description_zh is null or description = ''") == []
    assert ask(published, f"{lacking} not regexp_matches(description_zh, '[一-鿿]')") == []


def test_comments_are_in_the_language_of_the_setting(published: Path) -> None:
    differ = ask(
        published,
        "select there.column_name from duckdb_columns() as there inner join meta.columns as described "
        "on there.schema_name = described.table_schema and there.table_name = described.table_name "
        "and there.column_name = described.column_name where there.comment is distinct from described.description_zh",
    )
    assert differ == []


def test_no_description_of_a_table_or_in_chinese_is_of_a_column_that_is_gone(published: Path) -> None:
    columns = ask(published, "select table_name, column_name from meta.columns")
    known = {column for _, column in columns} | {f"{table}.{column}" for table, column in columns}
    # only homes with several shards have ops.shards and meta.written_slices
    known |= {"shard", "shards.is_late", "shards.night"}
    known |= {f"written_slices.{column}" for column in ("fingerprint", "month", "row_count")}
    glossary = load_glossary(PROJECT / "include")
    assert glossary.zh.keys() - known == set()
    assert {key for key in glossary.en if "." in key} - known == set()


def test_chinese_names_the_same_tables_and_columns_as_english(published: Path) -> None:
    """A code word such as marts.dim_week or fct_order_line.revenue is in both or in neither."""
    code = re.compile(r"\b(?:marts|kpi|meta|ops|review)\.[a-z_.]*[a-z]")
    rows = ask(published, "select distinct description, description_zh from meta.columns")
    assert [zh for en, zh in rows if set(code.findall(zh)) - set(code.findall(en))] == []


def test_chinese_has_the_codes_that_english_lists(published: Path) -> None:
    """(free, paid) in English is free（…）、paid（…） in Chinese: these are the values of the column."""
    listed = re.compile(r"\(([a-z_]+(?:, [a-z_]+)+)\)")
    rows = ask(published, "select distinct description, description_zh from meta.columns")
    codes = [(code, zh) for en, zh in rows for found in listed.findall(en) for code in found.split(", ")]
    assert [zh for code, zh in codes if code not in zh] == []
