"""Alarms: notices of a failed task that need no store. Each is a file until the outbox takes it over."""

from __future__ import annotations

import email
import email.policy
import logging
from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.settings import Settings
from shopwatch.notify.attempt import DeliveryRun, recipient_groups
from shopwatch.notify.channel import FILE, Envelope, channel_name
from shopwatch.store.outbox import ACCEPTED, Outcome, post
from shopwatch.store.tables import OutboxMail

log = logging.getLogger("shopwatch.alarm")

WAITING = "X-Shopwatch-Waiting"
"""Header of the file: the recipients that did not get the notice yet."""


def raise_alarm(
    settings: Settings, key: str, message: EmailMessage, recipients: Sequence[str], url: str | None
) -> bool:
    """Write the notice to ``alarms/<key>.eml`` and send it directly, once per key and recipient.

    Returns whether every recipient's channel accepted it. Otherwise it remains a file, and the next delivery posts it
    to the others. ``url``: the mail server; without one, mail addresses wait for that delivery. On a full or read-only
    disk the notice is sent without a file, and may be sent again.
    """
    path = settings.alarms / f"{key.replace('/', '-')}.eml"
    sent = path.with_suffix(".sent")
    if sent.exists():
        return True
    recipients = _waiting(path) or list(recipients)
    _write(path, message, recipients)
    log.error("%s", message["Subject"])
    envelope = Envelope(key, message.as_bytes(policy=email.policy.SMTP), settings, url)
    run, outcomes = DeliveryRun(), dict[str, Outcome]()
    for group in recipient_groups([one for one in recipients if channel_name(one, url) != FILE], url):
        if run.obstacle(group[0], url) is None:
            outcomes |= run.deliver(envelope, group)
    waiting = [one for one in recipients if outcomes.get(one) != ACCEPTED]
    if waiting:
        log.warning("alarm %s not sent yet to %s: %s", key, ", ".join(waiting), outcomes)
        if waiting != recipients:
            _write(path, message, waiting)
    elif path.exists():
        path.replace(sent)
    return not waiting


def post_alarms(engine: Engine, settings: Settings) -> int:
    """Move unsent alarms into the outbox, once each; returns their number. One that cannot be read stays a file."""
    posted = 0
    for path in sorted(settings.alarms.glob("*.eml")):
        try:
            message, recipients = _read(path)
            team, night = str(message["X-Shopwatch-Team"]), date.fromisoformat(str(message["X-Shopwatch-Night"]))
            content = message.as_bytes(policy=email.policy.SMTP)
            with Session(engine) as session, session.begin():
                post(session, OutboxMail(key=path.stem, team=team, night=night, content=content), recipients)
        except (OSError, ValueError) as error:
            log.error("the alarm %s cannot be read, open and remove it: %s", path, error)
            continue
        path.unlink()
        posted += 1
    return posted


def _write(path: Path, message: EmailMessage, waiting: Sequence[str]) -> None:
    header = f"{WAITING}: {' '.join(quote(one, safe='@:') for one in waiting)}\r\n"
    try:
        private_folder(path.parent)
        write_whole(path, header.encode() + message.as_bytes(policy=email.policy.SMTP))
    except OSError as error:
        log.error("%s cannot be written: %s", path, error)


def _waiting(path: Path) -> list[str]:
    """Recipients that wait for an earlier notice of the same key; empty if there is none to read."""
    try:
        return _read(path)[1]
    except OSError:
        return []


def _read(path: Path) -> tuple[EmailMessage, list[str]]:
    """The notice, and the recipients that wait for it."""
    message = email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)
    waiting = [unquote(one) for one in str(message[WAITING] or "").split()]
    del message[WAITING]
    return message, waiting
