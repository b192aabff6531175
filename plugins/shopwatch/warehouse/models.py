"""Model runner: builds ``include/sql`` layer by layer for changed days. Incremental equals full, bit for bit."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

import duckdb
from sqlglot import exp

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import Metric
from shopwatch.core.declaration import Declaration
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql, read_head
from shopwatch.warehouse.connections import (
    BUILD_MEMORY,
    choose_threads,
    model_macros,
    run_script,
    shop_warehouse,
    transaction,
)
from shopwatch.warehouse.coverage import remember_incomplete_days, replace_moved_coverage
from shopwatch.warehouse.integrity import has_table, replayed_at, require_known_loads
from shopwatch.warehouse.metric_runner import METRIC_ROWS, fill_metrics
from shopwatch.warehouse.reconcile import Comparison, load_comparisons, reconcile
from shopwatch.warehouse.seeds import write_seeds

log = logging.getLogger("shopwatch.warehouse.models")

WAREHOUSE = ("staging", "intermediate", "marts", "kpi")
REVIEW = ("review",)
TARGETS, ORDERS = "staging.stg_targets", "marts.fct_order"
COVERAGE, KPIS = "kpi.period_coverage", "kpi.fct_kpi"
COPIES = {
    "ops.loads": "staging.stg_loads",
    "ops.quarantine": "staging.stg_quarantine",
    "ops.meeting_decisions": "staging.stg_meeting_decisions",
}
"""Published copies of staging tables."""
OF_DAYS = ("day", "onward", "order", "week", "period")  # models whose unchanged days keep their rows
REACH_DAYS = 7  # longest look-back of a model: a changed day makes this many later days stale


class ModelHead(Declaration):
    """YAML in a model's leading comment.

    ``partition``: the rows that are replaced: of changed days, orders, buyers or weeks; from the first changed
    day on (``onward``), for what looks back without a limit; of changed periods (``period``); or all (``whole``).
    ``resets``: tables built whole that seldom change; everything is built again when they do.
    """

    grain: str
    partition: Literal["day", "onward", "order", "buyer", "week", "period", "whole"] = "whole"
    resets: tuple[str, ...] = ()
    note: str = ""
    columns: dict[str, str] = {}


@dataclass(frozen=True)
class Model:
    """One SQL file: a bare SELECT that becomes the table ``<folder>.<file name>``."""

    name: str
    head: ModelHead
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
class BuildResult:
    """Number of days, models and rows rebuilt, whether all were, and the names of what was written."""

    days: int
    models: int
    rows: int
    whole: bool
    written: tuple[str, ...] = ()


def load_models(include: Path, layers: tuple[str, ...] = (*WAREHOUSE, *REVIEW)) -> dict[str, Model]:
    """Models of the given layers, by table name. Raises DeclarationError naming the file."""
    models: dict[str, Model] = {}
    for layer in layers:
        for path in sorted((include / "sql" / layer).glob("*.sql")):
            head, sql = read_head(path, ModelHead)
            models[f"{layer}.{path.stem}"] = Model(f"{layer}.{path.stem}", head, sql)
    return models


def reads_of(models: dict[str, Model], metrics: list[Metric]) -> dict[str, frozenset[str]]:
    """Tables that each model and metric reads; a metric goes by its own name.

    The roll-up of a metric with a shortfall reads the targets.
    """
    reads = tables_by_statement((*(model.sql for model in models.values()), *(metric.sql for metric in metrics)))
    of_metrics = {
        metric.name: reads[metric.sql] | (frozenset({TARGETS}) if metric.head.shortfall else frozenset())
        for metric in metrics
    }
    return {name: reads[model.sql] for name, model in models.items()} | of_metrics


def build_order(models: dict[str, Model], metrics: list[Metric]) -> list[str]:
    """Table names in dependency order; ``kpi.metric_rows`` represents all metric files."""
    reads = reads_of(models, metrics)
    graph = {name: reads[name] for name in models}
    if metrics:
        graph[METRIC_ROWS] = frozenset().union(*(reads[metric.name] for metric in metrics)) - {METRIC_ROWS}
    return list(TopologicalSorter({name: read & graph.keys() for name, read in graph.items()}).static_order())


def code_hash(
    macros: str,
    models: Iterable[Model],
    metrics: Iterable[Metric],
    comparisons: dict[str, tuple[Comparison, str]],
    shops: Mapping[str, Declaration],
) -> str:
    """Hash of the macros, the roll-up, all models, metrics and comparisons, and the declared shops and groups."""
    content = [
        macros,
        library_sql("warehouse/group_days"),
        library_sql("warehouse/roll_up"),
        *(f"{m.name}\n{m.sql}" for m in models),
        *(m.hash for m in metrics),
        repr(comparisons),
        repr(sorted(shops.items())),
    ]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


@dataclass
class _Staleness:
    """Scope of a build: everything, or whatever reads a changed table. ``present``: tables that exist."""

    reads: dict[str, frozenset[str]]
    changed: set[str]
    present: set[str]
    whole: bool
    resetting: frozenset[str] = frozenset()
    """Tables of which any change makes everything stale."""
    metrics_run: list[str] = field(default_factory=list)

    def of(self, name: str, table: str | None = None) -> bool:
        """Whether a model, or a metric whose rows are in ``table``, must run."""
        return self.whole or (table or name) not in self.present or not self.changed.isdisjoint(self.reads[name])

    def metrics(self, metrics: list[Metric]) -> list[Metric]:
        """Metrics that must run: those about other KPIs as soon as any other does."""
        stale = [metric for metric in metrics if self.of(metric.name, METRIC_ROWS)]
        if stale:
            stale += [metric for metric in metrics if not metric.head.inputs and metric not in stale]
        return stale


class _ResetError(Exception):
    """A table changed that all rows of a model depend on."""


def build(catalog: Catalog) -> BuildResult:
    """Bring every table of the shop warehouse up to date with the raw warehouse, in one transaction.

    A day is stale if its coverage in the raw warehouse (rows per load) differs from the copy it was built with. Changed
    code or a replay makes every day stale. A model or metric none of whose inputs changed is not run. Where
    ``BUILD_MEMORY`` is too little, the build runs again without a limit.

    Raises WarehouseLostError if the raw warehouse lacks files that the shop warehouse was built with.
    """
    memory, whole = BUILD_MEMORY, False
    while True:
        try:
            return _build(catalog, memory, whole)
        except _ResetError as reset:
            log.info("%s changed: everything is built again", reset)
            whole = True
        except duckdb.OutOfMemoryException:
            if not memory:
                raise
            log.warning("%s of memory are too little for this build: it runs again without a limit", memory)
            memory = ""


def _build(catalog: Catalog, memory: str, whole: bool) -> BuildResult:
    settings, shops, metrics = catalog.settings, {**catalog.shops, **catalog.groups}, list(catalog.metrics.values())
    models = load_models(catalog.include, WAREHOUSE)
    macros = model_macros(settings)
    comparisons = load_comparisons(catalog.include)
    with shop_warehouse(settings, memory) as con, transaction(con):
        require_known_loads(con, settings)
        con.execute(macros)
        con.execute(library_sql("warehouse/warehouse"))
        _drop_unmodelled_tables(con, load_models(settings.include).keys() | {METRIC_ROWS})
        made_of = (code_hash(macros, models.values(), metrics, comparisons, shops), replayed_at(con))
        whole = whole or built_with(con) != made_of
        if whole:
            choose_threads(con, settings.raw_warehouse, settings.shop_warehouse)
        changed = write_seeds(con, catalog) | (set() if whole else _changed_inputs(con))
        resetting = frozenset(table for model in models.values() for table in model.head.resets)
        stale = _Staleness(reads_of(models, metrics), changed, present_tables(con), whole, resetting)
        _find_changes(con, settings, whole)
        if not whole:
            remember_incomplete_days(con, stale.present)
        if not whole and ORDERS in stale.present:
            con.execute(library_sql("warehouse/changed_buyers"))
        rows = 0
        order = build_order(models, metrics)
        for number, name in enumerate(order, start=1):
            count = _fill(con, metrics, stale) if name == METRIC_ROWS else _bring_up_to_date(con, models[name], stale)
            if count is not None:
                rows += count
                log.info("[%d/%d] %s: %s rows", number, len(order), name, f"{count:,}")
        reconcile(con, comparisons, whole)
        _record_build(con, made_of, stale)
        in_part = [] if whole else [name for name, model in models.items() if model.head.partition in OF_DAYS]
        con.execute(
            library_sql("warehouse/mark_unsearched"),
            {"tables": [name for name in order if whole or name in stale.changed], "in_part": [*in_part, METRIC_ROWS]},
        )
        con.execute(library_sql("warehouse/mark_unreviewed"), {"is_whole": whole or any(map(_is_declared, changed))})
        days = con.table("temp.changed_days").shape[0]
    written = (*sorted(stale.changed & models.keys()), *stale.metrics_run)
    return BuildResult(days, len(models), rows, whole, written)


def _fill(con: duckdb.DuckDBPyConnection, metrics: list[Metric], stale: _Staleness) -> int | None:
    """Run the stale metrics; returns the number of rows, or None if none is stale."""
    of_now = stale.metrics(metrics)
    if not of_now:
        return None
    stale.changed.add(METRIC_ROWS)
    stale.metrics_run = [metric.name for metric in of_now]
    return fill_metrics(con, of_now, stale.whole or METRIC_ROWS not in stale.present)


def _bring_up_to_date(con: duckdb.DuckDBPyConnection, model: Model, stale: _Staleness) -> int | None:
    """Run a stale model; returns the number of rows written, or None if it is not stale."""
    if not stale.of(model.name):
        return None
    if model.head.partition == "buyer":
        con.execute(library_sql("warehouse/changed_buyers"))
    if model.name == KPIS:
        is_whole = stale.whole or KPIS not in stale.present
        values = {"metrics": stale.metrics_run, "is_whole": is_whole}
        run_script(con, library_sql("warehouse/changed_kpi"), {}, values)
        con.execute(library_sql("warehouse/mark_unjudged"), {"is_whole": is_whole})
    if stale.whole or model.name not in stale.present:
        stale.changed.add(model.name)
        return create_table(con, model)
    if model.head.partition == "whole":
        if model.name in stale.resetting:
            if _differs(con, model):
                raise _ResetError(model.name)
            return None
        if model.name == COVERAGE:
            is_declared_anew = any(map(_is_declared, stale.changed))
            count = replace_moved_coverage(con, model.sql, is_declared_anew=is_declared_anew)
        else:
            count = replace_rows(con, model)
        if count is not None:
            stale.changed.add(model.name)
        return count
    deleted, inserted = _replace_changed(con, model)
    if deleted or inserted:
        stale.changed.add(model.name)
    return inserted


def present_tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Tables of the shop warehouse, with their schema."""
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where database_name = current_database() and not internal"
    )
    return {name for (name,) in found.fetchall()}


def _changed_inputs(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Tables of the raw warehouse that changed since the last build."""
    return {table for (table,) in con.execute(library_sql("warehouse/changed_inputs")).fetchall()}


def _is_declared(table: str) -> bool:
    """Whether a table holds declarations."""
    return table.startswith("seed.")


def _drop_unmodelled_tables(con: duckdb.DuckDBPyConnection, made: set[str]) -> None:
    """Drop tables whose model was renamed or removed; they would stay published with old numbers."""
    layers = [*WAREHOUSE, *REVIEW]
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() where list_contains($1, schema_name)", [layers]
    )
    for schema, table in found.fetchall():
        if f"{schema}.{table}" not in made:
            con.execute(exp.Drop(tables=[exp.to_table(f"{schema}.{table}")], kind="TABLE").sql("duckdb"))


def create_table(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Create a table in one statement: as a relation its SELECT is bound three times, most of a small build's time.

    Returns the number of rows.
    """
    return count_rows(con.execute(f"create or replace table {model.name} as {model.sql}"))


def replace_rows(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Replace all rows of a table that the same code created: it keeps its comments. Returns the number of rows."""
    con.execute(exp.delete(exp.to_table(model.name)).sql("duckdb"))
    return count_rows(con.execute(f"insert into {model.name} {model.sql}"))


def _differs(con: duckdb.DuckDBPyConnection, model: Model) -> bool:
    """Whether a model's table differs from what its statement gives now."""
    con.execute(f"create or replace temp table fresh as {model.sql}")
    sql = f"(from {model.name} except all from fresh) union all (from fresh except all from {model.name})"
    return con.execute(f"{sql} limit 1").fetchone() is not None


def count_rows(result: duckdb.DuckDBPyConnection) -> int:
    """Number of rows that a statement created, inserted or deleted."""
    row = result.fetchone()
    return int(row[0]) if row else 0


def built_with(con: duckdb.DuckDBPyConnection) -> tuple[object, ...]:
    """Hash of the code of the last build, and the time of the replay it follows; empty before the first build."""
    return (con.table("meta.built").fetchone() if has_table(con, "built", schema="meta") else None) or ()


def _find_changes(con: duckdb.DuckDBPyConnection, settings: Settings, whole: bool) -> None:
    if whole:
        con.execute(library_sql("warehouse/changed_everything"))
    else:
        run_script(con, library_sql("warehouse/changed_days"), {}, {"reach": REACH_DAYS})
    con.execute(library_sql("warehouse/changed_periods"))
    con.execute(library_sql("warehouse/changed_onward"))
    con.execute(library_sql("warehouse/changed_later"))


def _replace_changed(con: duckdb.DuckDBPyConnection, model: Model) -> tuple[int, int]:
    """Replace the rows of a model's changed keys; returns the numbers of rows deleted and inserted."""
    if model.head.partition == "period":
        stale = _in(("shop", "grain", "period_start"), "changed_kpi_periods")
    else:
        of_weeks = "day" not in con.table(model.name).columns
        changed, column = {
            "day": ("changed_days", "day"),
            "onward": ("changed_onward_weeks", "week_start") if of_weeks else ("changed_onward", "day"),
            "buyer": ("changed_buyers", "buyer"),
            "order": ("changed_orders", "order_id"),
            "week": ("changed_weeks", "week_start"),
        }[model.head.partition]
        stale = _in(("shop", column), changed)
    deletion = exp.delete(exp.to_table(model.name), where=stale)
    deleted = count_rows(con.execute(deletion.sql("duckdb")))
    return deleted, count_rows(con.execute(f"insert into {model.name} {model.sql}"))


def _in(columns: tuple[str, ...], table: str) -> exp.Expr:
    """Condition that a row's columns are those of a row of the table."""
    keys = exp.Tuple(expressions=[exp.column(column) for column in columns])
    return exp.In(this=keys, query=exp.select(*columns).from_(table).subquery())


def _record_build(con: duckdb.DuckDBPyConnection, made_of: tuple[str, datetime | None], stale: _Staleness) -> None:
    """Copy what the warehouse was built with, as far as it changed."""
    for table, source in {"ops.coverage": "raw.coverage", **COPIES}.items():
        if source != "raw.coverage" and source not in stale.reads:  # a project without that model
            continue
        if stale.whole or table not in stale.present or source in stale.changed:
            con.execute(f"create or replace table {table} as from {source}")
    if stale.whole:
        sql = "create or replace table meta.built as select $1 as code, cast($2 as timestamp) as replayed_at"
        con.execute(sql, list(made_of))
