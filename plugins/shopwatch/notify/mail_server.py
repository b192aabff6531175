"""The mail server in use, kept for later runs: a lost setting must not turn mails into files unnoticed."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import urlsplit

from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.settings import Settings

log = logging.getLogger("shopwatch.deliver")


def remember_mail_server(settings: Settings, url: str) -> None:
    """Keep the host of a server that accepted a mail."""
    path = _path(settings)
    if path.exists():
        return
    try:
        private_folder(path.parent)
        write_whole(path, (urlsplit(url).hostname or "").encode())
    except OSError as error:
        log.error("%s cannot be written: %s", path, error)


def lost_mail_server(settings: Settings, url: str | None) -> str | None:
    """Warning, with the remedy, that a mail server used before is no longer configured; else None."""
    path = _path(settings)
    if url or not path.exists():
        return None
    return (
        f"no mail server is set, but {path.read_text('utf-8')} delivered mails before: mails to addresses wait. "
        f"Set SMTP_URL; to write mails as files from now on, remove {path}"
    )


def _path(settings: Settings) -> Path:
    return settings.alarms / "mail_server"
