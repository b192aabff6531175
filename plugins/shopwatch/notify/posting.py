"""Mails of the night: a team's news is logged as notified in the transaction that posts its mail."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, datetime

import duckdb
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import words
from shopwatch.core.nights import FutureNightError
from shopwatch.core.settings import Settings
from shopwatch.notify.channel import require_known_channels
from shopwatch.notify.digest import NOTIFIED, PendingDigest, forget_corrected_faults, pending_digests, record_notified
from shopwatch.notify.heartbeat import Heartbeat, heartbeat
from shopwatch.notify.held_back import held_back
from shopwatch.notify.mail import render
from shopwatch.notify.notices import post_clock_notice, post_heartbeat
from shopwatch.notify.summary import summarize, to_json
from shopwatch.store.outbox import free_key, post
from shopwatch.store.tables import OutboxMail, last_night, lock_night, now, open_store
from shopwatch.warehouse.connections import read_shop_warehouse
from shopwatch.warehouse.integrity import require_night

log = logging.getLogger("shopwatch.notify")


def post_digests(
    settings: Settings,
    night: date,
    at: datetime | None = None,
    *,
    team: str | None = None,
    catalog: Catalog | None = None,
) -> dict[str, list[str]]:
    """Write the night's digest of every team that has news; returns the subjects by team.

    News is anything that the team was not notified of, so a second run of the night writes a mail only if exports that
    arrived in between brought news. A due heartbeat is the digest's last line; without news it is a mail of its own.
    A night that is not the last one judged has no digest.

    ``at``: current time, UTC; default now. Outside the team's hours the mail is written, logged as notified and kept in
    the outbox until they begin, unless a new critical alert breaks through. ``team``: of this team only.

    Two processes that notify of the same night at the same time write each mail once.

    A digest that cannot be written does not affect the other teams; the first error is raised after all were tried.
    Raises DeclarationError for an unknown channel, before anything counts as notified.
    Raises FutureNightError, and notifies the data teams, if the clock went back behind the night since it was judged,
    StateError if the shop warehouse is not the one in which the night was judged.
    """
    at, catalog, errors = at or now(), catalog or Catalog(settings), []
    require_known_channels(catalog)
    subjects: dict[str, list[str]] = {}
    with open_store(settings) as engine, read_shop_warehouse(settings) as con:
        _require_past(engine, catalog, night)
        _require_own_night(engine, con, catalog, night)
        for one in catalog.teams:
            if team not in (None, one.team):
                continue
            try:
                with Session(engine) as session, session.begin():
                    subjects[one.team] = _post_digest(session, con, catalog, one.team, night, at)
            except Exception as error:
                log.exception("%s: the digest could not be written", one.team)
                errors.append(error)
            else:
                log.info("%s: %s", one.team, subjects[one.team])
    if errors:
        raise errors[0]
    return subjects


def _require_past(engine: Engine, catalog: Catalog, night: date) -> None:
    today = catalog.newest_closed
    if night <= today:
        return
    with Session(engine) as session, session.begin():
        post_clock_notice(session, catalog, last_night(session, today) or today, night)
    raise FutureNightError(f"the night {night} notifies nobody: the clock went back, the newest is {today}")


def _require_own_night(engine: Engine, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date) -> None:
    """Raise StateError if the news in the shop warehouse is not that of the last judged night."""
    with Session(engine) as session:
        is_last = last_night(session, catalog.newest_closed) == night
    if is_last:
        require_night(con, catalog.settings, night)


def _post_digest(
    session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, team: str, night: date, at: datetime
) -> list[str]:
    if not lock_night(session, night) or last_night(session, catalog.newest_closed) != night:
        return []
    forget_corrected_faults(session, catalog, team)
    (pending,) = pending_digests(session, con, catalog, night, only=team)
    pending = replace(pending, digest=replace(pending.digest, held_back=held_back(con, catalog, pending.team)))
    return _write(session, catalog, pending, heartbeat(session, con, catalog, pending.team, night), at)


def _write(
    session: Session, catalog: Catalog, pending: PendingDigest, beat: Heartbeat | None, at: datetime
) -> list[str]:
    """Post the digest, or the heartbeat alone, and log both as notified; returns the subjects."""
    team, night, settings = pending.team, pending.digest.night, catalog.settings
    if beat:
        record_notified(session, team.team, {beat.topic: NOTIFIED}, night)
    if not pending.digest.is_news:
        if beat is None:
            return []
        lines = "\n\n".join(filter(None, (pending.digest.held_back, beat.line)))
        return [post_heartbeat(session, settings, team, lines, night, team.not_before(at))]
    key, part = free_key(session, f"{night}-{team.team}")  # late exports bring news of their own
    digest = replace(pending.digest, heartbeat=beat.line if beat else "", part=part)
    message = render(digest, settings.include, settings.mail_from)
    breaks_through = team.critical == "any_day" and digest.urgent
    mail = OutboxMail(
        key=key,
        team=digest.team,
        night=digest.night,
        content=message.as_bytes(),
        summary=to_json(summarize(digest, words(settings.include, digest.language))),
        not_before=None if breaks_through else team.not_before(at),
    )
    post(session, mail, team.recipients)
    record_notified(session, digest.team, pending.topics, digest.night)
    return [str(message["Subject"])]
