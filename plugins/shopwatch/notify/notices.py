"""Short mails other than digests: failures, overdue nights, heartbeats."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.core.durable import private_folder
from shopwatch.core.errors import ShopwatchError
from shopwatch.core.i18n import words
from shopwatch.core.settings import Settings
from shopwatch.notify.alarm import raise_alarm
from shopwatch.notify.data_teams import data_teams
from shopwatch.notify.mail import POLICY
from shopwatch.store.outbox import free_key, post
from shopwatch.store.tables import OutboxMail, last_night, open_store, short_hash

log = logging.getLogger("shopwatch.notify")

MAIL_TIME = timezone(timedelta(hours=8))
GIVEN_UP = "given-up-"
SILENT = "-silent-"
FAILED = "-failed-"


def post_failure(
    settings: Settings, task: str, run: str, error: str, night: date, smtp_url: str | None = None
) -> list[str]:
    """Notify the data teams of a failed task, once per run and task; returns the teams.

    Their hours are ignored: a failure that stops notifications cannot wait for the morning. If the store cannot be
    written, the notice is an alarm: sent directly, and repeated by the next delivery if that fails. ``smtp_url`` is
    used if the settings have none.
    """
    key, values = f"{night}{FAILED}{short_hash(run, task)}", {"task": task, "run": run, "error": error}
    return _post_notice(settings, key, "failure", values, night, smtp_url)


def is_failing(settings: Settings, task: str) -> bool:
    """True if a task's failure was notified, and it has not succeeded since."""
    return _failing(settings, task).exists()


def mark_failing(settings: Settings, task: str) -> None:
    """Note that a task's failure was notified."""
    private_folder(settings.alarms)
    _failing(settings, task).touch()


def mark_working(settings: Settings, task: str) -> None:
    """Note that a task succeeded."""
    _failing(settings, task).unlink(missing_ok=True)


def _failing(settings: Settings, task: str) -> Path:
    return settings.alarms / f"{task}.failing"


def post_overdue(settings: Settings, run: str, link: str, night: date, smtp_url: str | None = None) -> list[str]:
    """Notify the data teams that a night has not ended in time, once per run; returns the teams.

    Delivered like ``post_failure``.
    """
    key, values = f"{night}-overdue-{short_hash(run)}", {"run": run, "link": link}
    return _post_notice(settings, key, "overdue", values, night, smtp_url)


def _post_notice(
    settings: Settings, key: str, text: str, values: Mapping[str, str], night: date, smtp_url: str | None
) -> list[str]:
    """Post ``<text>_subject`` and ``<text>_text`` to the data teams, as an alarm if the store is down."""
    notices: list[tuple[Team, str, EmailMessage]] = []
    for team in data_teams(Catalog(settings)):
        subject, content = _notice_texts(settings, team, text, {"night": night, **values})
        own_key = f"{key}-{team.team}"
        notices.append((team, own_key, notice(settings, team, own_key, subject, content, night)))
    try:
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            for team, own_key, message in notices:
                _post_to(session, team, own_key, night, message)
    except (SQLAlchemyError, OSError) as failure:
        log.error("the store cannot be written (%s): %s is notified directly", type(failure).__name__, key)
        url = settings.smtp_url.get_secret_value() if settings.smtp_url else smtp_url
        for team, own_key, message in notices:
            raise_alarm(settings, own_key, message, team.recipients, url)
    return [team.team for team, _, _ in notices]


def _notice_texts(settings: Settings, team: Team, text: str, values: Mapping[str, object]) -> tuple[str, str]:
    """Subject and text in the team's language; the bare facts if the texts cannot be read."""
    try:
        say = words(settings.include, team.language)
        return say(f"{text}_subject", **values), say(f"{text}_text", **values)
    except (ShopwatchError, OSError) as error:
        facts = {**values, "texts": error}
        return f"shopwatch {text} {values['night']}", "\n".join(f"{name}: {value}" for name, value in facts.items())


def post_heartbeat(
    session: Session, settings: Settings, team: Team, line: str, night: date, not_before: datetime | None
) -> str:
    """Post the heartbeat of a morning without news to the outbox; returns its subject."""
    say = words(settings.include, team.language)
    key, _ = free_key(session, f"{night}-{team.team}-heartbeat")  # a revoked night may have sent the first one
    message = notice(settings, team, key, say("heartbeat_subject", team=team.team), line, night)
    _post_to(session, team, key, night, message, not_before)
    return str(message["Subject"])


def post_silent_night(session: Session, catalog: Catalog, night: date, newest: date) -> None:
    """Notify the data teams that a scheduled night notifies nobody, once per night and cause."""
    _post_about_nights(session, catalog, "silent", night, newest)


def post_older_store(catalog: Catalog, missing: date) -> None:
    """Notify the data teams that the store is from a backup before the night ``missing``, once per state of it."""
    with open_store(catalog.settings) as engine, Session(engine) as session, session.begin():
        newest = last_night(session) or missing - timedelta(days=1)
        _post_about_nights(session, catalog, "older", missing, newest)


def post_clock_notice(session: Session, catalog: Catalog, night: date, newest: date) -> None:
    """Notify the data teams, once per night, that a night was judged that is not over by the clock."""
    _post_about_nights(session, catalog, "clock", night, newest)


def _post_about_nights(session: Session, catalog: Catalog, text: str, night: date, newest: date) -> None:
    for team in data_teams(catalog):
        key = f"{night}-{text}-{newest}-{team.team}"
        subject, content = _notice_texts(catalog.settings, team, text, {"night": night, "newest": newest})
        message = notice(catalog.settings, team, key, subject, content, night)
        _post_to(session, team, key, night, message)


def post_given_up(session: Session, catalog: Catalog, mail: OutboxMail, given_up: Mapping[str, str]) -> None:
    """Notify the data teams of recipients that will not receive a mail, and the reasons, once per mail and recipients.

    The loss of such a notice triggers no other notice.
    """
    if mail.key.startswith(GIVEN_UP):
        return
    recipients = "\n".join(f"{address}: {reason}" for address, reason in given_up.items())
    values = {"team": mail.team, "night": mail.night, "key": mail.key, "recipients": recipients}
    for team in data_teams(catalog):
        subject, text = _notice_texts(catalog.settings, team, "given_up", values)
        key = f"{GIVEN_UP}{short_hash(mail.key, *given_up)}-{team.team}"
        message = notice(catalog.settings, team, key, subject, text, mail.night)
        _post_to(session, team, key, mail.night, message)


def _post_to(
    session: Session, team: Team, key: str, night: date, message: EmailMessage, not_before: datetime | None = None
) -> None:
    mail = OutboxMail(key=key, team=team.team, night=night, content=message.as_bytes(), not_before=not_before)
    post(session, mail, team.recipients)


def notice(settings: Settings, team: Team, key: str, subject: str, text: str, day: date) -> EmailMessage:
    """A mail in plain text to the team, dated the morning after the day; the same values give the same bytes."""
    message = EmailMessage(policy=POLICY)
    message["Subject"] = subject
    message["From"] = settings.mail_from
    if team.to:
        message["To"] = ", ".join(team.to)
    message["Date"] = format_datetime(datetime.combine(day + timedelta(days=1), time(8), MAIL_TIME))
    message["Message-ID"] = f"<shopwatch-{short_hash(key)}@shopwatch>"
    message["Content-Language"] = team.language
    message["X-Shopwatch-Night"] = day.isoformat()
    message["X-Shopwatch-Team"] = team.team
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
