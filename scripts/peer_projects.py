"""The shop warehouse's models as projects of dbt and SQLMesh, for the benchmark against them.

Both get the statements of ``include/sql`` as they are. What our build prepares for each run (declarations, macros, keys
that changed) is in the warehouse file before a peer starts, and is not part of its time. KPIs about other KPIs, such as
the attainment of a target, are left out: their rows depend on the table that they are written to.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import model_macros, run_script, shop_warehouse
from shopwatch.warehouse.metric_runner import METRIC_ROWS, roll_up_sql
from shopwatch.warehouse.models import KPIS, ORDERS, REACH_DAYS, WAREHOUSE, build_order, load_models, reads_of
from shopwatch.warehouse.seeds import write_seeds

METRIC_DAYS, KPI_PERIODS, BUYERS = "main.metric_days", "main.changed_kpi_periods", "main.changed_buyers"
KEYS = {
    "day": ("shop", "day"),
    "onward": ("shop", "day"),
    "onward by week": ("shop", "week_start"),
    "order": ("shop", "order_id"),
    "week": ("shop", "week_start"),
    "buyer": ("shop", "buyer"),
    "period": ("metric", "shop", "grain", "period_start"),
}
"""Partition of a model -> columns whose rows a peer replaces."""
CHANGED = {
    "day": "changed_days",
    "onward": "changed_onward",
    "onward by week": "changed_onward_weeks",
    "order": "changed_orders",
    "week": "changed_weeks",
    "buyer": "changed_buyers",
}
"""Partition -> table of the keys to replace; of periods, those of the new rows."""
CHANGED_BUYERS = """
    select shop, buyer from changed_buyers_before
    union
    select shop, buyer from marts.fct_order semi join changed_days using (shop, day) where buyer is not null
"""
CHANGED_PERIODS = """
    select shop, grain, period_start from changed_periods
    union
    select shop, grain, period_start from changed_onward_periods
    union
    select shop, grain, period_start
    from kpi.metric_rows
    where metric in (select metric from seed.metrics where is_whole)
"""


TRUNCATE = "truncate_date"
"""Name of date_trunc for SQLMesh, which writes a column as its first argument as a quoted word."""


@dataclass(frozen=True)
class PeerModel:
    """Statement that becomes the table ``name``. ``partition``: what an incremental run replaces, or whole."""

    name: str
    sql: str
    reads: tuple[str, ...]
    partition: str


def peer_models(catalog: Catalog) -> list[PeerModel]:
    """All models in build order; the metrics are two of them: their daily rows, and the roll-up."""
    models = load_models(catalog.include, WAREHOUSE)
    metrics = [metric for metric in catalog.metrics.values() if metric.head.inputs]
    reads = reads_of(models, metrics)
    found: list[PeerModel] = []
    for name in build_order(models, metrics):
        if name == METRIC_ROWS:
            read = frozenset().union(*(reads[metric.name] for metric in metrics)) & models.keys()
            days = ["from metric_days_shape", *(f"select '{m.name}' as metric, * from ({m.sql})" for m in metrics)]
            found.append(PeerModel(METRIC_DAYS, " union all by name ".join(days), tuple(sorted(read)), "whole"))
            rolled = roll_up_sql().replace("temp.metric_days", METRIC_DAYS)
            sql = f"from metric_rows_shape union all by name ({rolled})"
            found.append(PeerModel(name, sql, (METRIC_DAYS, "staging.stg_targets"), "period"))
        else:
            read = frozenset(reads[name]) & {*models, METRIC_ROWS}
            if name == KPIS:
                found.append(PeerModel(KPI_PERIODS, CHANGED_PERIODS, (METRIC_ROWS,), "whole"))
                read |= {KPI_PERIODS}
            sql = models[name].sql.replace("from changed_kpi_periods", f"from {KPI_PERIODS}")
            sql = sql.replace("join changed_buyers", f"join {BUYERS}")  # SQLMesh knows models by their whole names
            partition = models[name].head.partition
            if partition == "buyer":
                read |= {BUYERS}
            if partition == "onward" and name.endswith("_week"):
                partition = "onward by week"
            found.append(PeerModel(name, sql, tuple(sorted(read)), partition))
            if name == ORDERS:
                found.append(PeerModel(BUYERS, CHANGED_BUYERS, (ORDERS,), "whole"))
    return found


def prepare(settings: Settings, target: Path, history: Path | None = None) -> None:
    """Write a warehouse with everything that the models read beside the raw warehouse and each other.

    ``history``: shop warehouse that was built before the newest days were loaded; the keys that changed are those since
    then. Without it all keys have changed.
    """
    catalog = Catalog(settings)
    beside = Settings(home=target.parent)
    beside.shop_warehouse.parent.mkdir(parents=True, exist_ok=True)
    beside.raw_warehouse.unlink(missing_ok=True)
    beside.raw_warehouse.symlink_to(settings.raw_warehouse)
    if history:
        shutil.copy(history, beside.shop_warehouse)
        beside.shop_warehouse.chmod(0o600)
    with shop_warehouse(beside) as con:
        con.execute(model_macros(settings))
        con.execute(library_sql("warehouse/warehouse"))
        write_seeds(con, catalog)
        changes = ("changed_days", "changed_periods", "changed_onward", "changed_later")
        for part in changes if history else ("changed_everything", *changes[1:]):
            run_script(con, library_sql(f"warehouse/{part}"), {}, {"reach": REACH_DAYS})
        if history:
            con.execute(library_sql("warehouse/changed_buyers"))
        con.execute(library_sql("warehouse/metric_days"))
        con.execute(library_sql("warehouse/metric_rows"))
        _keep(con, target, model_macros(settings))
    shutil.rmtree(beside.shop_warehouse.parent)


def _keep(con: duckdb.DuckDBPyConnection, target: Path, macros: str) -> None:
    """Write the seeds, the macros and the temporary tables to ``target``, replacing those that it has."""
    con.execute(f"attach '{target}' as kept")
    con.execute("use kept")
    con.execute(macros.replace("create or replace temporary macro", "create or replace macro"))
    for schema in WAREHOUSE:
        con.execute(f"create schema if not exists {schema}")
    con.execute("create schema if not exists seed")
    tables = con.execute(
        "select database_name, schema_name, table_name from duckdb_tables() where temporary or (schema_name = 'seed' "
        "and database_name = 'shop') or (database_name, schema_name, table_name) = ('shop', 'kpi', 'metric_rows')"
    ).fetchall()
    for database, schema, table in tables:
        place, limit = (schema if schema == "seed" else "main"), ""
        if table in ("metric_days", "metric_rows"):
            table_name, limit = f"{table}_shape", "limit 0"
        else:
            table_name = f"{table}_before" if table == "changed_buyers" else table
        con.execute(f"create or replace table {place}.{table_name} as from {database}.{schema}.{table} {limit}")
    con.execute("use shop")
    con.execute("detach kept")


def write_dbt(models: list[PeerModel], folder: Path, warehouse: Path, raw: Path) -> None:
    """Write the dbt project, one thread, one file a model."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    (folder / "macros").mkdir()
    (folder / "macros" / "schema.sql").write_text(
        "{% macro generate_schema_name(custom, node) %}{{ custom }}{% endmacro %}", "utf-8"
    )
    (folder / "dbt_project.yml").write_text("name: shop\nprofile: shop\nversion: '1.0'\n", "utf-8")
    output = {
        "type": "duckdb",
        "path": str(warehouse),
        "threads": 1,
        "schema": "main",
        "attach": [{"path": str(raw), "alias": "raw", "read_only": True}],
    }
    (folder / "profiles.yml").write_text(json.dumps({"shop": {"target": "t", "outputs": {"t": output}}}), "utf-8")
    for model in models:
        schema, _, table = model.name.partition(".")
        options = f"schema='{schema}', alias='{table}', "
        keys = KEYS.get(model.partition)
        if keys:
            options += f"materialized='incremental', incremental_strategy='delete+insert', unique_key={list(keys)}"
        else:
            options += "materialized='table'"
        needs = "".join(f"-- depends_on: {{{{ ref('{_file(read)}') }}}}\n" for read in model.reads)
        text = f"{{{{ config({options}) }}}}\n{needs}{{% raw %}}{model.sql}{{% endraw %}}\n"
        (folder / "models" / f"{_file(model.name)}.sql").write_text(text, "utf-8")


def write_sqlmesh(models: list[PeerModel], folder: Path, warehouse: Path, raw: Path) -> None:
    """Write the SQLMesh project, one file a model."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    _add_raw_views(warehouse, raw)
    catalogs = {"shop": str(warehouse), "raw_file": {"type": "duckdb", "path": str(raw), "read_only": True}}
    config = {
        "gateways": {
            "shop": {
                "connection": {"type": "duckdb", "catalogs": catalogs, "concurrent_tasks": 1},
                "state_connection": {"type": "duckdb", "database": str(folder / "state.db")},
            }
        },
        "default_gateway": "shop",
        "model_defaults": {"dialect": "duckdb", "start": "2020-01-01", "optimize_query": False},
        "disable_anonymized_analytics": True,
    }
    (folder / "config.yaml").write_text(json.dumps(config), "utf-8")
    for model in models:
        needs = "".join(f"{read}, " for read in model.reads)
        sql = model.sql.replace("date_trunc(", f"{TRUNCATE}(")
        keys = KEYS.get(model.partition)
        kind = f"INCREMENTAL_BY_PARTITION, partitioned_by ({', '.join(keys)})" if keys else "FULL"
        text = f"MODEL (name {model.name}, kind {kind}, depends_on [{needs.rstrip(', ')}]);\n{sql}\n"
        (folder / "models" / f"{_file(model.name)}.sql").write_text(text, "utf-8")


def _add_raw_views(warehouse: Path, raw: Path) -> None:
    """Give the warehouse a schema ``raw``: SQLMesh takes the first of two names for a schema of its own catalog."""
    with duckdb.connect(warehouse) as con:
        con.execute(f"attach '{raw}' as raw_file (read_only)")
        con.execute("create schema raw")
        con.execute(f"create macro {TRUNCATE}(part, value) as date_trunc(part, value)")
        for (table,) in con.execute(
            "select table_name from duckdb_tables() where database_name = 'raw_file' and schema_name = 'main'"
        ).fetchall():
            con.execute(f"create view raw.{table} as from raw_file.main.{table}")


def bare_statements(models: list[PeerModel], *, incremental: bool) -> Iterator[str]:
    """The same models as bare statements, in order."""
    for model in models:
        keys = KEYS.get(model.partition) if incremental else None
        columns = ", ".join(keys or ())
        if keys and model.partition not in CHANGED:
            yield f"create or replace temp table fresh as {model.sql}"
            yield f"delete from {model.name} where ({columns}) in (select {columns} from fresh)"
            yield f"insert into {model.name} from fresh"
        elif keys:
            yield f"delete from {model.name} where ({columns}) in (select {columns} from {CHANGED[model.partition]})"
            yield f"insert into {model.name} {model.sql}"
        else:
            yield f"create or replace table {model.name} as {model.sql}"


def _file(name: str) -> str:
    return name.replace(".", "__")
