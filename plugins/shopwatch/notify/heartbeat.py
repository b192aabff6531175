"""The heartbeat: one line that distinguishes a night without news from a watch that has stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import duckdb
from sqlalchemy.orm import Session

from shopwatch.catalog.calendar import Event, is_working_day
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.core.i18n import LISTED, Words, words
from shopwatch.core.sql_files import library_sql
from shopwatch.store.tables import NotificationLog

DAY = timedelta(days=1)
LONGEST_PAUSE = 60  # days; no holiday lasts longer


@dataclass(frozen=True)
class Heartbeat:
    """The line, and the topic under which the notification log records it."""

    line: str
    topic: str


def heartbeat(
    session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, team: Team, night: date
) -> Heartbeat | None:
    """The team's heartbeat for the morning after the night; None if it is not due or was already sent.

    A weekly one is due from the first working day of the week on, so that a failed first night does not lose it.
    """
    topic = _topic(team, night + DAY, catalog.events)
    if topic is None or session.get(NotificationLog, (team.team, topic)) is not None:
        return None
    return Heartbeat(_line(con, catalog, team, night), topic)


def _topic(team: Team, morning: date, events: Mapping[str, Event]) -> str | None:
    if team.heartbeat == "never" or team.is_held(morning - DAY, events):
        return None
    if team.heartbeat == "daily":
        return f"heartbeat:{morning}"
    first = _first_working_day(morning, events)
    year, week, _ = morning.isocalendar()
    return f"heartbeat:{year}-W{week:02}" if first is not None and first <= morning else None


def _first_working_day(day: date, events: Mapping[str, Event]) -> date | None:
    """First working day of the day's week; None if the whole week is a holiday."""
    monday = day - day.weekday() * DAY
    return next((one for one in (monday + n * DAY for n in range(7)) if is_working_day(one, events)), None)


def next_mails(team: Team, morning: date, events: Mapping[str, Event]) -> tuple[date, date]:
    """Morning of the next mail if there is news, and morning of the next heartbeat."""
    mornings = [day for n in range(1, LONGEST_PAUSE) if not team.is_held((day := morning + n * DAY) - DAY, events)]
    if team.heartbeat == "daily":
        return mornings[0], mornings[0]
    this_week = morning.isocalendar()[:2]
    later = (day for day in mornings if day.isocalendar()[:2] != this_week and _topic(team, day, events))
    return mornings[0], next(later)


def _line(con: duckdb.DuckDBPyConnection, catalog: Catalog, team: Team, night: date) -> str:
    owned = [rule for rule in catalog.rules.values() if rule.owner in team.owners or not team.owners]
    shops = con.execute(library_sql("notify/heartbeat"), {"night": night}).fetchall()
    watched = [(title, day) for shop, title, day in shops if not team.shops or shop in team.shops]
    say = words(catalog.include, team.language)
    news, latest = next_mails(team, night + DAY, catalog.events)
    values = {"shops": len(watched), "data": _completeness(watched, say), "latest": say.day(latest)}
    if team.heartbeat == "daily":
        return say("heartbeat_daily", count=len(owned), **values)
    return say("heartbeat", count=len(owned), news=say.day(news), **values)


def _completeness(shops: list[tuple[str, date | None]], say: Words) -> str:
    """``2026-11-15``; with the shops' names if they differ: ``2026-11-15 (A, B), 2026-11-13 (C)``."""
    by_day = [(day, [title for title, _ in same]) for day, same in groupby(shops, key=lambda shop: shop[1])]
    texts = [say.day(day) if day else say("heartbeat_no_data") for day, _ in by_day]
    if len(by_day) > 1:
        titles = (LISTED[say.language].join(same) for _, same in by_day)
        texts = [say("heartbeat_of", day=text, shops=shop) for text, shop in zip(texts, titles, strict=True)]
    return LISTED[say.language].join(texts) or say("heartbeat_no_data")
