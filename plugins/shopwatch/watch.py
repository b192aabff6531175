"""The steps of a night behind the load: judge and publish. The DAG and the command line call the same."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.alerts import Alert, Night, export_alerts, last_night, open_store
from shopwatch.declared import Fault
from shopwatch.dictionary import seed_rules, write_dictionary
from shopwatch.metrics import load_metrics
from shopwatch.models import build_review
from shopwatch.nights import FutureNightError
from shopwatch.notify.digest import tell_silently
from shopwatch.notify.plain import post_silent_night
from shopwatch.personal import require_no_person
from shopwatch.rules.freshness import write_freshness
from shopwatch.rules.judge import judge
from shopwatch.rules.language import Rule, read_rules
from shopwatch.rules.lifecycle import follow, known_histories
from shopwatch.settings import Settings
from shopwatch.shops import newest_closed
from shopwatch.warehouse import publish, read_shop_warehouse, shop_warehouse, transaction

log = logging.getLogger("shopwatch.watch")


@dataclass(frozen=True)
class Judged:
    """The night that was judged, and the verdicts of the newest periods. ``quiet``: nobody is told."""

    night: date
    verdicts: dict[str, int]
    quiet: bool


def judge_night(
    settings: Settings, night: date | None, *, backfill: bool = False, is_scheduled: bool = False
) -> Judged:
    """Judge every rule up to the night, follow the alerts, and write the weekly tables.

    None stands for the newest day that exports speak of.

    ``is_scheduled``: nobody asked for this night by name, so that one which notifies nobody is told to those who look
    after the data. Raises FutureNightError for a night that is not over: it would make every real night older than the
    newest, and silent.

    A rule that cannot be read stops only itself: its alerts stay as they are.
    A night older than the newest one judged is history: the newest night is judged again over what
    is now known, and nobody is told. So is a backfill's.
    """
    rules, faults = read_rules(settings.include, load_metrics(settings.include))
    for fault in faults:
        log.error("not judged: %s", fault)
    night = night or _latest(settings)
    today = newest_closed(settings)
    if night > today:
        raise FutureNightError(
            f"the night {night} is not over: the newest is {today}. Check the requested date and the clock"
        )
    with open_store(settings) as engine:
        with Session(engine) as session:
            newest, kept = last_night(session, today), known_histories(session)
            if (latest := last_night(session)) != newest:
                log.error("the night %s was judged before it was over: bin/shopwatch revoke %s", latest, latest)
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
                session.get_one(Night, effective).newest_load = _newest_load(con)
                if quiet:
                    tell_silently(session, con, settings, effective)
                if quiet and is_scheduled and not backfill:
                    log.error("the night %s notifies nobody: %s was judged before", night, newest)
                    post_silent_night(session, settings, night, effective)
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


def _newest_load(con: duckdb.DuckDBPyConnection) -> str | None:
    """The SHA-256 of the file that was loaded last; None where none was."""
    loaded = "select sha256 from ops.loads where state != 'rejected' order by loaded_at desc, sha256 limit 1"
    row = con.execute(loaded).fetchone()
    return str(row[0]) if row else None


def _latest(settings: Settings) -> date:
    with read_shop_warehouse(settings) as con:
        row = con.execute("select max(day) from intermediate.int_covered_days").fetchone()
    latest = row[0] if row else None
    return latest if isinstance(latest, date) else date.today() - timedelta(days=1)


def publish_night(settings: Settings, night: date) -> Path:
    """Swap the night's warehouse in for the analysts. Raises PersonalDataError where it seems to name a person."""
    require_no_person(settings)
    target = publish(settings, night)
    log.info("published %s (%.1f MB)", target, target.stat().st_size / 1e6)
    return target
