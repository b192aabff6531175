"""Revocation: undoes a night that should not have been judged, and its notifications."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Delete, delete, func, select, update
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.ops.own_store import remember_store
from shopwatch.store.outbox import withdraw
from shopwatch.store.tables import AlertEvent, JudgedShard, Night, NotificationLog, OutboxMail, now, open_store

ALERT = "alert:"


def revoke(settings: Settings, night: date) -> int:
    """Remove the record that the night and later ones were judged and notified; returns the number of nights.

    The next night judges again: alerts that only these nights knew are withdrawn, and everything else that they
    notified, heartbeats included, is news again. Their waiting digests and heartbeats are not sent; failure notices
    are.
    """
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        nights = _remove(session, delete(Night).where(Night.night >= night))
        before = night - timedelta(days=1)  # their files stay gathered, but no longer count as those of the night
        session.execute(update(JudgedShard).where(JudgedShard.night >= night).values(night=before))
        session.execute(delete(AlertEvent).where(AlertEvent.night >= night))
        session.execute(delete(NotificationLog).where(NotificationLog.first_night >= night))
        session.flush()
        for entry in session.scalars(select(NotificationLog).where(NotificationLog.night >= night)).all():
            entry.night = max(entry.first_night, _last_digest(session, entry.team, night) or entry.first_night)
            if entry.topic.startswith(ALERT):
                entry.state = _last_state(session, entry.topic.removeprefix(ALERT)) or entry.state
        for mail in session.scalars(
            select(OutboxMail).where(OutboxMail.night >= night, OutboxMail.sent_at.is_(None))
        ).all():
            if mail.key.startswith(f"{mail.night}-{mail.team}"):
                withdraw(session, mail, now())
        session.flush()
        remember_store(settings, session)
    return nights


def _last_digest(session: Session, team: str, before: date) -> date | None:
    """Night of the team's newest digest before a night: by then it knew of all that had been due.

    From its first notification on, an alert that had been open for a week would be due again in the next mail.
    """
    digests = select(func.max(OutboxMail.night)).where(OutboxMail.team == team, OutboxMail.summary.is_not(None))
    return session.scalar(digests.where(OutboxMail.night < before))


def _remove(session: Session, statement: Delete) -> int:
    result: Any = session.execute(statement)
    return int(result.rowcount)


def _last_state(session: Session, alert: str) -> str | None:
    """The last remaining state of an alert in its history, as in the notification log."""
    steps = select(AlertEvent.event).where(AlertEvent.alert_key == alert).order_by(AlertEvent.number.desc())
    event = session.scalars(steps.limit(1)).first()
    return "firing" if event == "reopened" else event
