"""Mails of the night: a team's news is logged as notified in the transaction that posts its mail, then delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_team
from shopwatch.notify.digest import NOTIFIED, PendingDigest, pending_digests, record_notified
from shopwatch.notify.heartbeat import Heartbeat, heartbeat
from shopwatch.notify.mail import render
from shopwatch.notify.notices import post_heartbeat
from shopwatch.store.outbox import free_key, post
from shopwatch.store.tables import last_night, now, open_store
from shopwatch.warehouse.connections import read_shop_warehouse

log = logging.getLogger("shopwatch.tell")


@dataclass(frozen=True)
class TeamDelivery:
    """Number of mails sent to a team, and the subjects of those written tonight."""

    team: str
    mails: int
    subjects: tuple[str, ...]


def notify_team(
    settings: Settings,
    team: str,
    night: date,
    smtp_url: str | None = None,
    at: datetime | None = None,
    *,
    catalog: Catalog | None = None,
) -> TeamDelivery:
    """Write the team's digest of the night if there is news, then deliver due mails.

    News is anything that the team was not notified of, so a second run of the night writes a mail only if exports that
    arrived in between brought news. A due heartbeat is the digest's last line; without news it is a mail of its own.

    ``at``: current time, UTC; default now. Outside the team's hours the mail is written, logged as notified and kept in
    the outbox until they begin, unless a new critical alert breaks through.

    ``smtp_url`` (of an Airflow connection) is used if the settings have none; without either, mails are written as
    files. Raises UndeliveredError after trying all.
    """
    at, subjects, catalog = at or now(), [], catalog or Catalog(settings)
    with open_store(settings) as engine:
        with read_shop_warehouse(settings) as con, Session(engine) as session, session.begin():
            if last_night(session, catalog.newest_closed) == night:
                for pending in pending_digests(session, con, catalog, night, only=team):
                    beat = heartbeat(session, con, catalog, pending.team, night)
                    subjects += _write(session, settings, pending, beat, at)
        mails = deliver_team(engine, settings, team, smtp_url, at)
    log.info("%s: %d mails %s", team, mails, subjects)
    return TeamDelivery(team, mails, tuple(subjects))


def _write(
    session: Session, settings: Settings, pending: PendingDigest, beat: Heartbeat | None, at: datetime
) -> list[str]:
    """Post the digest, or the heartbeat alone, and log both as notified; returns the subjects."""
    team, night = pending.team, pending.digest.night
    if beat:
        record_notified(session, team.team, {beat.topic: NOTIFIED}, night)
    if not pending.digest.is_news:
        return [post_heartbeat(session, settings, team, beat.line, night, team.not_before(at))] if beat else []
    key, part = free_key(session, f"{night}-{team.team}")  # late exports bring news of their own
    digest = replace(pending.digest, heartbeat=beat.line if beat else "", part=part)
    message = render(digest, settings.include, settings.mail_from)
    breaks_through = team.critical == "any_day" and digest.urgent
    due = None if breaks_through else team.not_before(at)
    post(session, key, digest.team, digest.night, message.as_bytes(), due, team.recipients)
    record_notified(session, digest.team, pending.topics, digest.night)
    return [str(message["Subject"])]
