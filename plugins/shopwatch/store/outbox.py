"""The outbox: mails and the delivery state of each recipient. Each attempt is recorded before the mail is sent."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import count
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from shopwatch.store.tables import OutboxMail, Recipient, now

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=4)
MOST_DOUBLINGS = 6
"""Five minutes, doubled six times, exceed LONGEST_RETRY."""
LONGEST_HOLD = timedelta(days=21)
"""Upper bound on the gap between a team's notification hours, holidays included."""
EXPIRES_AFTER = timedelta(days=3)
MOST_UNCERTAIN = 3
"""Limit on attempts without an answer, each of which may have been a delivery."""

State = Literal["waiting", "accepted", "refused", "expired", "uncertain", "withdrawn"]


@dataclass(frozen=True)
class Outcome:
    """Result of one delivery attempt to one recipient; ``reason`` is empty if the mail was accepted."""

    state: State
    reason: str = ""
    is_uncertain: bool = False


ACCEPTED = Outcome("accepted")


def post(session: Session, mail: OutboxMail, recipients: Iterable[str] = ()) -> None:
    """Add a mail to the outbox, once per key. Delivery starts at its ``not_before`` (UTC), by default at once.

    ``recipients``: addresses of any channel; default: the mail's own. Raises ValueError if there are none: such a mail
    would wait for ever.
    """
    if session.get(OutboxMail, mail.key) is not None:
        return
    addresses = {*recipients} or _mailed(mail.content)
    if not addresses:
        raise ValueError(f"the mail {mail.key} of {mail.team} has no recipient")
    mail.created_at = now()
    session.add(mail)
    session.add_all(Recipient(mail_key=mail.key, address=each) for each in sorted(addresses))


def _mailed(content: bytes) -> set[str]:
    """Addresses to which a mail is addressed."""
    message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
    return {address.addr_spec for address in message["To"].addresses} if message["To"] else set()


def due_mails(session: Session, at: datetime, team: str | None = None) -> list[OutboxMail]:
    """Mails with at least one attempt due, without their content; fewest attempts first, then the oldest night.

    ``team``: of this team only. New mails come first: one that always fails does not delay them.
    """
    is_due = exists().where(Recipient.mail_key == OutboxMail.key, _is_due(at))
    in_order = (OutboxMail.attempts, OutboxMail.night, OutboxMail.key)
    statement = select(OutboxMail).where(is_open(at), is_due).order_by(*in_order)
    return list(session.scalars(statement.where(OutboxMail.team == team) if team else statement))


def due_addresses(session: Session, key: str, at: datetime) -> list[str]:
    """Addresses with an attempt due.

    Each attempt begins with another one: an address at which the server always fails does not keep the others waiting.
    """
    statement = select(Recipient.address, Recipient.attempts).where(Recipient.mail_key == key, _is_due(at))
    rows = session.execute(statement.order_by(Recipient.address)).all()
    addresses = [address for address, _ in rows]
    first = max((attempts for _, attempts in rows), default=0) % max(len(rows), 1)
    return [*addresses[first:], *addresses[:first]]


def is_open(at: datetime) -> ColumnElement[bool]:
    """Condition: the mail is unsettled, and ``not_before`` is unset, past, or too far ahead (set by a fast clock)."""
    has_begun = or_(
        OutboxMail.not_before.is_(None), OutboxMail.not_before <= at, OutboxMail.not_before > at + LONGEST_HOLD
    )
    return and_(OutboxMail.sent_at.is_(None), has_begun)


def _is_due(at: datetime) -> ColumnElement[bool]:
    is_ahead = Recipient.retry_at > at + LONGEST_RETRY  # set by a fast clock
    return and_(Recipient.state == "waiting", or_(Recipient.retry_at.is_(None), Recipient.retry_at <= at, is_ahead))


def claim(session: Session, key: str, at: datetime, addresses: Collection[str] | None = None) -> list[str]:
    """Record an attempt for each due recipient, or for those among ``addresses``, and return their addresses.

    Commit before the mail is sent. The claim acts as a lock: until ``retry_at`` no other process, on any machine, finds
    these recipients due.
    """
    claimed, most = [], 0
    statement = select(Recipient).where(Recipient.mail_key == key, _is_due(at)).order_by(Recipient.address)
    for found in session.scalars(statement).all():
        if addresses is not None and found.address not in addresses:
            continue
        retry_at = at + min(FIRST_RETRY * 2 ** min(found.attempts, MOST_DOUBLINGS), LONGEST_RETRY)
        unchanged = and_(
            Recipient.mail_key == key, Recipient.address == found.address, Recipient.attempts == found.attempts
        )
        values = {
            "attempts": found.attempts + 1,
            "retry_at": retry_at,
            "first_tried_at": min(found.first_tried_at or at, at),  # a fast clock may have set it
            "last_error": None,  # until the outcome is recorded
        }
        address, attempts = found.address, found.attempts + 1
        session.expunge(found)
        if session.execute(update(Recipient).where(unchanged).values(**values)).rowcount:  # type: ignore[attr-defined]
            claimed.append(address)
            most = max(most, attempts)
    if claimed:
        fewer = and_(OutboxMail.key == key, OutboxMail.attempts < most)
        session.execute(update(OutboxMail).where(fewer).values(attempts=most))
    return claimed


def record(session: Session, key: str, outcomes: Mapping[str, Outcome], at: datetime) -> dict[str, str]:
    """Record the outcomes of an attempt; returns address -> reason for each recipient given up."""
    given_up: dict[str, str] = {}
    for address, outcome in outcomes.items():
        found = session.get_one(Recipient, (key, address))
        found.uncertain += outcome.is_uncertain
        state = _final_state(found, outcome, at)
        found.state, found.last_error = state, outcome.reason[:500] or None
        if state != "waiting":
            found.settled_at = at
        if state not in ("waiting", "accepted", "withdrawn"):
            given_up[address] = f"{state}: {outcome.reason}"
    session.flush()
    mail = session.get_one(OutboxMail, key)
    states = session.execute(
        select(Recipient.state, Recipient.last_error).where(Recipient.mail_key == key).order_by(Recipient.address)
    ).all()
    mail.last_error = next((error for _, error in states if error), None)
    if all(state != "waiting" for state, _ in states):
        mail.sent_at = at
    return given_up


def _final_state(found: Recipient, outcome: Outcome, at: datetime) -> State:
    if outcome.state != "waiting":
        return outcome.state
    if found.state == "withdrawn":
        return "withdrawn"
    if found.uncertain >= MOST_UNCERTAIN:
        return "uncertain"
    if found.first_tried_at is not None and at >= found.first_tried_at + EXPIRES_AFTER:
        return "expired"
    return "waiting"


def withdraw(session: Session, mail: OutboxMail, at: datetime) -> None:
    """Cancel a mail. Without an attempt it is deleted; otherwise it is settled and waiting recipients are withdrawn."""
    recipients = session.scalars(select(Recipient).where(Recipient.mail_key == mail.key)).all()
    if mail.attempts == 0:
        for recipient in recipients:
            session.delete(recipient)
        session.delete(mail)
        return
    mail.sent_at = at
    for recipient in recipients:
        if recipient.state == "waiting":
            recipient.state, recipient.settled_at = "withdrawn", at


def free_key(session: Session, first: str) -> tuple[str, int]:
    """First unused key among ``first``, ``first-2``, ``first-3`` and so on, and its number."""
    keys = ((first if part == 1 else f"{first}-{part}", part) for part in count(1))
    return next((key, part) for key, part in keys if session.get(OutboxMail, key) is None)


def failing(session: Session, team: str | None = None) -> list[str]:
    """One line for each recipient, of one team or of all, waiting after a failed attempt."""
    statement = (
        select(Recipient)
        .join(OutboxMail, OutboxMail.key == Recipient.mail_key)
        .where(Recipient.state == "waiting", Recipient.last_error.is_not(None))
        .order_by(OutboxMail.night, OutboxMail.key, Recipient.address)
    )
    if team:
        statement = statement.where(OutboxMail.team == team)
    return [f"{found.mail_key} to {found.address}: {found.last_error}" for found in session.scalars(statement)]


def retry_now(session: Session) -> None:
    """End the pause before the next attempt of every recipient whose last attempt failed.

    An attempt that is still running has no error yet: its recipients keep their pause, which is its lock.
    """
    failed = and_(Recipient.state == "waiting", Recipient.last_error.is_not(None))
    session.execute(update(Recipient).where(failed).values(retry_at=None))


def retry_given_up(session: Session, current: Mapping[str, Collection[str]]) -> int:
    """Set recipients that were given up back to waiting, as after a repair; returns the number of recipients to try.

    ``current``: the teams' present addresses. Those of the mail's team that did not have it are added, and given-up
    ones that the team no longer has are withdrawn, as after a corrected address. A mail of another team goes where it
    went before.
    """
    statement = (
        select(Recipient, OutboxMail)
        .join(OutboxMail, OutboxMail.key == Recipient.mail_key)
        .where(Recipient.state.in_(("refused", "expired", "uncertain")))
    )
    count = 0
    for recipient, mail in session.execute(statement).all():
        addresses = current.get(mail.team)
        if addresses is None or recipient.address in addresses:
            recipient.state, recipient.attempts, recipient.uncertain = "waiting", 0, 0
            recipient.first_tried_at = recipient.retry_at = recipient.settled_at = None
            mail.sent_at, count = None, count + 1
            continue
        recipient.state = "withdrawn"
        known = set(session.scalars(select(Recipient.address).where(Recipient.mail_key == mail.key)))
        for address in sorted({*addresses} - known):
            session.add(Recipient(mail_key=mail.key, address=address))
            mail.sent_at, count = None, count + 1
        session.flush()
    return count
