"""Delivery of the outbox: sends each due mail to each due recipient and records the outcome per recipient."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.errors import DeclarationError, ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.notify.alarm import post_alarms
from shopwatch.notify.attempt import Attempt, attempt_delivery
from shopwatch.notify.channel import FILE, MAIL, Envelope
from shopwatch.notify.notices import post_given_up
from shopwatch.store import outbox
from shopwatch.store.outbox import claim, due_letters, failing, is_open, record
from shopwatch.store.tables import OutboxMail, now, open_store

log = logging.getLogger("shopwatch.deliver")

SHARED_ATTEMPTS = 3
"""Attempts in which recipients share a session; if these fail, one recipient may be what the server fails at."""


@dataclass(frozen=True)
class Delivery:
    """Number of mails sent, and one line for each recipient waiting after a failed attempt."""

    mails: int
    undelivered: tuple[str, ...]


class UndeliveredError(ShopwatchError, RuntimeError):
    """Some mails could not be sent; they stay in the outbox for another attempt."""


def deliver_due(settings: Settings, smtp_url: str | None = None, at: datetime | None = None) -> Delivery:
    """Deliver the due mails of every team, and the alarms that were raised while the store was down.

    ``at``: current time, UTC; default now. ``smtp_url`` (of an Airflow connection) is used if the settings have none;
    without either, mails are written as files. A failed mail does not affect the others.
    """
    at, mails = at or now(), 0
    with open_store(settings) as engine:
        post_alarms(engine, settings)
        with Session(engine) as session:
            open_teams = select(OutboxMail.team).where(is_open(at)).distinct().order_by(OutboxMail.team)
            teams = session.scalars(open_teams).all()
        undelivered: list[str] = []
        for team in teams:
            count, lost = _deliver_team(engine, settings, team, smtp_url, at)
            mails += count
            with Session(engine) as session:
                undelivered += [*lost, *failing(session, team)]
    for line in undelivered:
        log.warning("not delivered yet: %s", line)
    return Delivery(mails, tuple(undelivered))


def retry_given_up(settings: Settings) -> int:
    """Set every recipient that was given up back to waiting; returns their number."""
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        return outbox.retry_given_up(session)


def deliver_waiting(settings: Settings, team: str, smtp_url: str | None = None, at: datetime | None = None) -> int:
    """Deliver the team's due mails; returns the number of mails sent.

    Raises UndeliveredError, after trying all, if a recipient is waiting or if all recipients of a mail were given up.
    """
    with open_store(settings) as engine:
        mails, lost = _deliver_team(engine, settings, team, smtp_url, at or now())
        with Session(engine) as session:
            lines = [*lost, *failing(session, team)]
    if lines:
        raise UndeliveredError("; ".join(lines))
    return mails


def _deliver_team(
    engine: Engine, settings: Settings, team: str, smtp_url: str | None, at: datetime
) -> tuple[int, list[str]]:
    """Number of mails sent, and one line for each recipient of a mail that nobody will receive."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else smtp_url
    mails, lost = 0, []
    with Session(engine, expire_on_commit=False) as session, session.begin():
        letters = _within_hours(settings, team, due_letters(session, team, at), at)
    for letter in letters:
        with Session(engine) as session, session.begin():
            recipients = claim(session, letter.key, at)
        if not recipients:  # claimed by another delivery, or the mail was withdrawn meanwhile
            continue
        envelope = Envelope(letter.key, letter.content, settings, url)
        attempt = attempt_delivery(envelope, recipients, one_by_one=letter.attempts >= SHARED_ATTEMPTS)
        given_up = _recorded(engine, settings, letter, attempt, at)
        mails += attempt.is_accepted
        if len(given_up) == len(recipients):
            lost += [f"{letter.key} to {address}: {reason}" for address, reason in given_up.items()]
        if attempt.down.keys() & {MAIL, FILE}:
            break  # the remaining mails would hang as well; they stay due
    return mails, lost


def _recorded(engine: Engine, settings: Settings, letter: OutboxMail, attempt: Attempt, at: datetime) -> dict[str, str]:
    """Record the outcomes of an attempt; returns the recipients that were given up, with the reason.

    A lost connection is tried once more: a mail that was accepted and not recorded would be sent again.
    """
    try:
        return _record(engine, settings, letter, attempt, at)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        log.warning("%s: the store lost its connection, recording again", letter.key)
        return _record(engine, settings, letter, attempt, at)


def _record(engine: Engine, settings: Settings, letter: OutboxMail, attempt: Attempt, at: datetime) -> dict[str, str]:
    with Session(engine) as session, session.begin():
        given_up = record(session, letter.key, attempt.outcomes, at)
        if given_up:
            post_given_up(session, Catalog(settings), letter, given_up)
    return given_up


def _within_hours(settings: Settings, team: str, letters: list[OutboxMail], at: datetime) -> list[OutboxMail]:
    """Mails that may be sent now; the others are held until the team's hours begin, if its hours can be read."""
    if all(letter.not_before is None for letter in letters):
        return letters
    try:
        teams = Catalog(settings).teams
    except DeclarationError as error:
        log.error("the hours of %s cannot be read, its mails are sent now: %s", team, error)
        return letters
    opens = next((one.not_before(at) for one in teams if one.team == team), None) or at
    held = [letter for letter in letters if letter.not_before is not None and opens > at]
    for letter in held:
        letter.not_before = opens
    return [letter for letter in letters if letter not in held]
