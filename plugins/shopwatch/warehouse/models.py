"""Model runner: builds ``include/sql`` layer by layer for changed days. Incremental equals full, bit for bit."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow
from pydantic import BaseModel, ConfigDict
from sqlglot import exp

from shopwatch.catalog.calendar import Event, calendar_of, event_days, rest_days
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import Metric
from shopwatch.catalog.shops import Shop
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql, read_head
from shopwatch.warehouse.connections import model_macros, run_script, shop_warehouse, transaction
from shopwatch.warehouse.integrity import has_table, require_known_loads
from shopwatch.warehouse.metric_runner import METRIC_ROWS, declare_metrics, fill_metrics
from shopwatch.warehouse.reconcile import reconcile

log = logging.getLogger("shopwatch.warehouse.models")

WAREHOUSE = ("staging", "intermediate", "marts", "kpi")
REVIEW = ("review",)
REFUND_AMOUNTS = frozenset({"refunded", "line_refunded", "order_refunded"})
PAYMENT_SIGNS = frozenset({"paid_at", "status"})
"""Columns that mark payment. An order export without any of them lists sales: all its orders count as paid."""
OF_WHOLE_SHOPS = ("shop_day", "source_day")  # inputs whose daily rows add up to a shop's sessions
REACH_DAYS = 7  # longest look-back of a model: a changed day makes this many later days stale


class Head(BaseModel):
    """YAML in a model's leading comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grain: str
    partition: Literal["day", "order", "week", "whole"] = "whole"
    note: str = ""
    columns: dict[str, str] = {}


@dataclass(frozen=True)
class Model:
    """One SQL file: a bare SELECT that becomes the table ``<folder>.<file name>``."""

    name: str
    head: Head
    sql: str


def tables_read(sql: str) -> frozenset[str]:
    """Schema-qualified tables that a statement reads."""
    return tables_by_statement((sql,))[sql]


@lru_cache(maxsize=256)
def tables_by_statement(statements: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Schema-qualified tables read by each statement; one call parses many, since each call costs milliseconds."""
    found = duckdb.execute(library_sql("warehouse/tables_read"), {"statements": list(statements)})
    return {statement: frozenset(tables) for statement, tables in found.fetchall()}


@dataclass(frozen=True)
class Built:
    """Result of one build: the number of days, models and rows rebuilt, and whether it was a full build."""

    days: int
    models: int
    rows: int
    whole: bool


def load_models(include: Path, layers: tuple[str, ...] = (*WAREHOUSE, *REVIEW)) -> dict[str, Model]:
    """Models of the given layers, by table name. Raises DeclarationError naming the file."""
    models: dict[str, Model] = {}
    for layer in layers:
        for path in sorted((include / "sql" / layer).glob("*.sql")):
            head, sql = read_head(path, Head)
            models[f"{layer}.{path.stem}"] = Model(f"{layer}.{path.stem}", head, sql)
    return models


def build_order(models: dict[str, Model], metrics: list[Metric]) -> list[str]:
    """Table names in dependency order; ``kpi.metric_rows`` represents all metric files."""
    statements = (*(model.sql for model in models.values()), *(metric.sql for metric in metrics))
    reads = tables_by_statement(statements)
    graph = {name: reads[model.sql] for name, model in models.items()}
    if metrics:
        graph[METRIC_ROWS] = frozenset().union(*(reads[metric.sql] for metric in metrics)) - {METRIC_ROWS}
    return list(TopologicalSorter({name: read & graph.keys() for name, read in graph.items()}).static_order())


def code_hash(macros: str, models: Iterable[Model], metrics: Iterable[Metric], shops: dict[str, Shop]) -> str:
    """Hash of the macros, the roll-up, all models and metrics, and the shop declarations."""
    content = [
        macros,
        library_sql("warehouse/roll_up"),
        *(f"{m.name}\n{m.sql}" for m in models),
        *(m.hash for m in metrics),
        repr(sorted(shops.items())),
    ]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def build(catalog: Catalog) -> Built:
    """Bring every table of the shop warehouse up to date with the raw warehouse, in one transaction.

    A day is stale if its coverage in the raw warehouse (rows per load) differs from the copy it was built with. Changed
    code or a replay makes every day stale.

    Raises WarehouseLostError if the raw warehouse lacks files that the shop warehouse was built with.
    """
    settings, shops, metrics = catalog.settings, catalog.shops, list(catalog.metrics.values())
    models = load_models(catalog.include, WAREHOUSE)
    macros = model_macros(settings)
    code = code_hash(macros, models.values(), metrics, shops)
    with shop_warehouse(settings) as con, transaction(con):
        require_known_loads(con, settings)
        con.execute(macros)
        for schema in (*WAREHOUSE, *REVIEW, "seed", "meta", "ops"):
            con.execute(exp.Create(this=exp.to_table(schema), kind="SCHEMA", exists=True).sql("duckdb"))
        _seed(con, catalog)
        _drop_unmodelled_tables(con, load_models(settings.include).keys() | {METRIC_ROWS})
        made_of = (code, _replayed_at(con))
        whole = _built_with(con) != made_of
        _find_changes(con, settings, whole)
        rows = 0
        order = build_order(models, metrics)
        for number, name in enumerate(order, start=1):
            count = fill_metrics(con, metrics, whole) if name == METRIC_ROWS else _run(con, models[name], whole)
            rows += count
            log.info("[%d/%d] %s: %s rows", number, len(order), name, f"{count:,}")
        reconcile(con, settings)
        _record_build(con, *made_of)
        days = con.table("temp.changed_days").shape[0]
    return Built(days, len(models), rows, whole)


def build_review(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Build the weekly review tables from the modelled and judged ones; returns the number of rows written."""
    models = load_models(settings.include, REVIEW)
    con.execute(model_macros(settings))
    return sum(_run(con, models[name], True) for name in build_order(models, []))


def _exists(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    schema, table = name.split(".")
    found = con.execute(
        "select 1 from duckdb_tables() where schema_name = $1 and table_name = $2 and not internal",
        [schema, table],
    )
    return found.fetchone() is not None


def _drop_unmodelled_tables(con: duckdb.DuckDBPyConnection, made: set[str]) -> None:
    """Drop tables whose model was renamed or removed; they would stay published with old numbers."""
    layers = [*WAREHOUSE, *REVIEW]
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() where list_contains($1, schema_name)", [layers]
    )
    for schema, table in found.fetchall():
        if f"{schema}.{table}" not in made:
            con.execute(exp.Drop(tables=[exp.to_table(f"{schema}.{table}")], kind="TABLE").sql("duckdb"))


def _replace(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Replace a table in one statement: as a relation its SELECT is bound three times, most of a small build's time."""
    con.execute(f"create or replace table {model.name} as {model.sql}")


def _seed(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    con.execute(library_sql("warehouse/warehouse"))
    shops, events = catalog.shops, catalog.events
    for name, shop in shops.items():
        con.execute(
            "insert into seed.shops values ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                name,
                shop.title,
                shop.platform,
                shop.currency,
                shop.timezone,
                shop.language,
                list(shop.closed),
                shop.home_region,
            ],
        )
        for metric, target in shop.targets.items():
            con.execute("insert into seed.targets values ($1, $2, $3)", [name, metric, target])
        for ad_account, last_day in shop.ended_ad_accounts.items():
            con.execute("insert into seed.ended_ad_accounts values ($1, $2, $3)", [name, ad_account, last_day])
    for table, days_of in (("seed.rest_days", rest_days), ("seed.event_days", event_days)):
        days = [(name, day) for name, shop in shops.items() for day in sorted(days_of(shop.home_region, events))]
        if days:
            con.from_arrow(pyarrow.table(list(zip(*days, strict=True)), names=["shop", "day"])).insert_into(table)
    declare_metrics(con, list(catalog.metrics.values()))
    _seed_calendar(con, {shop.home_region for shop in shops.values()}, events)
    contracts = catalog.contracts.values()
    for table in sorted({contract.table for contract in contracts if contract.standing}):
        con.execute("insert into seed.standing values ($1)", [table])
    for contract in contracts:
        con.execute(
            "insert into seed.exports values ($1, $2, $3, $4)",
            [contract.export, contract.feeds, contract.folder, contract.mode == "snapshot"],
        )
        if contract.table in OF_WHOLE_SHOPS and "sessions" in contract.columns:
            con.execute("insert into seed.session_exports values ($1, $2)", [contract.export, contract.folder])
        if contract.absent == "zero":
            con.execute("insert into seed.absent_is_zero values ($1)", [contract.export])
        if contract.covers_span:
            con.execute("insert into seed.spanned values ($1, $2)", [contract.export, contract.table])
        if contract.money:
            con.execute(
                "insert into seed.money values ($1, $2, $3, $4, $5, $6, $7, $8)",
                [
                    contract.export,
                    contract.money.paid == "net_of_refunds",
                    contract.money.tax == "added",
                    list(contract.money.tax_added_in),
                    contract.money.is_refund_here,
                    not REFUND_AMOUNTS.isdisjoint(contract.columns),
                    PAYMENT_SIGNS.isdisjoint(contract.columns),
                    [] if contract.money.is_refund_here else list(contract.money.refunds),
                ],
            )


def _seed_calendar(con: duckdb.DuckDBPyConnection, regions: Iterable[str | None], events: Mapping[str, Event]) -> None:
    """Fill ``seed.calendar``: one row per region of a shop and time that a sale or holiday of it takes place."""
    rows = [
        (region, name, event.title.zh, event.title.en, event.holiday, span.first, span.last)
        for region in regions
        for name, event in calendar_of(region, events).items()
        for span in event.spans
    ]
    if rows:
        names = [column for column, *_ in con.execute("describe seed.calendar").fetchall()]
        con.from_arrow(pyarrow.table(list(zip(*rows, strict=True)), names=names)).insert_into("seed.calendar")


def _built_with(con: duckdb.DuckDBPyConnection) -> tuple[object, ...] | None:
    return con.table("meta.built").fetchone() if _exists(con, "meta.built") else None


def _replayed_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Time of the raw warehouse's latest replay, which may have changed values of the same loads, as with a new key."""
    if not has_table(con, "replays", "raw"):
        return None
    row = con.execute("select max(replayed_at) from raw.replays").fetchone()
    return row[0] if row else None


def _find_changes(con: duckdb.DuckDBPyConnection, settings: Settings, whole: bool) -> None:
    if whole:
        con.execute(library_sql("warehouse/changed_everything"))
    else:
        run_script(con, library_sql("warehouse/changed_days"), {}, {"reach": REACH_DAYS})
    con.execute(library_sql("warehouse/changed_periods"))


def _run(con: duckdb.DuckDBPyConnection, model: Model, whole: bool) -> int:
    """Build one model for the changed keys, or whole; returns the number of rows written."""
    if whole or model.head.partition == "whole" or not _exists(con, model.name):
        _replace(con, model)
        return con.table(model.name).shape[0]
    changed, column = {
        "day": ("changed_days", "day"),
        "order": ("changed_orders", "order_id"),
        "week": ("changed_weeks", "week_start"),
    }[model.head.partition]
    keys = exp.Tuple(expressions=[exp.column("shop"), exp.column(column)])
    stale = exp.select("shop", column).from_(changed)
    con.execute(exp.delete(exp.to_table(model.name), where=exp.In(this=keys, query=stale.subquery())).sql("duckdb"))
    before = con.table(model.name).shape[0]
    con.execute(f"insert into {model.name} {model.sql}")
    return con.table(model.name).shape[0] - before


def _record_build(con: duckdb.DuckDBPyConnection, code: str, replayed_at: datetime | None) -> None:
    con.execute("create or replace table ops.coverage as select * from raw.coverage")
    con.execute("create or replace table ops.loads as select * from staging.stg_loads")
    con.execute("create or replace table ops.quarantine as select * from staging.stg_quarantine")
    sql = "create or replace table meta.built as select $1 as code, cast($2 as timestamp) as replayed_at"
    con.execute(sql, [code, replayed_at])
