"""The transactional outbox: what is told is written with its mail in one transaction, then delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.alerts import Letter, last_night, now, open_store
from shopwatch.notify import file, smtp
from shopwatch.notify.digest import Talk, mark_told, talks
from shopwatch.notify.mail import render
from shopwatch.settings import Settings
from shopwatch.warehouse import read_shop_warehouse

log = logging.getLogger("shopwatch.tell")


@dataclass(frozen=True)
class Delivered:
    """How many mails went out to a team, and where to."""

    team: str
    mails: int
    subjects: tuple[str, ...]


class UndeliveredError(RuntimeError):
    """Some mails could not be sent; they stay in the outbox and are tried again."""


def tell(settings: Settings, team: str, night: date, smtp_url: str | None = None) -> Delivered:
    """Write the team's digest of the night, if there is news and none was written, then deliver what waits.

    ``smtp_url`` (an Airflow connection's) stands in where the settings have none; with neither, mails
    are files. Raises UndeliveredError after all were tried.
    """
    with open_store(settings) as engine:
        subjects = []
        with read_shop_warehouse(settings) as con, Session(engine) as session, session.begin():
            if last_night(session) == night:
                for talk in talks(session, con, settings, night):
                    if talk.digest.team == team and talk.digest.is_news:
                        subjects += _write(session, settings, talk)
    mails = deliver_waiting(settings, team, smtp_url)
    log.info("%s: %d mails %s", team, mails, subjects)
    return Delivered(team, mails, tuple(subjects))


def _write(session: Session, settings: Settings, talk: Talk) -> list[str]:
    digest = talk.digest
    key = f"{digest.night.isoformat()}-{digest.team}"
    if session.get(Letter, key) is not None:
        return []
    message = render(digest, settings.include, settings.mail_from)
    post(session, key, digest.team, digest.night, message.as_bytes())
    mark_told(session, digest.team, talk.topics, digest.night)
    return [str(message["Subject"])]


def post(session: Session, key: str, team: str, night: date, content: bytes) -> None:
    """Put a mail into the outbox, once a key."""
    if session.get(Letter, key) is None:
        session.add(Letter(key=key, team=team, night=night, content=content, created_at=now()))


def waiting_teams(settings: Settings) -> list[str]:
    """The teams for which mails wait."""
    with open_store(settings) as engine, Session(engine) as session:
        waiting = select(Letter.team).where(Letter.sent_at.is_(None)).distinct().order_by(Letter.team)
        return list(session.scalars(waiting))


def deliver_waiting(settings: Settings, team: str, smtp_url: str | None = None) -> int:
    """Deliver what waits for the team; returns how many mails went out. Raises UndeliveredError."""
    with open_store(settings) as engine, Session(engine) as session:
        return _deliver(session, settings, team, smtp_url)


def _deliver(session: Session, settings: Settings, team: str, smtp_url: str | None) -> int:
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else smtp_url
    sent, failures = 0, []
    waiting = select(Letter).where(Letter.team == team, Letter.sent_at.is_(None)).order_by(Letter.night, Letter.key)
    for letter in session.scalars(waiting).all():
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
