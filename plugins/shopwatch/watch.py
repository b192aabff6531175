"""The steps of a night behind the load: judge and publish. The DAG and the command line call the same."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.alerts import Alert, export_alerts, last_night, open_store
from shopwatch.declared import Fault
from shopwatch.dictionary import seed_rules, write_dictionary
from shopwatch.metrics import load_metrics
from shopwatch.models import build_review
from shopwatch.notify.digest import tell_silently
from shopwatch.rules.freshness import write_freshness
from shopwatch.rules.judge import judge
from shopwatch.rules.language import Rule, read_rules
from shopwatch.rules.lifecycle import follow, known_histories
from shopwatch.settings import Settings
from shopwatch.warehouse import publish, read_shop_warehouse, shop_warehouse, transaction

log = logging.getLogger("shopwatch.watch")


@dataclass(frozen=True)
class Judged:
    """The night that was judged, and the verdicts of the newest periods. ``quiet``: nobody is told."""

    night: date
    verdicts: dict[str, int]
    quiet: bool


def judge_night(settings: Settings, night: date | None, *, backfill: bool = False) -> Judged:
    """Judge every rule up to the night, follow the alerts, and write the weekly tables.

    None stands for the newest day that exports speak of.

    A rule that cannot be read stops only itself: its alerts stay as they are.
    A night older than the newest one judged is history: the newest night is judged again over what
    is now known, and nobody is told. So is a backfill's.
    """
    rules, faults = read_rules(settings.include, load_metrics(settings.include))
    for fault in faults:
        log.error("not judged: %s", fault)
    night = night or _latest(settings)
    with open_store(settings) as engine:
        with Session(engine) as session:
            newest, kept = last_night(session), known_histories(session)
        quiet = backfill or (newest is not None and night < newest)
        effective = max(night, newest) if newest else night
        with shop_warehouse(settings) as con:
            with transaction(con):
                con.execute("create or replace table seed.night as select cast($1 as date) as night", [effective])
                seed_rules(con, settings, rules)
                write_freshness(con, settings, effective)
                verdicts = judge(con, settings, rules.values(), effective, kept)
            with Session(engine) as session, session.begin():
                follow(session, con, effective, _held(session, rules, faults))
                if quiet:
                    tell_silently(session, con, settings, effective)
            with transaction(con), Session(engine) as session:
                export_alerts(session, con)
                rows = build_review(con, settings)
                write_dictionary(con, settings)
    log.info("night %s%s: %s; %s review rows", effective, " (quiet)" if quiet else "", verdicts, f"{rows:,}")
    return Judged(effective, verdicts, quiet)


def _held(session: Session, rules: dict[str, Rule], faults: list[Fault]) -> set[str]:
    """Rules whose alerts must wait: those with a fault, and all unknown ones while a whole file cannot be read."""
    named = {fault.name for fault in faults if fault.name}
    if all(fault.name for fault in faults):
        return named - rules.keys()
    return set(session.scalars(select(Alert.rule).distinct())) - rules.keys()


def _latest(settings: Settings) -> date:
    with read_shop_warehouse(settings) as con:
        row = con.execute("select max(day) from intermediate.int_covered_days").fetchone()
    latest = row[0] if row else None
    return latest if isinstance(latest, date) else date.today() - timedelta(days=1)


def publish_night(settings: Settings, night: date) -> Path:
    """Swap the night's warehouse in for the analysts."""
    target = publish(settings, night)
    log.info("published %s (%.1f MB)", target, target.stat().st_size / 1e6)
    return target
