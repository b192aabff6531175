"""Breaches of a sale day so far: the rules with ``so_far``, on a day that is not over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.evaluate import judge
from shopwatch.judge.freshness import write_freshness
from shopwatch.warehouse.connections import dicts, transaction
from shopwatch.warehouse.published_rules import seed_rules


@dataclass(frozen=True)
class DayBreach:
    """A rule that the day so far breaches. ``value`` and ``threshold`` are in the unit of the rule's measure."""

    day: date
    rule: str
    shop: str
    entity_type: str
    entity: str
    name: str
    severity: str
    value: float | None
    threshold: float | None
    currency: str | None


def judge_day(con: duckdb.DuckDBPyConnection, catalog: Catalog, days: Mapping[str, date]) -> list[DayBreach]:
    """Judge the rules with ``so_far`` as if the day were over; returns the breaches of each shop's own day.

    ``days``: shop -> its sale day. The warehouse is a copy that no night reads.
    """
    rules = [rule for rule in catalog.rules.values() if rule.so_far]
    night = max(days.values())
    with transaction(con):
        con.execute("create or replace table meta.night as select cast($1 as date) as night", [night])
        seed_rules(con, catalog)
        write_freshness(con, catalog, night)
        judge(con, catalog, rules, night)
    found = con.execute(library_sql("judge/so_far"), {"shops": list(days), "days": list(days.values())})
    return [DayBreach(**row) for row in dicts(found)]
