"""The channel that sends: one mail over SMTP, encrypted wherever a password or a foreign host is involved."""

from __future__ import annotations

import email
import email.policy
import smtplib
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TIMEOUT_SECONDS = 30


class SmtpUrlError(ValueError):
    """An SMTP URL that cannot be used; the message never holds the password."""


def deliver(content: bytes, url: str) -> None:
    """Send the mail to its own recipients through ``smtp://[user:password@]host[:port]`` or ``smtps://``.

    ``smtp`` turns on STARTTLS where the server offers it, and refuses to give a password to a foreign
    host without. Raises SmtpUrlError, OSError or smtplib.SMTPException; a mail that some recipients
    refused counts as not sent.
    """
    parts, host, port = _split(url)
    message = email.message_from_bytes(content, policy=email.policy.SMTP)
    with _connect(parts.scheme, host, port) as server:
        if parts.username:
            if not isinstance(server, smtplib.SMTP_SSL) and not _encrypted(server) and host not in LOOPBACK:
                raise SmtpUrlError(f"{host} offers no STARTTLS: use smtps:// rather than send the password")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        refused = server.send_message(message)
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    """The URL's parts, host and port. SmtpUrlError where it has none: a `/` or `#` of a password must be quoted."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # its message quotes what may be a piece of the password
        parts, host, port = None, None, None
    if parts is None or parts.scheme not in ("smtp", "smtps") or not host:
        raise SmtpUrlError(
            "SMTP_URL must read smtp://user:password@host:port or smtps://..., user and password percent-encoded"
        )
    return parts, host, port


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_SECONDS)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    return server


def _encrypted(server: smtplib.SMTP) -> bool:
    return isinstance(server.sock, ssl.SSLSocket)
