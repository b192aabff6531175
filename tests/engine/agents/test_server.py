"""Agents get the published numbers, and nothing else, through the SDK's own client."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from night_tools import PROJECT, Demo, environment
from shopwatch.agents.server import make_server
from shopwatch.core.settings import Settings

PAGE = PROJECT / "docs" / "analysts.md"
QUESTIONS = re.findall(r"(?s)^\d+\. .*?```sql\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE)
QUERIES = re.findall(r"(?s)```sql\n(.*?)```", PAGE.read_text("utf-8"))
FORBIDDEN = [
    "create table marts.mine as select 1",
    "create temp table mine as select 1",
    "delete from ops.alerts",
    "update ops.alerts set state = 'resolved'",
    "attach '/tmp/other.duckdb'",
    "copy (select 1) to '/tmp/stolen.csv'",
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "from '/etc/passwd'",
    "select * from glob('/*')",
    "set enable_external_access = true",
    "install httpfs",
    "select 1; delete from ops.alerts",
]


@pytest.fixture
def settings(demo: Demo) -> Settings:
    return Settings(home=demo.home)


def call(settings: Settings, tool: str, seconds: float = 10, **arguments: Any) -> Any:
    """Result of one call of a tool, or its error as text."""

    async def ask() -> Any:
        async with Client(make_server(settings, seconds=seconds)) as client:
            result = await client.call_tool(tool, arguments)
            if result.is_error:
                return result.content[0].text
            found = result.structured_content
            return found["result"] if found and found.keys() == {"result"} else found

    return asyncio.run(ask())


def ask_file(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.published, read_only=True) as con:
        return con.execute(sql).fetchall()


def test_every_kpi_has_the_published_numbers(settings: Settings) -> None:
    kpis = call(settings, "list_kpis")
    assert len(kpis) == len(ask_file(settings, "from meta.metrics")) > 50
    for metric in ("revenue", "pay_conversion", "roas", "refund_rate", "visitors"):
        rows = call(settings, "query_kpi", metric=metric, grain="week", first="2026-09-01", last="2026-11-30")["rows"]
        expected = ask_file(
            settings,
            "select shop, period_start::varchar, value from kpi.fct_kpi where grain = 'week' and entity_type = 'shop' "
            f"and metric = '{metric}' and period_start >= '2026-09-01' order by period_start desc, shop",
        )
        assert [(row["shop"], row["period_start"], row["value"]) for row in rows] == expected != []


def test_an_open_alert_is_explained_by_its_periods(settings: Settings) -> None:
    alerts = call(settings, "list_open_alerts")["rows"]
    keys = ask_file(settings, "select key from ops.alerts where state = 'firing'")
    assert {alert["key"] for alert in alerts} == {key for (key,) in keys} != set()
    explained = call(settings, "explain_alert", key=alerts[0]["key"])
    assert explained["alert"]["rule"] == alerts[0]["rule"]
    assert any(period["verdict"] == "breach" for period in explained["periods"])
    assert "firing" in {step["step"] for step in explained["steps"]}


def test_a_name_that_is_not_known_is_answered_by_the_closest(settings: Settings) -> None:
    days = {"grain": "day", "first": "2026-11-01", "last": "2026-11-13"}
    assert "did you mean `revenue`" in call(settings, "query_kpi", metric="revenu", **days)
    assert "did you mean `qinghe`" in call(settings, "query_kpi", metric="revenue", shop="qinghee", **days)
    assert "did you mean `qinghe`" in call(settings, "list_open_alerts", shop="qinghee")
    assert "did you mean `marts.fct_order`" in call(settings, "describe_table", table="marts.fct_ordr")
    assert "there is no alert" in call(settings, "explain_alert", key="none")


def test_a_cut_answer_says_so(settings: Settings) -> None:
    sql = "select order_id from marts.fct_order order by all"
    first = call(settings, "run_sql", sql=sql, limit=3)
    assert len(first["rows"]) == 3
    assert first["is_cut"]
    assert "between 1 and 1000" in call(settings, "run_sql", sql=sql, limit=100_000)


def test_columns_of_one_name_keep_their_values(settings: Settings) -> None:
    (row,) = call(settings, "run_sql", sql="select 1 as a, 2 as a, 3 as a_1, 4 as a")["rows"]
    assert row == {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}


def test_a_number_that_json_lacks_is_text(settings: Settings) -> None:
    (row,) = call(settings, "run_sql", sql="select 1 / 0 as x, ['nan'::double, 2] as y")["rows"]
    assert row == {"x": "inf", "y": ["nan", 2]}


def test_an_answer_that_is_too_long_is_refused(settings: Settings) -> None:
    told = call(settings, "run_sql", sql="select repeat('x', 300000) from range(4)")
    assert "more than 1,000,000 characters: ask for fewer rows or columns" in told


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    damaged = Settings(home=tmp_path)
    damaged.published.parent.mkdir(parents=True)
    damaged.published.write_bytes(b"no warehouse" * 1000)
    assert f"{damaged.published} cannot be read" in call(damaged, "list_kpis")


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_nothing_is_written_and_no_other_file_read(settings: Settings, sql: str) -> None:
    before = settings.published.read_bytes()
    assert isinstance(call(settings, "run_sql", sql=sql), str)
    assert settings.published.read_bytes() == before


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(100000000000), range(1000)",
        "select levenshtein(repeat('a', 1000000), repeat('b', 1000000))",  # one call: DuckDB does not interrupt it
    ],
)
def test_a_statement_that_takes_too_long_is_stopped(sql: str, settings: Settings) -> None:
    start = time.monotonic()
    told = call(settings, "run_sql", seconds=0.5, sql=sql)
    assert "Stopped after 0.5 s" in told
    assert time.monotonic() - start < 20


def test_the_command_answers_over_standard_input_and_output(settings: Settings) -> None:
    async def names() -> list[str]:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "shopwatch", "mcp"], env=environment(settings.home), cwd=str(PROJECT)
        )
        async with Client(stdio_client(server)) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert {"list_kpis", "query_kpi", "list_open_alerts", "explain_alert", "run_sql"} <= set(asyncio.run(names()))


@pytest.mark.parametrize("sql", QUERIES)
def test_each_query_of_the_page_is_answered_alike(settings: Settings, sql: str) -> None:
    rows = call(settings, "run_sql", sql=sql)["rows"]
    assert len(rows) == len(ask_file(settings, sql)[:200]) > 0


def test_the_page_has_ten_questions() -> None:
    assert len(QUESTIONS) == 10


def test_pandas_and_sqlalchemy_read_the_file(settings: Settings) -> None:
    from sqlalchemy import MetaData, create_engine

    with duckdb.connect(settings.published, read_only=True) as con:
        assert list(con.sql("from marts.dim_shop").df()["shop"]) != []
    engine = create_engine(f"duckdb:///{settings.published}", connect_args={"read_only": True})
    reflected = MetaData()
    reflected.reflect(engine, schema="marts", only=["dim_shop", "fct_order"])
    assert "region" in reflected.tables["marts.dim_shop"].columns
    engine.dispose()
