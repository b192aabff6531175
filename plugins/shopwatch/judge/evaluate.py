"""Evaluation of all rules over all entities and closed periods, in a few statements."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import duckdb
import pyarrow

from shopwatch.catalog.calendar import Event, calendar_of
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.changes import (
    TABLE,
    TEMP,
    basis_of,
    describe_alerts,
    judge_changes,
    night_before,
    record_basis,
    run,
)
from shopwatch.warehouse.connections import ONE_THREAD, model_macros

log = logging.getLogger("shopwatch.judge")


class History(NamedTuple):
    """A rule and an entity that it is evaluated for."""

    rule: str
    shop: str
    entity_type: str
    entity: str


ROWS_AT_ONCE = 250_000
"""Rows of KPIs that are judged at once, when everything is: so memory does not grow with the history."""
OF_A_PART = {
    "judged_compared": "part",
    "judged_periods": "periods",
    "judged_unusual": "unusual",
    "judged_all": "judged",
    "judged_histories": "histories",
    "judged_examined": "examined",
    "judged_followed": "followed",
}
"""Temporary tables of a part of the entities, and the statements that fill them."""


def judge(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    rules: Iterable[Rule],
    night: date,
    kept: Iterable[History] = (),
) -> dict[str, int]:
    """Evaluate rules for every period closed by the night.

    Fills ``ops.verdicts``, ``ops.verdict_counts``, ``ops.episodes`` and ``ops.missing_periods``. A pure function of
    ``kpi.fct_kpi``, ``kpi.period_coverage``, ``marts.dim_entity``, the targets, the rules, the calendar and the night.

    If an earlier night was judged in this warehouse by the same rules, only what changed since is evaluated
    (`judge.changes`); the result is the same.

    Every verdict is counted; ``ops.verdicts`` holds those of entities that ever counted against a rule, and of
    ``kept``: entities that once did, by the data of that time. Returns the number of entities per verdict in the newest
    closed period of each rule.
    """
    macros = model_macros(catalog.settings)
    con.execute(macros)
    con.execute(library_sql("judge/judged_rules"))
    con.execute("insert into judged_night values ($1)", [night])
    if histories := list(kept):
        columns = pyarrow.table(list(zip(*histories, strict=True)), names=History._fields)
        con.from_arrow(columns).insert_into("judged_kept")
    regions = catalog.regions
    rules = list(rules)
    if any(rule.breach.of == "unusual" for rule in rules):
        _insert_events(con, regions, catalog.events)
    for rule in rules:
        _insert_rule(con, rule, catalog.metrics[rule.metric].head.entity_input, catalog.events, regions)
    basis = basis_of(con, macros)
    before = night_before(con, basis, night)
    if before is None:
        _judge_all(con)
    else:
        judge_changes(con, before)
    record_basis(con, basis)
    newest = con.execute(
        "select verdict, cast(sum(entities) as bigint) from (select * from ops.verdict_counts qualify period_start = "
        "max(period_start) over (partition by rule, shop)) group by verdict"
    ).fetchall()
    con.execute(library_sql("judge/judged_clear"))
    return dict(newest)


def _judge_all(con: duckdb.DuckDBPyConnection) -> None:
    """Evaluate every closed period, one part of the entities after the other."""
    for name in ("entities", "inputs"):
        run(con, TABLE, f"ops.judged_{name}", name)
    run(con, TABLE, "ops.missing_periods", "missing")
    (parts,) = con.execute(library_sql("judge/parts"), {"rows": ROWS_AT_ONCE}).fetchall()[0]
    if parts > 1:
        con.execute("reset threads")
    for part in range(parts):
        for name, statement in OF_A_PART.items():
            run(con, TEMP, name, statement, {"part": part, "parts": parts} if statement == "part" else None)
        for table, statement in (("judged_counts", "counted"), ("judged_verdicts", "verdicts")):
            if part:
                con.execute(f"insert into {table} by name {library_sql(f'judge/{statement}')}")
            else:
                run(con, TEMP, table, statement)
    con.execute(library_sql("judge/verdicts_in_order"))
    con.execute("drop table judged_compared; drop table judged_all")
    run(con, TABLE, "ops.verdict_counts", "verdict_counts")
    describe_alerts(con)
    con.execute(ONE_THREAD)


def _insert_events(
    con: duckdb.DuckDBPyConnection, regions: Mapping[str, str | None], events: Mapping[str, Event]
) -> None:
    """Insert the sales and holidays of each shop's region."""
    spans = [
        (shop, span.first, span.last, not event.holiday)
        for shop, region in sorted(regions.items())
        for event in calendar_of(region, events).values()
        for span in event.spans
    ]
    if spans:
        columns = ("shop", "first_day", "last_day", "is_sale")
        con.from_arrow(pyarrow.table(list(zip(*spans, strict=True)), names=columns)).insert_into("judged_events")


def _insert_rule(
    con: duckdb.DuckDBPyConnection,
    rule: Rule,
    entity_input: str | None,
    events: dict[str, Event],
    regions: dict[str, str | None],
) -> None:
    breach, clear, lasting, guard = rule.breach, rule.clearing, rule.lasting, rule.guard
    row: dict[str, Any] = {
        "rule": rule.rule,
        "metric": rule.metric,
        "grain": rule.grain,
        "entity_type": rule.by,
        "measure": breach.of,
        "comparison": breach.comparison,
        "low": breach.low,
        "high": breach.high,
        "critical": rule.critical,
        "severity": rule.severity,
        "periods": lasting.periods,
        "periods_of": lasting.of,
        "gap": lasting.gap,
        "clear_comparison": clear.comparison,
        "clear_low": clear.low,
        "clear_high": clear.high,
        "clear_periods": clear.periods,
        "guard_denominator": guard.denominator_at_least,
        "guard_age": guard.age_at_least,
        "guard_status": list(guard.status),
        "on_missing": rule.on_missing,
        "entity_input": entity_input,
        "on_vanished": rule.on_vanished,
        "inhibited_by": list(rule.inhibited_by),
        "rule_hash": rule.hash,
    }
    con.sql("select 1").select(
        *(duckdb.ConstantExpression(value).alias(name) for name, value in row.items())
    ).insert_into("judged_rules")
    for window in rule.calendar:
        limit, event = window.breach, events[window.event]
        elsewhere = [shop for shop, region in regions.items() if not event.concerns(region)]
        for span in event.spans:
            con.execute(
                "insert into judged_windows values ($1, $2, $3, $4, $5, $6, $7)",
                [
                    rule.rule,
                    span.first,
                    span.last,
                    limit is not None,
                    limit and limit.low,
                    limit and limit.high,
                    elsewhere,
                ],
            )
