"""The published dictionary: descriptions of every KPI, table and column, stored in the warehouse itself."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow
from sqlglot import exp

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import Metric
from shopwatch.core.errors import DeclarationError
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse import statements
from shopwatch.warehouse.codes import write_codes
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.glossary import load_glossary
from shopwatch.warehouse.integrity import has_table
from shopwatch.warehouse.metric_runner import roll_up_sql
from shopwatch.warehouse.statements import whole_statement
from shopwatch.warehouse.written import is_news

STATEMENT_CODE = hashlib.sha256(Path(statements.__file__).read_bytes()).hexdigest()
"""Fingerprint of the code that completes a metric's statement: an upgrade may change every statement."""

COLUMNS = (
    "table_schema",
    "table_name",
    "column_name",
    "data_type",
    "description",
    "table_grain",
    "table_note",
    "description_zh",
)
"""Columns of ``meta.columns``."""
GRAINS = {
    "ops.coverage": "one row per input table, source, shop, day and load with rows of the day",
    "ops.verdicts": "one row per rule, shop, entity and closed period, for entities that ever counted against the rule",
    "ops.verdict_counts": "one row per rule, shop, KPI whose exports it needs, closed period, verdict and reason",
    "ops.missing_periods": "one row per shop, KPI whose exports it needs, grain and closed period that lacks an export",
    "ops.episodes": "one row per alert, from the period in which it fired to the one that cleared it",
    "ops.freshness": "one row per shop and kind of export that is declared to be due",
    "ops.alerts": "one row per alert",
    "ops.decisions": "one row per decision about alerts",
    "ops.alert_events": "one row per step in an alert's life",
    "ops.judged_inputs": "one row per shop, KPI, grain, entity type and period that was judged",
    "ops.judged_entities": "one row per KPI, grain and entity that was judged",
    "ops.judged_kept": "one row per rule and entity whose verdicts are kept in any case",
    "ops.judged_items": "one row per entity with an item number, as it was judged",
    "ops.judged_basis": "one row: the night that was judged, and a hash of the rules and what else affects all periods",
    "ops.news_cards": "one row per alert that a mail of the night may show",
    "ops.news_owners": "one row per alert of the night's news, with the department that it was assigned to",
    "ops.news_late": "one row per shop and kind of export that is late",
    "ops.news_blocked": "one row per rule, shop and KPI whose exports it needs that the night could not judge",
    "ops.news_notes": "one row per data problem that a mail of the night may mention",
    "ops.news_moves": "one row per shop whose week has ended tonight",
    "ops.news_ended": "one row per alert that a team knows as open and that nothing judges any more",
    "ops.shards": "one row per declared shop, in a home with several shards",
    "ops.reconciliation": "one row per comparison of two layers, shop and day or week on which they differ",
    "meta.metrics": "one row per KPI",
    "meta.columns": "one row per column of this warehouse",
    "meta.written": "one row per table that is written when its content changes: the fingerprint of that",
    "meta.written_slices": "one row per table, shop and month gathered from the shards, with a fingerprint of its rows",
    "meta.unsearched": "one row per model and build that changed it since the last search for personal data",
    "meta.unjudged": "one row per period whose KPIs a build wrote since the rules were judged; one without a shop: all",
    "meta.unreviewed": "one row per build since the review tables were built: the first day of what it changed",
    "meta.reviewed": "one row: the night that the review tables were built for",
    "meta.reviewed_entities": "one row per entity, with the name that the review tables have",
    "meta.warnings": "one row per shop and table of which part of the shop's data is missing",
    "meta.night": "one row: the night that was judged",
    "meta.rules": "one row per rule",
    "meta.codes": "one row per column of codes and code",
    "meta.team_budgets": "one row per team, department and shop whose alerts it gets",
    "meta.rule_events": "one row per rule, shop and occurrence of an event with another limit, or none",
    "meta.built": "one row: the code that the warehouse was built with, and the replay of the raw warehouse (UTC)",
    "kpi.metric_rows": "one row per shop, metric, entity, grain and period, before coverage is joined",
    "seed.shops": "one row per shop that is declared",
    "seed.groups": "one row per group of shops that is declared",
    "seed.group_shops": "one row per group and shop of it",
    "seed.exchange_rates": "one row per group, currency and span of days on which a declared rate holds",
    "seed.targets": "one row per shop and metric that has a target",
    "seed.ended_ad_accounts": "one row per shop and ad account that was given up",
    "seed.metrics": "one row per KPI that is declared",
    "seed.metric_grains": "one row per KPI, entity type and length of its periods",
    "seed.calendar": "one row per region of a shop and time that a sale or holiday of it takes place",
    "seed.lunar_months": "one row per month of the Chinese lunar calendar",
    "seed.rest_days": "one row per shop and public holiday of its region",
    "seed.event_days": "one row per shop and day of a sale or holiday of its region",
    "seed.sale_days": "one row per shop and declared sale day, on which exports are judged as they come",
    "seed.exports": "one row per export that a contract describes, with the input that it feeds",
    "seed.session_exports": "one row per export that counts the sessions of a whole shop",
    "seed.shipping_exports": "one row per export with shipping times of orders",
    "seed.line_exports": "one row per export with the products of orders",
    "seed.standing": "one row per input table whose rows hold until others replace them",
    "seed.absent_is_zero": "one row per export whose complete lists leave out sold-out units or idle campaigns",
    "seed.spanned": "one row per export that covers every day between its first and its last",
    "seed.money": "one row per export of orders: the meaning of its amounts",
}


def write_dictionary(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Bring ``meta.metrics``, ``meta.codes``, ``meta.columns`` and the comments of all tables and columns up to date.

    Only what differs is written: a recreated table has lost its comments, the others still have theirs.
    Raises DeclarationError if a column has no description.
    """
    con.execute(library_sql("warehouse/warehouse"))
    _write_metrics(con, catalog)
    write_codes(con, catalog.include)
    if has_table(con, "int_line_coverage_day", schema="intermediate"):
        con.execute(library_sql("warehouse/warnings"))
    glossary = load_glossary(catalog.include)
    described: list[tuple[str | None, ...]] = []
    comments: dict[str, None] = {}
    present = con.execute(library_sql("warehouse/described_columns")).fetchall()
    for schema, table, column, data_type, of_table, of_column in present:
        name = f"{schema}.{table}"
        head = glossary.head(name)
        grain = head.grain if head else GRAINS.get(name)
        if not grain:
            raise DeclarationError(f"{name} has no grain: add it to GRAINS, or to the head of its model")
        meaning = glossary.describe(name, column)
        note = head.note.strip() if head else ""
        described.append((schema, table, column, data_type, meaning.en, grain, note, meaning.zh))
        if of_table != grain:
            comments[table_comment(schema, table, grain)] = None
        comment = meaning.zh or meaning.en if catalog.settings.comment_language == "zh" else meaning.en
        if of_column != comment:
            comments[column_comment(schema, table, column, comment)] = None
    if is_news(con, "meta.columns", [COLUMNS, *described]):
        con.execute("delete from meta.columns")
        con.from_arrow(pyarrow.table(list(zip(*described, strict=True)), names=COLUMNS)).insert_into("meta.columns")
    if comments:
        con.execute(";\n".join(comments))


@lru_cache(maxsize=1024)
def table_comment(schema: str, table: str, text: str, database: str = "") -> str:
    """Statement that comments on a table; ``database``: an attached one."""
    return _comment("TABLE", exp.table_(table, db=schema, catalog=database or None), text)


@lru_cache(maxsize=8192)
def column_comment(schema: str, table: str, column: str, text: str, database: str = "") -> str:
    """Statement that comments on a column; ``database``: an attached one."""
    return _comment("COLUMN", exp.column(column, table=table, db=schema, catalog=database or None), text)


def _comment(kind: str, on: exp.Expr, text: str) -> str:
    return exp.Comment(this=on, kind=kind, expression=exp.Literal.string(text)).sql("duckdb", copy=False)


def _write_metrics(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    macros = model_macros(catalog.settings)
    metrics = list(catalog.metrics.values())
    if not is_news(con, "meta.metrics", (STATEMENT_CODE, macros, roll_up_sql(), [(m.name, m.hash) for m in metrics])):
        return
    con.execute(library_sql("warehouse/dictionary"))
    rows = [_metric_row(metric, macros) for metric in metrics]
    if rows:
        con.from_arrow(pyarrow.Table.from_pylist(rows)).insert_into("meta.metrics")


def _metric_row(metric: Metric, macros: str) -> dict[str, object]:
    """A metric's row in ``meta.metrics``, in the order of its columns."""
    head = metric.head
    texts = {
        f"{part}_{language}": getattr(getattr(head, part), language)
        for part in ("numerator", "denominator", "definition", "caveat", "at_stake")
        for language in ("zh", "en")
    }
    return {
        "metric": metric.name,
        "title_zh": head.title.zh,
        "title_en": head.title.en,
        "stage": head.stage,
        "by_entity": list(head.by),
        "unit": head.unit,
        "direction": head.direction,
        "inputs": list(head.inputs),
        **texts,
        "source": head.source,
        "without_events": head.without_events,
        "rolled_up_by": head.value,
        "model_hash": metric.hash[:12],
        "sql": whole_statement(metric, macros),
    }
