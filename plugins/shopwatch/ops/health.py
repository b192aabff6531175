"""Health of the watch: ``shopwatch healthz``, and the metrics for monitors and scrapers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import duckdb
from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.notify.notices import FAILED, GIVEN_UP, SILENT
from shopwatch.ops.own_store import StoreFault, store_fault
from shopwatch.store.shards import judged_shards
from shopwatch.store.tables import OutboxMail, Recipient, has_store, last_night, now, open_store

OLDEST = timedelta(hours=26)
"""One night every 24 hours, plus two hours for the night itself."""
LONGEST_WAIT = timedelta(hours=1)
"""A due mail is sent by the next delivery, within 15 minutes."""
REMEMBERED = timedelta(days=7)
"""Time for which the loss of a notice degrades the state."""
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Problem = Literal[
    "never_published", "night_too_old", "night_in_the_future", "night_silent", "shard_late", "warehouse_unreadable",
    "store_unreadable", "store_missing", "store_foreign", "store_older", "mail_undelivered", "alarm_unsent",
    "declarations_unreadable", "notice_lost", "task_failed",
]  # fmt: skip

STORE_PROBLEMS: dict[StoreFault, Problem] = {
    "lost": "store_missing",
    "foreign": "store_foreign",
    "older": "store_older",
}


@dataclass(frozen=True)
class Health:
    """Health of the watch.

    ``age_seconds``: time since the last night was published. ``undelivered``: recipients waiting after a failed
    attempt, or for more than an hour after their mail was due. ``blocked``: rules of a shop whose newest closed period
    lacks an export; missing data, not a fault of the watch. ``alarms``: unsent notices of failed tasks. None: cannot be
    read.
    """

    status: Literal["ok", "degraded"]
    problems: tuple[Problem, ...]
    night: date | None
    age_seconds: int | None
    undelivered: int | None
    blocked: int | None
    alarms: int


def read_health(
    settings: Settings,
    at: datetime | None = None,
    catalog: Catalog | None = None,
    published: duckdb.DuckDBPyConnection | None = None,
    session: Session | None = None,
) -> Health:
    """Health at a time, UTC, by default now. A part that cannot be read is reported as a problem, not raised.

    ``published`` and ``session``: the published warehouse and the store, if they are open.
    """
    at, problems, catalog = at or now(), list[Problem](), catalog or Catalog(settings)
    night = age = undelivered = blocked = None
    published_at = datetime.min
    if not settings.published.exists():
        problems.append("never_published")
    else:
        published_at = datetime.fromtimestamp(settings.published.stat().st_mtime, UTC).replace(tzinfo=None)
        age = int((at - published_at).total_seconds())
        if at - published_at > OLDEST:
            problems.append("night_too_old")
        try:
            night, blocked = _read_night(published) if published else _published(settings)
        except duckdb.Error:
            problems.append("warehouse_unreadable")
        try:
            if night and night > catalog.newest_closed:
                problems.append("night_in_the_future")
        except DeclarationError:
            problems.append("declarations_unreadable")
    if has_store(settings):
        try:
            with nullcontext(session) if session else _session(settings) as store:
                undelivered = _undelivered(store, at)
                if fault := store_fault(settings, store):
                    problems.append(STORE_PROBLEMS[fault])
                if "night_in_the_future" not in problems and _has_future_night(store, catalog):
                    problems.append("night_in_the_future")
                if _has_late_shard(store, catalog):
                    problems.append("shard_late")
                if _was_silent(store, at):
                    problems.append("night_silent")
                if _has_lost_notice(store, at):
                    problems.append("notice_lost")
                if _has_failed(store, published_at, at):
                    problems.append("task_failed")
        except (SQLAlchemyError, OSError):
            problems.append("store_unreadable")
    elif settings.published.exists():
        problems.append("store_missing")
    if undelivered:
        problems.append("mail_undelivered")
    alarms = len(list(settings.alarms.glob("*.eml")))
    if alarms:
        problems.append("alarm_unsent")
    return Health("degraded" if problems else "ok", tuple(problems), night, age, undelivered, blocked, alarms)


@contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    with open_store(settings) as engine, Session(engine) as session:
        yield session


def _published(settings: Settings) -> tuple[date | None, int | None]:
    with duckdb.connect(settings.published, read_only=True) as con:
        return _read_night(con)


def _read_night(con: duckdb.DuckDBPyConnection) -> tuple[date | None, int | None]:
    return con.execute(library_sql("ops/night")).fetchone() or (None, None)


def _undelivered(session: Session, at: datetime) -> int:
    due_at = func.coalesce(OutboxMail.not_before, OutboxMail.created_at)
    waits = and_(Recipient.state == "waiting", or_(Recipient.attempts > 0, due_at < at - LONGEST_WAIT))
    statement = select(func.count()).select_from(Recipient).join(OutboxMail, OutboxMail.key == Recipient.mail_key)
    return session.scalars(statement.where(waits)).one()


def _has_future_night(session: Session, catalog: Catalog) -> bool:
    """True if a night was judged that is not over by the clock."""
    newest = last_night(session)
    try:
        return newest is not None and newest > catalog.newest_closed
    except DeclarationError:
        return False


def _has_late_shard(session: Session, catalog: Catalog) -> bool:
    """True if a shard that shops.yaml names was not judged for the last night; its shops' numbers are older."""
    try:
        names, is_divided = catalog.shards, catalog.is_divided
    except DeclarationError:
        return False
    judged, newest = judged_shards(session), last_night(session)
    if not is_divided or newest is None:
        return False
    return any(name not in judged or judged[name].night < newest for name in names)


def _was_silent(session: Session, at: datetime) -> bool:
    """True if the last scheduled night notified nobody, of which the data team was notified."""
    is_recent = or_(Recipient.settled_at.is_(None), Recipient.settled_at > at - OLDEST)
    statement = select(Recipient).where(is_recent, Recipient.mail_key.contains(SILENT, autoescape=True))
    return session.scalars(statement.limit(1)).first() is not None


def _has_lost_notice(session: Session, at: datetime) -> bool:
    """True if a data team did not receive that somebody's mail was lost: no further mail reports it."""
    is_lost = and_(Recipient.state.in_(("refused", "expired", "uncertain")), Recipient.settled_at > at - REMEMBERED)
    statement = select(Recipient).where(is_lost, Recipient.mail_key.startswith(GIVEN_UP, autoescape=True))
    return session.scalars(statement.limit(1)).first() is not None


def _has_failed(session: Session, since: datetime, at: datetime) -> bool:
    """True if a task failed for good since the last night was published."""
    is_recent = and_(OutboxMail.created_at > since, OutboxMail.created_at <= at)
    statement = select(OutboxMail.key).where(is_recent, OutboxMail.key.contains(FAILED, autoescape=True))
    return session.scalars(statement.limit(1)).first() is not None


def probe_metrics(health: Health) -> str:
    """OpenMetrics without business data of the shop, for unauthenticated requests."""
    return _exposition(_probe(health))


def all_metrics(health: Health) -> str:
    """All OpenMetrics; values that cannot be read are omitted."""
    more = [
        ("shopwatch_undelivered_recipients", "", "Recipients whose mail is overdue", health.undelivered),
        ("shopwatch_blocked_rules", "", "Rules of a shop that lack an export", health.blocked),
        ("shopwatch_unsent_alarms", "", "Notices of failed tasks that were not sent", health.alarms),
    ]
    return _exposition([*_probe(health), *more])


def _probe(health: Health) -> list[tuple[str, str, str, int | None]]:
    return [
        ("shopwatch_healthy", "", "1: the watch is awake, 0: degraded", int(health.status == "ok")),
        ("shopwatch_night_age_seconds", "seconds", "Time since the last night was published", health.age_seconds),
    ]


def _exposition(metrics: list[tuple[str, str, str, int | None]]) -> str:
    """Text in OpenMetrics 1.0: for each gauge its metadata, then the sample; the end mark last."""
    lines = []
    for name, unit, text, value in metrics:
        if value is not None:
            lines += [f"# TYPE {name} gauge", *([f"# UNIT {name} {unit}"] if unit else []), f"# HELP {name} {text}"]
            lines.append(f"{name} {value}")
    return "\n".join([*lines, "# EOF"]) + "\n"
