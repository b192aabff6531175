"""Delivery of the outbox: sends each due mail to each due recipient and records the outcome per recipient."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.errors import DeclarationError, ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.notify.alarm import post_alarms
from shopwatch.notify.attempt import DeliveryRun, recipient_groups
from shopwatch.notify.channel import FILE, MAIL, Envelope, channel_name
from shopwatch.notify.mail_server import lost_mail_server, remember_mail_server
from shopwatch.notify.notices import post_given_up
from shopwatch.store import outbox
from shopwatch.store.outbox import Outcome, claim, due_addresses, due_mails, failing, record
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
    with open_store(settings) as engine:
        post_alarms(engine, settings)
        delivery = _deliver(engine, settings, smtp_url, at or now())
    for line in delivery.undelivered:
        log.warning("not delivered: %s", line)
    return delivery


def retry_given_up(settings: Settings) -> int:
    """Set every recipient that was given up back to waiting, under its team's present addresses; returns their number.

    While ``routes.yaml`` cannot be read, the addresses stay as they were.
    """
    try:
        current = {team.team: team.recipients for team in Catalog(settings).teams}
    except DeclarationError as error:
        log.error("the teams' present addresses cannot be read: %s", error)
        current = {}
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        return outbox.retry_given_up(session, current)


def deliver_waiting(settings: Settings, team: str, smtp_url: str | None = None, at: datetime | None = None) -> int:
    """Deliver the team's due mails; returns the number of mails sent.

    Raises UndeliveredError, after trying all, if a recipient is waiting or if all recipients of a mail were given up.
    """
    with open_store(settings) as engine:
        delivery = _deliver(engine, settings, smtp_url, at or now(), team)
    if delivery.undelivered:
        raise UndeliveredError("; ".join(delivery.undelivered))
    return delivery.mails


def _deliver(
    engine: Engine, settings: Settings, smtp_url: str | None, at: datetime, team: str | None = None
) -> Delivery:
    """Deliver the due mails of one team or of all; a mail that nobody will receive counts as undelivered, too.

    The notices about recipients that were given up go out in the same pass.
    """
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else smtp_url
    one_pass = _Pass(engine, settings, url, at, time.monotonic())
    delivered, undelivered, tried = 0, list[str](), set[str]()
    while mails := _due(engine, settings, at, team, tried):
        if fault := lost_mail_server(settings, url):
            one_pass.run.down[FILE] = fault
            undelivered.append(fault)
        for mail in mails:
            is_accepted, lost = one_pass.deliver(mail)
            delivered += is_accepted
            undelivered += lost
            tried.add(mail.key)
    with Session(engine) as session:
        undelivered += failing(session, team)
    return Delivery(delivered, tuple(undelivered))


def _due(engine: Engine, settings: Settings, at: datetime, team: str | None, tried: set[str]) -> list[OutboxMail]:
    """Mails to try now, without those that this pass has ``tried``."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        mails = [mail for mail in due_mails(session, at, team) if mail.key not in tried]
        return _within_hours(settings, mails, at)


@dataclass
class _Pass:
    """One pass over the due mails, which begins at ``at`` (UTC), ``started`` on the monotonic clock."""

    engine: Engine
    settings: Settings
    smtp_url: str | None
    at: datetime
    started: float
    run: DeliveryRun = field(default_factory=DeliveryRun)

    def deliver(self, mail: OutboxMail) -> tuple[bool, list[str]]:
        """Whether somebody got the mail, and one line for each of its recipients if nobody ever will.

        Recipients are claimed, tried and recorded by session: a claim lasts five minutes, a session one at most.
        """
        with Session(self.engine) as session:
            due = due_addresses(session, mail.key, self._moment())
        is_accepted, given_up = False, dict[str, str]()
        for group in recipient_groups(due, self.smtp_url, one_by_one=mail.attempts >= SHARED_ATTEMPTS):
            open_to = [one for one in group if self.run.obstacle(one, self.smtp_url) is None]
            at = self._moment()
            with Session(self.engine) as session, session.begin():
                claimed = claim(session, mail.key, at, open_to) if open_to else []
                if not claimed:  # by another delivery, or the mail was withdrawn meanwhile
                    continue
                found = session.get_one(OutboxMail, mail.key)
                envelope = Envelope(mail.key, found.content, self.settings, self.smtp_url, found.summary)
            outcomes = self.run.deliver(envelope, claimed)
            is_accepted |= (is_taken := any(outcome.state == "accepted" for outcome in outcomes.values()))
            if is_taken and self.smtp_url and channel_name(claimed[0], self.smtp_url) == MAIL:
                remember_mail_server(self.settings, self.smtp_url)
            given_up |= self._recorded(mail, outcomes, at)
        is_lost = len(given_up) == len(due)
        return is_accepted, [f"{mail.key} to {one}, given up: {reason}" for one, reason in given_up.items() if is_lost]

    def _moment(self) -> datetime:
        """The current time in whole minutes since the start: a pass with many time-outs outlasts its first claims."""
        return self.at + timedelta(minutes=(time.monotonic() - self.started) // 60)

    def _recorded(self, mail: OutboxMail, outcomes: Mapping[str, Outcome], at: datetime) -> dict[str, str]:
        """Record the outcomes of an attempt; returns the recipients that were given up, with the reason.

        A lost connection is tried once more: a mail that was accepted and not recorded would be sent again.
        """
        try:
            return self._record(mail, outcomes, at)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            log.warning("%s: the store lost its connection, recording again", mail.key)
            return self._record(mail, outcomes, at)

    def _record(self, mail: OutboxMail, outcomes: Mapping[str, Outcome], at: datetime) -> dict[str, str]:
        with Session(self.engine) as session, session.begin():
            given_up = record(session, mail.key, outcomes, at)
            for address, reason in given_up.items():
                log.warning("%s to %s is given up: %s", mail.key, address, reason)
            if given_up:
                post_given_up(session, Catalog(self.settings), mail, given_up)
        return given_up


def _within_hours(settings: Settings, mails: list[OutboxMail], at: datetime) -> list[OutboxMail]:
    """Mails that may be sent now; the others are held until their team's hours begin, if the hours can be read."""
    if all(mail.not_before is None for mail in mails):
        return mails
    try:
        opens = {team.team: team.not_before(at) for team in Catalog(settings).teams}
    except DeclarationError as error:
        log.error("the teams' hours cannot be read, their mails are sent now: %s", error)
        return mails
    due = []
    for mail in mails:
        begin = opens.get(mail.team)
        if mail.not_before is None or begin is None or begin <= at:
            due.append(mail)
        else:
            mail.not_before = begin
    return due
