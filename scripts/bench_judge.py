"""Benchmark of the judge, the store's merge and the digest against a bare scan and window, in one paired run."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.evaluate import judge
from shopwatch.judge.lifecycle import known_entities, update_alerts
from shopwatch.notify.digest import pending_digests, record_notified
from shopwatch.notify.news import gather_news
from shopwatch.store.export import export_alerts
from shopwatch.store.tables import open_store

NIGHT = date(2026, 11, 15)
METRICS = 10
HISTORIES = """
    insert into kpi.fct_kpi
    select
        'shop-' || (things.id % 4), $names[metrics.id + 1], 'product', cast(710000000000 + things.id as varchar),
        $names[metrics.id + 1], 'week', cast(date '2026-11-09' - weeks.id * interval 7 day as date), 7, 1000,
        (0.006 + 0.06 * (hash(things.id, metrics.id) % 1000) / 1000)
        * (0.75 + 0.5 * (hash(things.id, metrics.id, weeks.id) % 1000) / 1000),
        5, 'CNY', 'model'
    from range($entities) as things(id), range(len($names)) as metrics(id), range($first, $weeks) as weeks(id)
"""
COVERAGE = """
    insert into kpi.period_coverage by name
    select distinct
        shop, metric, grain, period_start, 7 as days_expected, 7 as days_covered, [] as missing_days,
        ['load'] as load_ids, [] as missing_inputs, [] as short_days, [] as short_exports, [] as missing_shops
    from kpi.fct_kpi
"""
THINGS = """
    insert into marts.dim_entity by name
    select distinct shop, entity_type, entity, entity as name, 'item-' || entity as item_number, 'on' as status
    from kpi.fct_kpi
"""
SHOPS = "insert into marts.dim_shop by name select distinct shop, shop as title, 'CNY' as currency from kpi.fct_kpi"
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


def rule(number: int, metrics: list[str]) -> Rule:
    """The n-th rule: two periods in a row below its own limit, which about one product in five reaches."""
    return Rule.model_validate(
        {
            "rule": f"rule_{number}",
            "metric": metrics[number % len(metrics)],
            "grain": "week",
            "by": "product",
            "breach": {"below": 0.019 + number / 10_000},
            "for": {"periods": 2},
            "clear": {"at_least": 0.022},
            "guard": {"denominator_at_least": 100},
            "critical": 0.006,
            "owner": "运营",
            **{key: {"zh": "规则", "en": "rule"} for key in ("manual", "title", "message", "action")},
        }
    )


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that the work takes: elapsed, and of all cores."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Declared(Catalog):
    """The shipped declarations, with other rules."""

    own: dict[str, Rule]

    @property
    def rules(self) -> dict[str, Rule]:
        """Rule name -> rule of the benchmark."""
        return self.__dict__["own"]


def warehouse(path: Path, rules: list[Rule], metrics: list[str], entities: int) -> duckdb.DuckDBPyConnection:
    """Seven weeks of KPIs of every metric and product, in four shops."""
    con = duckdb.connect(path)
    con.execute(library_sql("judge/judged_tables"))
    con.execute(library_sql("notify/news_tables"))
    con.execute("delete from marts.dim_shop")
    con.execute(library_sql("warehouse/reconciliation"))
    con.execute(library_sql("judge/freshness"))
    con.execute(HISTORIES, {"entities": entities, "names": metrics, "first": 1, "weeks": 8})
    for statement in (COVERAGE, THINGS, SHOPS):
        con.execute(statement)
    con.execute("create temp table bare_rules (rule varchar, metric varchar, low double)")
    for one in rules:
        con.execute("insert into bare_rules values ($1, $2, $3)", [one.rule, one.metric, one.breach.low])
    con.execute("checkpoint")
    return con


def main() -> None:
    """Generate the histories, run the bare query, then two nights: the first, and one that closes a week."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=10)
    parser.add_argument("--entities", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shopwatch-bench-") as scratch:
        settings = Settings(home=Path(scratch))
        catalog = Declared(settings)
        without_rows = [name for name, metric in catalog.metrics.items() if metric.head.evidence is None]
        metrics = without_rows[: min(METRICS, args.rules)]  # this warehouse has the judge's tables only
        rules = [rule(number, metrics) for number in range(args.rules)]
        catalog.__dict__["own"] = {one.rule: one for one in rules}
        con = warehouse(Path(scratch) / "judge.duckdb", rules, metrics, args.entities)
        bare = cost(lambda: con.execute(BARE))
        con.execute("drop table bare")
        print(
            f"{args.rules} rules x {args.entities:,} entities x 7 weeks: bare scan and window {bare[1]:.2f} s of cores"
        )
        print(f"{'night':8}{'step':12}{'elapsed':>10}{'cores':>10}{'x bare':>10}{'x judge':>10}")
        with open_store(settings) as engine, Session(engine) as session:
            for night in (NIGHT - timedelta(weeks=1), NIGHT):
                if night == NIGHT:
                    con.execute(HISTORIES, {"entities": args.entities, "names": metrics, "first": 0, "weeks": 1})
                    con.execute("delete from kpi.period_coverage")
                    con.execute(COVERAGE)
                kept = known_entities(session)
                judged = partial(judge, con, catalog, rules, night, kept)
                steps = {
                    "judge": judged,
                    "store": partial(update_alerts, session, con, catalog, night),
                    "export": partial(export_alerts, session, con, catalog.include),
                    "gather": partial(gather_news, session, con),
                    "digests": partial(tell, session, con, catalog, night),
                }
                costs = {}
                for name, step in steps.items():
                    costs[name] = cost(step)
                    clock, cores = costs[name]
                    ratios = f"{cores / bare[1]:10.2f}{cores / costs['judge'][1]:10.2f}"
                    print(f"{'first' if night < NIGHT else 'next':8}{name:12}{clock:8.2f} s{cores:8.2f} s{ratios}")
                session.commit()
        firing = con.execute("select count(*) from ops.alerts where state = 'firing'").fetchone()
    print(f"{firing[0] if firing else 0:,} firing alerts")


def tell(session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date) -> None:
    """Write the digests of all teams and log them as notified."""
    for pending in pending_digests(session, con, catalog, night):
        record_notified(session, pending.team.team, pending.topics, night)


if __name__ == "__main__":
    main()
