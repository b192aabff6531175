"""Alarms: notices of a failed task that need no store. Each is a file until the outbox takes it over."""

from __future__ import annotations

import email
import email.policy
import logging
from datetime import date
from email.message import EmailMessage

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.settings import Settings
from shopwatch.notify.channels import smtp
from shopwatch.store.outbox import post

log = logging.getLogger("shopwatch.alarm")


def raise_alarm(settings: Settings, key: str, message: EmailMessage, url: str | None) -> bool:
    """Write the notice to ``alarms/<key>.eml`` and send it directly, once per key.

    Returns whether the mail server accepted it for every recipient. A notice that was not accepted remains a file, and
    the next delivery posts it. ``url``: the mail server; None only writes the file. On a full or read-only disk the
    notice is sent without a file, and may be sent again.
    """
    path = settings.alarms / f"{key.replace('/', '-')}.eml"
    sent = path.with_suffix(".sent")
    if sent.exists():
        return True
    content = message.as_bytes(policy=email.policy.SMTP)
    try:
        private_folder(settings.alarms)
        write_whole(path, content)
    except OSError as error:
        log.error("%s cannot be written: %s", path, error)
    log.error("%s", message["Subject"])
    if not url:
        return False
    recipients = [address.addr_spec for address in message["To"].addresses]
    try:
        refused = smtp.send(content, recipients, url)
    except Exception as error:  # the file remains, whatever the server answers
        log.warning("alarm %s not sent yet: %s: %s", key, type(error).__name__, error)
        return False
    if refused:
        log.warning("alarm %s not sent yet: %s", key, refused)
        return False
    if path.exists():
        path.replace(sent)
    return True


def post_alarms(engine: Engine, settings: Settings) -> int:
    """Move unsent alarms into the outbox, once each; returns their number."""
    paths = sorted(settings.alarms.glob("*.eml"))
    for path in paths:
        content = path.read_bytes()
        message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
        team, night = str(message["X-Shopwatch-Team"]), date.fromisoformat(str(message["X-Shopwatch-Night"]))
        with Session(engine) as session, session.begin():
            post(session, path.stem, team, night, content)
        path.unlink()
    return len(paths)
