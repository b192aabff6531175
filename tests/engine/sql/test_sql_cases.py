"""Tests beside models and metrics: some rows of the tables that one reads, and the rows that it must make of them.

``tests/engine/sql/<folder>/<name>.yaml`` is about ``include/sql/<folder>/<name>.sql`` and holds a list of cases::

    - case: what it shows
      given:
        marts.fct_campaign_week: |
          week_start  campaign_id  spend  ad_revenue
          2026-11-02  c1           100    340
      expect: |
          entity  value
          c1      3.4

A table's first line names columns, each further one is a row: words with blanks stand in quotes, ``_`` is missing, and
``#`` begins a comment. Every column has the type that it has in a real warehouse, and is missing where it is not named;
but ``shop`` is ``qinghe``, and of ``staging.stg_shops`` and ``marts.dim_shop`` that one shop is given, with CNY.
Touched are all days, weeks, orders and buyers of the given rows, or the ``changed_days`` that a case gives. ``expect``
holds all rows, in any order, of the columns that it names, with the parameters ``asked``; fractions are compared to
six places.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shopwatch.catalog.details import load_details
from shopwatch.catalog.evidence import load_evidence
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.tables import load_tables
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import declaration_error, read_yaml
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.metric_runner import declare_metrics, roll_up
from shopwatch.warehouse.models import load_models, tables_read

HERE = Path(__file__).parent
INCLUDE = PROJECT / "include"
SHOP = "qinghe"
SHOPS = {
    "staging.stg_shops": "shop title platform currency timezone language closed_weekdays\n"
    f"{SHOP} 青禾 tmall CNY Asia/Shanghai zh []",
    "marts.dim_shop": f"shop title platform currency timezone language\n{SHOP} 青禾 tmall CNY Asia/Shanghai zh",
}
METRICS = {f"metrics.{metric.name}": metric for metric in load_metrics(INCLUDE)}
STATEMENTS = {name: model.sql for name, model in load_models(INCLUDE).items()} | {
    name: metric.sql for name, metric in METRICS.items()
}
STATEMENTS |= {f"evidence.{name}": evidence.sql for name, evidence in load_evidence(INCLUDE).items()}
STATEMENTS |= {
    table.statement.replace("/", "."): table.sql(INCLUDE)
    for table in load_tables(INCLUDE).values()
    if table.statement.startswith("tables/")
}
STATEMENTS |= {f"details.{detail.name}": detail.sql for detail in load_details(INCLUDE)}
OF_EVERY_METRIC = {"changed_days", "staging.stg_targets"}
# To become empty: a model or metric that is new or changed brings its cases.
WITHOUT_CASES = {
    "marts.dim_entity",
    "marts.fct_ad_day",
    "marts.fct_campaign_day",
    "marts.fct_campaign_week",
    "marts.fct_product_week",
    "marts.fct_shop_week",
    "marts.fct_stock_day",
}


class Case(BaseModel):
    """One case, as the module says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    given: dict[str, str]
    asked: dict[str, str] = {}
    expect: str


def read_cases() -> Iterator[tuple[str, Case]]:
    """Every case with the table or metric that it is about. Raises DeclarationError naming file and key."""
    for path in sorted(HERE.glob("*/*.yaml")):
        try:
            cases = TypeAdapter(list[Case]).validate_python(read_yaml(path))
        except ValidationError as error:
            raise declaration_error(path, error, Case) from error
        for case in cases:
            yield f"{path.parent.name}.{path.stem}", case


CASES = list(read_cases())


@pytest.fixture(scope="module")
def warehouse(empty_home: Path) -> duckdb.DuckDBPyConnection:
    """Every table of both warehouses as a night without exports leaves it, in memory."""
    settings = Settings(home=empty_home, settle_seconds=0)
    con = duckdb.connect()
    for file in (settings.shop_warehouse, settings.raw_warehouse):
        con.execute(f"attach '{file}' as night (read_only)")
        found = con.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = 'night' and schema_name != 'apart'"
        ).fetchall()
        for schema, table in found:
            own = "raw" if schema == "main" else schema
            con.execute(f'create schema if not exists "{own}"')
            con.execute(f'create table "{own}"."{table}" as from night."{schema}"."{table}" limit 0')
        con.execute("detach night")
    con.execute(model_macros(settings))
    con.execute("create temp table changed_days (shop varchar, day date)")
    con.execute("create temp table changed_orders (shop varchar, order_id varchar)")
    return con


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return set(con.table(table).columns)


def enter(con: duckdb.DuckDBPyConnection, table: str, text: str) -> None:
    """Write the rows of a text into a table; its types make values of the words."""
    header, *rows = (words for line in text.splitlines() if (words := shlex.split(line, comments=True)))
    own = [] if "shop" in header or "shop" not in columns_of(con, table) else [SHOP]
    names = ", ".join(f'"{name}"' for name in (header if not own else [*header, "shop"]))
    places = ", ".join("?" * (len(header) + len(own)))
    for row in rows:
        assert len(row) == len(header), f"{table}: {len(row)} words under {len(header)} columns: {row}"
        values = [None if word == "_" else word for word in row]
        con.execute(f"insert into {table} ({names}) values ({places})", [*values, *own])


def touch(con: duckdb.DuckDBPyConnection, given: dict[str, str]) -> None:
    """Everything that is given was touched, but where the case says what."""
    for table in given:
        columns = columns_of(con, table)
        for day in ("day", "week_start", "period_start"):
            if {"shop", day} <= columns and table != "changed_days" and "changed_days" not in given:
                con.execute(f"insert into changed_days select distinct shop, {day} from {table}")
        if {"shop", "order_id"} <= columns:
            con.execute(f"insert into changed_orders select distinct shop, order_id from {table}")
    con.execute(library_sql("warehouse/changed_periods"))
    con.execute(library_sql("warehouse/changed_onward"))
    con.execute(library_sql("warehouse/changed_later"))
    con.execute(library_sql("warehouse/changed_buyers"))
    for table in given:
        if {"shop", "buyer"} <= columns_of(con, table):
            con.execute(f"insert into changed_buyers select distinct shop, buyer from {table}")
    con.execute("create or replace temp table changed_kpi_periods as from changed_periods")
    if "intermediate.int_periods" not in given:
        con.execute(
            "insert into intermediate.int_periods "
            "select shop, grain, period_start, period_end(grain, period_start) from changed_periods"
        )


def rows_of(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    fractions = {name for name, kind in zip(*described(con, table), strict=True) if kind in ("DOUBLE", "FLOAT")}
    columns = (f'round("{name}", 6)' if name in fractions else f'"{name}"' for name in con.table(table).columns)
    return sorted(map(str, con.execute(f"select {', '.join(columns)} from {table}").fetchall()))


def described(con: duckdb.DuckDBPyConnection, table: str) -> tuple[list[str], list[str]]:
    relation = con.table(table)
    return relation.columns, [str(kind) for kind in relation.types]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case.case}" for name, case in CASES])
def test_case(warehouse: duckdb.DuckDBPyConnection, name: str, case: Case) -> None:
    if name not in STATEMENTS:
        raise DeclarationError(
            f"tests/sql: nothing is called {name}; a file is named like the SQL file that it is about"
        )
    unread = case.given.keys() - tables_read(STATEMENTS[name])
    unread -= OF_EVERY_METRIC if name in METRICS else {"changed_days"}
    assert not unread, f"{name} does not read {sorted(unread)}"
    warehouse.execute("begin")
    try:
        for table, text in (SHOPS | case.given).items():
            enter(warehouse, table, text)
        touch(warehouse, case.given)
        wanted = shlex.split(case.expect.splitlines()[0], comments=True)
        if name in METRICS:
            declare_metrics(warehouse, [METRICS[name]])
            roll_up(warehouse, [METRICS[name]], whole=False)
            made = warehouse.table("kpi.metric_rows").filter(f"metric = '{METRICS[name].name}'")
        else:
            made = warehouse.sql(STATEMENTS[name], params=case.asked or None)
        made.select(*wanted).create("found")
        warehouse.execute("create table expected as from found limit 0")
        enter(warehouse, "expected", case.expect)
        assert rows_of(warehouse, "found") == rows_of(warehouse, "expected")
    finally:
        warehouse.execute("rollback")


def test_every_mart_metric_and_review_table_has_a_case() -> None:
    wanted = {
        name for name in STATEMENTS if name.split(".")[0] in ("details", "evidence", "marts", "metrics", "review")
    }
    assert wanted - {name for name, _ in CASES} == WITHOUT_CASES
