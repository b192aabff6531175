"""Steps of a night and of the weekly review, one function each, shared by the DAGs and the command line."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule, name_rules
from shopwatch.core.nights import ClockBehindError, FutureNightError
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import Fault
from shopwatch.ingest.check import CheckResult, check_and_settle
from shopwatch.ingest.inbox import Inbox
from shopwatch.ingest.load import LoadResult, load_new
from shopwatch.judge.evaluate import History, judge
from shopwatch.judge.freshness import write_freshness
from shopwatch.judge.lifecycle import known_entities, update_alerts
from shopwatch.notify.data_teams import remember_data_teams
from shopwatch.notify.delivery import deliver_due, deliver_waiting
from shopwatch.notify.digest import record_silently
from shopwatch.notify.news import gather_news
from shopwatch.notify.notices import post_clock_notice, post_older_store, post_silent_night
from shopwatch.notify.posting import post_digests
from shopwatch.notify.sale_day import post_sale_day
from shopwatch.ops.moved_store import require_moved_store
from shopwatch.ops.own_store import remember_store, require_own_store
from shopwatch.ops.raw_warehouse import require_raw_warehouse
from shopwatch.ops.sale_day import breaches_so_far, judge_so_far, sale_days_now
from shopwatch.review.page import write_review
from shopwatch.review.weekly_posting import post_review
from shopwatch.review.workbook import write_workbooks
from shopwatch.store.export import export_alerts
from shopwatch.store.shards import of_shard
from shopwatch.store.tables import Alert, Night, last_night, open_store
from shopwatch.warehouse.connections import read_shop_warehouse, shop_warehouse, transaction
from shopwatch.warehouse.dictionary import write_dictionary
from shopwatch.warehouse.integrity import require_night
from shopwatch.warehouse.lake import publish_to_lake
from shopwatch.warehouse.models import BuildResult, build
from shopwatch.warehouse.personal import require_no_personal_data
from shopwatch.warehouse.published_rules import seed_rules
from shopwatch.warehouse.publishing import publish
from shopwatch.warehouse.review_tables import build_review

log = logging.getLogger("shopwatch.pipeline")

JUDGE_MEMORY = "512MB"  # the rest spills to disk, next to the warehouse


@dataclass(frozen=True)
class NightToJudge:
    """The night that the alerts are brought up to, and what was judged before.

    ``asked``: the requested night, which may be older than the ``night``. ``kept``: entities that ever had an alert.
    ``newest``: newest night judged before; ``latest``: the same, even if it is ahead of the clock.
    ``quiet``: nobody is notified. ``is_silent``: nobody requested that.
    """

    asked: date
    night: date
    kept: list[History]
    newest: date | None
    latest: date | None
    quiet: bool
    is_silent: bool


@dataclass(frozen=True)
class JudgedNight:
    """The judged night, and its verdicts in the newest periods. ``quiet``: nobody is notified."""

    night: date
    verdicts: dict[str, int]
    quiet: bool


def load_exports(settings: Settings, inbox: Inbox | None = None) -> dict[str, LoadResult]:
    """Load the new files of the inbox into the raw warehouse, by export.

    Raises StateError if the raw warehouse, its key or the store is lost, or the store is another home's or was not
    moved, OSError if the inbox cannot be listed. Notifies the data teams of a store from an older backup.
    """
    require_store(settings)
    require_raw_warehouse(settings)
    return load_new(settings, inbox)


def require_store(settings: Settings) -> None:
    """Check the store before a night begins; errors and notices as for `load_exports`."""
    require_moved_store(settings)
    if missing := require_own_store(settings):
        post_older_store(Catalog(settings), missing)


def check_exports(settings: Settings) -> list[CheckResult]:
    """Run the contracts' checks on the new rows: failed rows go to quarantine, the others are settled."""
    return check_and_settle(settings)


def build_models(settings: Settings, catalog: Catalog | None = None) -> BuildResult:
    """Bring the shop warehouse up to date for the days that changed."""
    return build(catalog or Catalog(settings))


def judge_night(
    settings: Settings,
    night: date | None,
    *,
    backfill: bool = False,
    is_scheduled: bool = False,
    catalog: Catalog | None = None,
) -> JudgedNight:
    """Judge every rule up to the night, update the alerts, and write the weekly tables.

    ``night``: None means the newest day that any export covers. ``is_scheduled``: nobody requested this night
    explicitly, so the data teams are notified if it notifies nobody. Raises FutureNightError for a night that is not
    over: it would make every real night older than the newest, and therefore silent. Raises ClockBehindError if the
    exports show that the clock is behind: alerts that began since would be withdrawn.

    A rule that cannot be read does not affect the others; its alerts are unchanged.
    A night older than the newest judged one is history: the newest night is judged again with the current data, and
    nobody is notified. The same applies to a backfill.
    """
    catalog = catalog or Catalog(settings)
    with open_store(settings) as engine:
        to_judge = plan_night(engine, catalog, night, backfill=backfill, is_scheduled=is_scheduled)
        with shop_warehouse(settings) as con:
            verdicts = judge_rules(con, catalog, to_judge.night, to_judge.kept)
            with Session(engine) as session, session.begin():
                update_store(session, con, catalog, to_judge)
                session.get_one(Night, to_judge.night).newest_load = newest_load(con)
                if to_judge.quiet:
                    record_silently(session, con, catalog, to_judge.night)
            with transaction(con), Session(engine) as session:
                rows = write_night(session, con, catalog)
    quietly = " (quiet)" if to_judge.quiet else ""
    log.info("night %s%s: %s; %s review rows", to_judge.night, quietly, verdicts, f"{rows:,}")
    return JudgedNight(to_judge.night, verdicts, to_judge.quiet)


def plan_night(
    engine: Engine, catalog: Catalog, night: date | None, *, backfill: bool, is_scheduled: bool
) -> NightToJudge:
    """Determine the night to judge; parameters and errors as for `judge_night`."""
    for fault in catalog.rule_faults:
        log.error("not judged: %s", fault)
    night = night or newest_covered(catalog.settings) or date.today() - timedelta(days=1)
    today = catalog.newest_closed
    if night > today:
        raise FutureNightError(
            f"the night {night} is not over: the newest is {today}. Check the requested date and the clock"
        )
    with Session(engine) as session:
        newest, kept = last_night(session, today), known_entities(session, of_shard(catalog))
        latest = last_night(session)
    if latest and latest != newest:
        _require_clock(catalog, latest)
    is_older = newest is not None and night < newest
    return NightToJudge(
        asked=night,
        night=max(night, newest) if newest else night,
        kept=kept,
        newest=newest,
        latest=latest,
        quiet=backfill or is_older,
        is_silent=is_older and is_scheduled and not backfill,
    )


def update_store(session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, judged: NightToJudge) -> None:
    """Update the alerts from the judged warehouse, and notify the data teams of a wrong clock and of a silent night."""
    update_alerts(session, con, catalog, judged.night, _held(session, catalog.rules, catalog.rule_faults))
    if judged.latest and judged.latest != judged.newest:
        post_clock_notice(session, catalog, judged.night, judged.latest)
    if judged.is_silent:
        log.error("the night %s notifies nobody: %s was judged before", judged.asked, judged.newest)
        post_silent_night(session, catalog, judged.asked, judged.night)


def write_night(session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog) -> int:
    """Write what people read of a judged night into the shop warehouse: alerts, weekly tables, news, dictionary.

    Returns the number of rows of the weekly tables.
    """
    export_alerts(session, con, catalog.include)
    rows = build_review(con, catalog.settings)
    gather_news(session, con)
    write_dictionary(con, catalog)
    return rows


def judge_rules(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date, kept: Iterable[History]
) -> dict[str, int]:
    """Judge every rule up to the night; a second time without a limit where ``JUDGE_MEMORY`` is too little.

    The former limit is set again, not reset: DuckDB's reset changes the setting, but not what it allows (1.5.5).
    """
    ((former,),) = con.execute("select current_setting('memory_limit')").fetchall()
    con.execute(f"set memory_limit = '{JUDGE_MEMORY}'")
    try:
        return _judge_at_once(con, catalog, night, kept)
    except duckdb.OutOfMemoryException:
        log.warning("%s of memory are too little to judge all rules: they are judged without a limit", JUDGE_MEMORY)
        con.execute(f"set memory_limit = '{former}'")
        return _judge_at_once(con, catalog, night, kept)
    finally:
        con.execute(f"set memory_limit = '{former}'")


def _judge_at_once(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date, kept: Iterable[History]
) -> dict[str, int]:
    """Judge in one transaction."""
    with transaction(con):
        con.execute("create or replace table meta.night as select cast($1 as date) as night", [night])
        seed_rules(con, catalog)
        write_freshness(con, catalog, night)
        nightly = [rule for rule in catalog.rules.values() if rule.so_far != "only"]
        return judge(con, catalog, nightly, night, kept)


def notify_teams(
    settings: Settings, night: date, smtp_url: str | None = None, *, catalog: Catalog | None = None
) -> tuple[str, ...]:
    """Notify every team of its news; returns one line per undelivered mail or recipient.

    A team that cannot be reached, or whose digest cannot be written, does not affect the others.
    """
    catalog = catalog or Catalog(settings)
    remember_data_teams(settings, catalog.teams)
    try:
        post_digests(settings, night, catalog=catalog)
    finally:
        delivery = deliver_due(settings, smtp_url)
        with open_store(settings) as engine, Session(engine) as session:
            remember_store(settings, session)
    return delivery.undelivered


def publish_night(settings: Settings, night: date) -> Path:
    """Publish the night's warehouse for analysts: as a file and, if the settings have a lake, to that too.

    Raises PersonalDataError if it appears to identify a person, StateError if it is another night's, LakeError if the
    lake cannot be reached: the file is published then.
    """
    with read_shop_warehouse(settings) as con:
        require_night(con, settings, night)
    require_no_personal_data(settings)
    target = publish(settings, night)
    log.info("published %s (%.1f MB)", target, target.stat().st_size / 1e6)
    if settings.lake:
        publish_to_lake(settings, night, target)
    return target


@dataclass(frozen=True)
class SaleDayResult:
    """Sale day of each shop that has one, the number of breaches notified, and one line per undelivered mail."""

    days: dict[str, date]
    notified: int
    undelivered: tuple[str, ...]


@dataclass(frozen=True)
class NightResult:
    """The night that was watched, and one line per undelivered mail or recipient. ``quiet``: nobody is notified."""

    night: date
    undelivered: tuple[str, ...]
    quiet: bool = False


def watch_night(
    settings: Settings, night: date | None, inbox: Inbox | None = None, *, is_scheduled: bool = False
) -> NightResult:
    """Run all steps of a night in one process. An unreachable mail server does not stop other mails or publishing.

    ``night`` and ``is_scheduled`` as for `judge_night`.
    """
    load_exports(settings, inbox)
    check_exports(settings)
    catalog = Catalog(settings)
    build_models(settings, catalog)
    judged = judge_night(settings, night, is_scheduled=is_scheduled, catalog=catalog)
    undelivered = notify_teams(settings, judged.night, catalog=catalog)
    publish_night(settings, judged.night)
    return NightResult(judged.night, undelivered, judged.quiet)


def watch_sale_day(
    settings: Settings, moment: datetime | None = None, inbox: Inbox | None = None, smtp_url: str | None = None
) -> SaleDayResult:
    """Judge the exports that arrived on a sale day, on the day so far, and notify the teams of what is new.

    ``moment``: the current time, by default now. Loads and builds in a copy of the warehouses; the night finds its own
    as it left them. Does nothing unless it is a sale day of a shop (``sale_days`` of the calendar). Safe to repeat:
    each breach is notified once a day, and once more if it becomes critical.

    Each shard is judged on its own. One that fails does not hold back the others' news; its error is raised at the end.
    """
    moment, errors = moment or datetime.now(UTC), list[Exception]()
    catalog = Catalog(settings)
    if not sale_days_now(catalog, moment):
        return SaleDayResult({}, 0, ())
    for part in catalog.settings_of_shards:
        try:
            judge_so_far(part, moment, inbox)
        except Exception as error:
            log.error("the sale day of %s is not judged: %s", part.shard or settings.home, error)
            errors.append(error)
    result = notify_sale_day(settings, moment, smtp_url)
    if errors:
        raise errors[0]
    return result


def notify_sale_day(settings: Settings, moment: datetime | None = None, smtp_url: str | None = None) -> SaleDayResult:
    """Notify the teams of the sale days' breaches so far, each breach once; parameters as for `watch_sale_day`."""
    moment, catalog = moment or datetime.now(UTC), Catalog(settings)
    posted = post_sale_day(catalog, breaches_so_far(catalog, moment), moment)
    delivery = deliver_due(settings, smtp_url)
    return SaleDayResult(sale_days_now(catalog, moment), posted, delivery.undelivered)


def write_weekly_review(settings: Settings, week_start: date | None = None) -> list[Path]:
    """Write a week's page and its workbooks; default: the last closed week. Raises ReviewError if there is none."""
    catalog = Catalog(settings)
    page = write_review(settings.published, catalog, settings.reports, week_start)
    return [page, *write_workbooks(settings.published, catalog, settings.reports, week_start)]


def mail_weekly_review(
    settings: Settings, page: Path, workbooks: Sequence[Path], smtp_url: str | None = None
) -> list[str]:
    """Mail the week of a page to every team, once; returns the teams. Raises UndeliveredError."""
    teams = post_review(settings, page, workbooks)
    for team in teams:
        deliver_waiting(settings, team, smtp_url)
    return teams


def _held(session: Session, rules: dict[str, Rule], faults: list[Fault]) -> set[str]:
    """Rules whose alerts must not change: faulty ones, and all unknown ones while a fault names no rule.

    Such are the faults of a whole file, of an entry without a name, and of one with a mistyped name.
    """
    unknown = set(session.scalars(select(Alert.rule).distinct())) - rules.keys()
    named = {fault.name for fault in faults if fault.name}
    return named - rules.keys() if name_rules(faults) else unknown


def newest_load(con: duckdb.DuckDBPyConnection) -> str | None:
    """SHA-256 of the most recently loaded file; None if no file was loaded."""
    loaded = "select sha256 from ops.loads where state != 'rejected' order by loaded_at desc, sha256 limit 1"
    row = con.execute(loaded).fetchone()
    return str(row[0]) if row else None


def newest_covered(settings: Settings) -> date | None:
    """Newest day that any export covers."""
    with read_shop_warehouse(settings) as con:
        row = con.execute("select max(day) from intermediate.int_covered_days").fetchone()
    return row[0] if row and isinstance(row[0], date) else None


def _require_clock(catalog: Catalog, latest: date) -> None:
    """Raise ClockBehindError if exports as well as the ``latest`` night are ahead of the clock.

    Exports may cover a part of the current day. Without such an export the clock was ahead when ``latest`` was judged.
    """
    log.error("%s was judged, but is not over by the clock: set it, or bin/shopwatch revoke %s", latest, latest)
    today, covered = catalog.newest_closed, newest_covered(catalog.settings)
    if covered is not None and covered >= min(latest, today + timedelta(days=2)):
        raise ClockBehindError(
            f"the clock is behind: {today} is the last day that is over, but {latest} was judged and exports cover "
            f"{covered}. Nothing is judged and no team is notified until it is set. If the clock is right, remove the "
            f"exports of days to come and run bin/shopwatch revoke {latest}"
        )
