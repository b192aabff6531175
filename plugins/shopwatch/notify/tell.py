"""The transactional outbox: what is told is written with its mail in one transaction, then delivered."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from shopwatch.alerts import Letter, last_night, now, open_store
from shopwatch.notify import file, smtp
from shopwatch.notify.digest import Talk, mark_told, talks
from shopwatch.notify.mail import render
from shopwatch.rules.teams import load_teams
from shopwatch.settings import Settings
from shopwatch.warehouse import read_shop_warehouse

log = logging.getLogger("shopwatch.tell")


@dataclass(frozen=True)
class Delivered:
    """How many mails went out to a team, and where to."""

    team: str
    mails: int
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """How many mails went out, and why others that are due did not."""

    mails: int
    undelivered: tuple[str, ...]


class UndeliveredError(RuntimeError):
    """Some mails could not be sent; they stay in the outbox and are tried again."""


def tell(
    settings: Settings, team: str, night: date, smtp_url: str | None = None, at: datetime | None = None
) -> Delivered:
    """Write the team's digest of the night, if there is news and none was written, then deliver what is due.

    ``at`` is the moment, UTC, by default now. Outside the team's hours the mail is written and told and stays in
    the outbox until they begin, unless a new critical alert breaks through.

    ``smtp_url`` (an Airflow connection's) stands in where the settings have none; with neither, mails
    are files. Raises UndeliveredError after all were tried.
    """
    at, subjects = at or now(), []
    with (
        open_store(settings) as engine,
        read_shop_warehouse(settings) as con,
        Session(engine) as session,
        session.begin(),
    ):
        if last_night(session) == night:
            for talk in talks(session, con, settings, night):
                if talk.digest.team == team and talk.digest.is_news:
                    subjects += _write(session, settings, talk, at)
    mails = deliver_waiting(settings, team, smtp_url, at)
    log.info("%s: %d mails %s", team, mails, subjects)
    return Delivered(team, mails, tuple(subjects))


def _write(session: Session, settings: Settings, talk: Talk, at: datetime) -> list[str]:
    digest = talk.digest
    key = f"{digest.night.isoformat()}-{digest.team}"
    if session.get(Letter, key) is not None:
        return []
    message = render(digest, settings.include, settings.mail_from)
    breaks_through = talk.team.critical == "any_day" and digest.urgent
    due = None if breaks_through else talk.team.not_before(at)
    post(session, key, digest.team, digest.night, message.as_bytes(), due)
    mark_told(session, digest.team, talk.topics, digest.night)
    return [str(message["Subject"])]


def post(
    session: Session, key: str, team: str, night: date, content: bytes, not_before: datetime | None = None
) -> None:
    """Put a mail into the outbox, once a key; it may go out from ``not_before`` on, UTC, by default at any time."""
    if session.get(Letter, key) is None:
        session.add(Letter(key=key, team=team, night=night, content=content, created_at=now(), not_before=not_before))


def deliver_due(settings: Settings, smtp_url: str | None = None, at: datetime | None = None) -> Sent:
    """Deliver what is due, to every team. One team's mails that cannot be sent keep no other's."""
    at, mails, undelivered = at or now(), 0, []
    with open_store(settings) as engine, Session(engine) as session:
        teams = session.scalars(select(Letter.team).where(_is_due(at)).distinct().order_by(Letter.team)).all()
    for team in teams:
        try:
            mails += deliver_waiting(settings, team, smtp_url, at)
        except UndeliveredError as error:
            undelivered.append(f"{team}: {error}")
            log.warning("not delivered to %s, tried again the next time: %s", team, error)
    return Sent(mails, tuple(undelivered))


def deliver_waiting(settings: Settings, team: str, smtp_url: str | None = None, at: datetime | None = None) -> int:
    """Deliver what is due for the team; returns how many mails went out. Raises UndeliveredError."""
    with _alone(settings), open_store(settings) as engine, Session(engine) as session:
        return _deliver(session, settings, _due(session, settings, team, at or now()), smtp_url)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One delivery at a time: two that find the same mail waiting would both send it. Ends with its process."""
    settings.home.mkdir(parents=True, exist_ok=True)
    home = os.open(settings.home, os.O_RDONLY)
    try:
        fcntl.flock(home, fcntl.LOCK_EX)
        yield
    finally:
        os.close(home)


def _is_due(at: datetime) -> ColumnElement[bool]:
    return and_(Letter.sent_at.is_(None), or_(Letter.not_before.is_(None), Letter.not_before <= at))


def _due(session: Session, settings: Settings, team: str, at: datetime) -> list[Letter]:
    """What may go out now. What could not be sent while the hours lasted waits until they begin again."""
    due = session.scalars(
        select(Letter).where(Letter.team == team, _is_due(at)).order_by(Letter.night, Letter.key)
    ).all()
    if all(letter.not_before is None for letter in due):
        return list(due)
    opens = next((one.not_before(at) for one in load_teams(settings.include) if one.team == team), None) or at
    held = [letter for letter in due if letter.not_before is not None and opens > at]
    for letter in held:
        letter.not_before = opens
    session.commit()
    return [letter for letter in due if letter not in held]


def _deliver(session: Session, settings: Settings, due: list[Letter], smtp_url: str | None) -> int:
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else smtp_url
    sent, failures = 0, []
    for letter in due:
        letter.attempts += 1
        try:
            if url:
                smtp.deliver(letter.content, url)
            else:
                file.deliver(letter.content, settings.outbox, letter.key)
        except Exception as error:  # whatever the server or the disk says: the mail stays and is tried again
            letter.last_error = f"{type(error).__name__}: {error}"[:500]
            failures.append(f"{letter.key}: {letter.last_error}")
        else:
            letter.sent_at, letter.last_error = now(), None
            sent += 1
        session.commit()
    if failures:
        raise UndeliveredError("; ".join(failures))
    return sent
