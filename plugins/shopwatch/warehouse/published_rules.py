"""Published rules: the texts and conditions of each, and its limits during events, stored in the warehouse itself."""

from __future__ import annotations

import duckdb
import pyarrow

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import MEASURED_IN, Rule
from shopwatch.core.sql_files import library_sql

Row = dict[str, object]


def seed_rules(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Fill ``meta.rules`` and ``meta.rule_events`` with the rules that can be read, and ``meta.team_budgets``."""
    con.execute(library_sql("warehouse/rules"))
    rules = catalog.rules.values()
    tables: dict[str, list[Row]] = {
        "meta.rules": [_texts(rule, catalog) | _conditions(rule) for rule in rules],
        "meta.rule_events": [row for rule in rules for row in _events(rule, catalog)],
        "meta.team_budgets": [
            {"team": team.team, "owner": owner, "shop": shop, "budget": team.most}
            for team in catalog.teams
            for owner in team.owners
            for shop in catalog.shops
            if team.takes(owner, shop)
        ],
    }
    for table, rows in tables.items():
        if rows:
            con.from_arrow(pyarrow.Table.from_pylist(rows, schema=con.table(table).arrow().schema)).insert_into(table)


def _texts(rule: Rule, catalog: Catalog) -> Row:
    return {
        "rule": rule.rule,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "owner_zh": rule.owner,
        "owner_en": catalog.departments[rule.owner].en,
        "action_zh": rule.action.zh,
        "action_en": rule.action.en,
        "manual_zh": rule.manual.zh,
        "manual_en": rule.manual.en,
        "rule_hash": rule.hash,
        "measure": rule.breach.of,
        "measured_in": MEASURED_IN.get(rule.breach.of),
    }


def _conditions(rule: Rule) -> Row:
    clear = rule.clearing
    return {
        "metric": rule.metric,
        "entity_type": rule.by,
        "grain": rule.grain,
        "comparison": rule.breach.comparison,
        "threshold": rule.breach.low,
        "threshold_high": rule.breach.high,
        "critical_threshold": rule.critical,
        "severity": rule.severity,
        "breach_periods": rule.lasting.periods,
        "breach_window": rule.lasting.of,
        "breach_gap": rule.lasting.gap,
        "clear_comparison": clear.comparison,
        "clear_threshold": clear.low,
        "clear_threshold_high": clear.high,
        "clear_periods": clear.periods,
        "guard_denominator": rule.guard.denominator_at_least,
        "guard_periods": rule.guard.age_at_least,
        "guard_statuses": list(rule.guard.status),
        "on_missing": rule.on_missing,
        "on_vanished": rule.on_vanished,
        "inhibiting_rules": list(rule.inhibited_by),
        "repeat_days": rule.repeat_days,
    }


def _events(rule: Rule, catalog: Catalog) -> list[Row]:
    """One row per occurrence of each event of the rule's calendar and shop that it concerns."""
    rows: list[Row] = []
    for window in rule.calendar:
        event, limit = catalog.events[window.event], window.breach
        shops = [name for name, region in catalog.regions.items() if event.concerns(region)]
        rows += [
            {
                "rule": rule.rule,
                "event": window.event,
                "event_zh": event.title.zh,
                "event_en": event.title.en,
                "first_day": span.first,
                "last_day": span.last,
                "shop": shop,
                "is_judged": limit is not None,
                "threshold": limit and limit.low,
                "threshold_high": limit and limit.high,
                "note_zh": window.note.zh,
                "note_en": window.note.en,
            }
            for span in event.spans
            for shop in shops
        ]
    return rows
