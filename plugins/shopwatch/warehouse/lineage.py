"""Lineage of a night: which tables each statement read and wrote, from the exports to the published warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.metric_runner import METRIC_ROWS
from shopwatch.warehouse.models import COPIES, REVIEW, WAREHOUSE, load_models, reads_of
from shopwatch.warehouse.parts import is_gathered
from shopwatch.warehouse.statements import INTERNAL

KPIS_JUDGED = ("kpi.fct_kpi", "kpi.period_coverage", "meta.rules")
VERDICTS, ALERTS = "ops.verdicts", "ops.alerts"


@dataclass(frozen=True)
class DescribedColumn:
    """A column with its type and its description in the dictionary."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Dataset:
    """A table or a folder of exports, named as OpenLineage names them: the namespace is the file, the name the table.

    Tables are named as dbt's DuckDB adapter names them, so that lineage of both meets in one graph.
    """

    namespace: str
    name: str
    columns: tuple[DescribedColumn, ...] = ()


@dataclass(frozen=True)
class Job:
    """One statement, or one copied table. ``sql``: its text, if it is one of ours."""

    name: str
    reads: tuple[Dataset, ...]
    writes: Dataset
    sql: str = ""


def lineage_of_load(catalog: Catalog, sources: Iterable[str], inbox: str) -> Iterator[Job]:
    """One job per export of which files were loaded. ``inbox``: its address, without a password."""
    settings = catalog.settings
    namespace = Path(inbox).resolve().as_uri() if settings.inbox_is_folder else inbox
    for source in sorted({*sources} & catalog.contracts.keys()):
        table = f"raw.{catalog.contracts[source].table}"
        files = Dataset(namespace, source)
        yield Job(_name(settings, f"load.{source}"), (files,), _table(settings, table))


def lineage_of_build(catalog: Catalog, written: Iterable[str]) -> Iterator[Job]:
    """One job per model and metric that a build ran, in that order."""
    settings, models = catalog.settings, load_models(catalog.include, WAREHOUSE)
    reads = reads_of(models, [*catalog.metrics.values()])
    columns = _columns(settings.shop_warehouse)
    for name in written:
        inputs = tuple(_table(settings, table) for table in sorted(reads[name]))
        if name in models:
            job, target, sql = name, name, models[name].sql
        else:
            job, target, sql = f"metrics.{name}", METRIC_ROWS, catalog.metrics[name].sql
        yield Job(_name(settings, job), inputs, _table(settings, target, columns), sql)
    for copy, source in COPIES.items():
        if source in written:
            yield Job(_name(settings, copy), (_table(settings, source),), _table(settings, copy, columns))


def lineage_of_judge(catalog: Catalog) -> Iterator[Job]:
    """Verdicts; of a shard what it hands over, else alerts and the review tables that are built from them."""
    settings, columns = catalog.settings, _columns(catalog.settings.shop_warehouse)
    judged = tuple(_table(settings, table) for table in KPIS_JUDGED)
    yield Job(_name(settings, "judge.verdicts"), judged, _table(settings, VERDICTS, columns))
    if settings.shard is None:
        yield from _lineage_of_review(catalog, columns)
        return
    for table in filter(is_gathered, columns):
        handed_over = _handed_over(settings, table, columns[table])
        yield Job(_name(settings, f"hand_over.{table}"), (_table(settings, table),), handed_over)


def lineage_of_gathering(catalog: Catalog) -> Iterator[Job]:
    """One job per table that is gathered from the shards; then alerts and review tables."""
    settings, columns = catalog.settings, _columns(catalog.settings.shop_warehouse)
    for table in filter(is_gathered, columns):
        parts = tuple(_handed_over(settings.for_shard(shard), table) for shard in catalog.shards)
        yield Job(f"gather.{table}", parts, _table(settings, table, columns))
    yield from _lineage_of_review(catalog, columns)


def _lineage_of_review(catalog: Catalog, columns: dict[str, tuple[DescribedColumn, ...]]) -> Iterator[Job]:
    settings, models = catalog.settings, load_models(catalog.include, REVIEW)
    reads = reads_of(models, [])
    yield Job("judge.alerts", (_table(settings, VERDICTS),), _table(settings, ALERTS, columns))
    for name, model in models.items():
        inputs = tuple(_table(settings, table) for table in sorted(reads[name]))
        yield Job(name, inputs, _table(settings, name, columns), model.sql)


def _name(settings: Settings, job: str) -> str:
    """Name of a job, with its shard if it has one."""
    return f"{settings.shard}.{job}" if settings.shard else job


def lineage_of_publication(settings: Settings) -> Iterator[Job]:
    """One job per table of the published warehouse."""
    columns = _columns(settings.published)
    for table in (name for name in columns if not name.startswith(f"{INTERNAL}.")):
        published = _named(settings.published, table, columns[table])
        yield Job(f"publish.{table}", (_table(settings, table),), published)


def _table(settings: Settings, table: str, columns: dict[str, tuple[DescribedColumn, ...]] | None = None) -> Dataset:
    """A table of the raw warehouse or of the shop warehouse."""
    file = settings.raw_warehouse if table.startswith("raw.") else settings.shop_warehouse
    return _named(file, table, (columns or {}).get(table, ()))


def _handed_over(settings: Settings, table: str, columns: tuple[DescribedColumn, ...] = ()) -> Dataset:
    """A table that a shard hands over: of a new file each night, so the folder stands for all of them.

    The shard's warehouse itself may be on the disk of another worker than the one that gathers.
    """
    return Dataset(f"duckdb://{settings.handed_over().resolve()}", f"{settings.shop_warehouse.stem}.{table}", columns)


def _named(file: Path, table: str, columns: tuple[DescribedColumn, ...]) -> Dataset:
    return Dataset(f"duckdb://{file.resolve()}", f"{file.stem}.{table}", columns)


def _columns(file: Path) -> dict[str, tuple[DescribedColumn, ...]]:
    """Columns of each table of a warehouse, with their descriptions."""
    with duckdb.connect(file, read_only=True) as con:
        found = con.execute(library_sql("warehouse/table_columns")).fetchall()
    return {table: tuple(DescribedColumn(*column.values()) for column in columns) for table, columns in found}
