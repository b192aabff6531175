"""Benchmark of the judge against a bare scan and window over the same rows, in one paired run."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.evaluate import judge

NIGHT = date(2026, 11, 15)
METRICS = 10
HISTORIES = """
    insert into kpi.fct_kpi
    select
        'shop-' || (things.id % 4), 'metric-' || metrics.id, 'product', cast(710000000000 + things.id as varchar),
        'metric-' || metrics.id, 'week', cast(date '2026-11-09' - weeks.id * interval 7 day as date), 7, 1000,
        (0.006 + 0.06 * (hash(things.id, metrics.id) % 1000) / 1000)
        * (0.75 + 0.5 * (hash(things.id, metrics.id, weeks.id) % 1000) / 1000),
        5, 'CNY', 'model'
    from range($entities) as things(id), range($metrics) as metrics(id), range(8) as weeks(id)
"""
COVERAGE = """
    insert into kpi.period_coverage
    select distinct shop, metric, grain, period_start, 7, 7, [], ['load'], [], [], [] from kpi.fct_kpi
"""
THINGS = """
    insert into marts.dim_entity
    select distinct shop, entity_type, entity, entity, 'item-' || entity, 'on' from kpi.fct_kpi
"""
BARE = """
    create or replace temp table bare as
    with breached as (
        select
            rules.rule, kpi.shop, kpi.entity_type, kpi.entity, kpi.period_start, kpi.value,
            kpi.value < rules.low as breaches
        from kpi.fct_kpi as kpi
        inner join bare_rules as rules using (metric)
    )
    select
        rule, shop, entity_type, entity, period_start, value, breaches,
        count(*) filter (where breaches) over (
            partition by rule, shop, entity_type, entity order by period_start
        ) as breached_so_far
    from breached
"""


def rule(number: int, metrics: int) -> Rule:
    """The n-th rule: two periods in a row below its own limit, which about one product in ten ever reaches."""
    return Rule.model_validate(
        {
            "rule": f"rule_{number}",
            "metric": f"metric-{number % metrics}",
            "grain": "week",
            "by": "product",
            "breach": {"below": 0.007 + number / 10_000},
            "for": {"periods": 2},
            "clear": {"at_least": 0.012},
            "guard": {"denominator_at_least": 100},
            "critical": 0.006,
            "owner": "运营",
            **{key: {"zh": "规则", "en": "rule"} for key in ("manual", "title", "say", "do")},
        }
    )


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that the work takes: elapsed, and of all cores."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Generate the histories, judge them, run the bare query, print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=30)
    parser.add_argument("--entities", type=int, default=100_000)
    args = parser.parse_args()
    catalog, metrics = Catalog(Settings()), min(METRICS, args.rules)
    rules = [rule(number, metrics) for number in range(args.rules)]
    with tempfile.TemporaryDirectory(prefix="shopwatch-bench-") as scratch:
        con = duckdb.connect(Path(scratch) / "judge.duckdb")
        con.execute(library_sql("judge/judged_tables"))
        con.execute(HISTORIES, {"entities": args.entities, "metrics": metrics})
        con.execute(COVERAGE)
        con.execute(THINGS)
        con.execute("create temp table bare_rules (rule varchar, metric varchar, low double)")
        for one in rules:
            con.execute("insert into bare_rules values ($1, $2, $3)", [one.rule, one.metric, one.breach.low])
        con.execute("checkpoint")
        bare, bare_cores = cost(lambda: con.execute(BARE))
        con.execute("drop table bare")
        judged, judged_cores = cost(lambda: judge(con, catalog, rules, NIGHT))
        alerts = con.table("ops.episodes").shape[0]
    rows = args.rules * args.entities * 8
    print(f"{args.rules} rules x {args.entities:,} entities x 8 weeks = {rows:,} verdicts, {alerts:,} alerts")
    print(f"bare scan and window {bare:6.1f} s           {bare_cores:6.1f} s of cores")
    print(f"judge                {judged:6.1f} s = {judged / bare:.2f} x  {judged_cores:6.1f} s of cores", end=" ")
    print(f"= {judged_cores / bare_cores:.2f} x")


if __name__ == "__main__":
    main()
