"""The SMTP channel: sends a mail to some of its recipients; a password for a foreign host requires TLS."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from shopwatch.core.errors import ShopwatchError
from shopwatch.notify.channel import ChannelDownError, Envelope, UncertainDeliveryError
from shopwatch.store.outbox import ACCEPTED, Outcome

ADDRESS = re.compile(r"[^\s@<>(),:;\"\\]+@[^\s@<>(),:;\"\\]+|.+ <[^\s@<>,;]+@[^\s@<>,;]+>")
"""An address, with or without a name before it; a server judges the rest."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
DEADLINE_SECONDS = 60.0
"""Seconds for the whole exchange, from the connection to the server's answer to the mail."""
ACCEPTING, TEMPORARY, PERMANENT = 2, 4, 5
"""Classes of SMTP reply codes: their first digit (RFC 5321, 4.2.1)."""
TOO_BIG = 552
"""Reply to MAIL about the announced size (RFC 1870, 6.1): it concerns this mail, not the server."""


class SmtpUrlError(ShopwatchError, ChannelDownError, ValueError):
    """An invalid SMTP URL; the message never contains the password."""


class DeadlineError(TimeoutError):
    """The server did not finish within the deadline."""


@dataclass(frozen=True)
class Refusal:
    """The server's reply to one recipient that it did not accept."""

    code: int
    message: str

    @property
    def is_permanent(self) -> bool:
        return self.code // 100 == PERMANENT

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


NO_ADDRESS = Refusal(553, "not an e-mail address, correct it in routes.yaml")
"""Refusal of a recipient that a server may take for a mailbox of its own, or that breaks the session for others."""
NO_UNICODE = Refusal(553, "the server does not support addresses outside ASCII (SMTPUTF8)")
"""Refusal of an address that the server cannot be given (RFC 6531, 3.5); it concerns no other recipient."""


def deliver(envelope: Envelope, recipients: Sequence[str]) -> dict[str, Outcome]:
    """Send the mail through the configured server. Raises like `send`."""
    refused = send(envelope.content, recipients, envelope.smtp_url or "")
    return {
        address: Outcome("refused" if refused[address].is_permanent else "waiting", str(refused[address]))
        if address in refused
        else ACCEPTED
        for address in recipients
    }


def send(
    content: bytes, recipients: Sequence[str], url: str, deadline_seconds: float = DEADLINE_SECONDS
) -> dict[str, Refusal]:
    """Send the mail to the recipients through ``smtp://[user:password@]host[:port]`` or ``smtps://``.

    Returns the recipients that the server refused; it accepted the mail for all others, whatever it answers to QUIT.
    ``smtp`` uses STARTTLS if the server offers it, and never sends a password to a foreign host without it.

    Raises SmtpUrlError or ChannelDownError if the server takes no mail, OSError (DeadlineError after
    ``deadline_seconds``) or smtplib.SMTPException if it did not take this one, and UncertainDeliveryError if this one
    may have reached somebody.
    """
    parts, host, port = _split(url)
    message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.SMTP)
    with _session(parts.scheme, host, port, deadline_seconds) as server:
        if parts.username:
            if not isinstance(server, smtplib.SMTP_SSL) and not _is_encrypted(server) and host not in LOOPBACK:
                raise SmtpUrlError(f"{host} offers no STARTTLS: use smtps:// rather than send the password")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return _send(server, message, recipients)


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    """Split the URL. Raises SmtpUrlError if it has no host: a `/` or `#` in a password must be quoted."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # its message quotes a part that may belong to the password
        parts, host, port = None, None, None
    if parts is None or parts.scheme not in ("smtp", "smtps") or not host:
        raise SmtpUrlError(
            "SMTP_URL must read smtp://user:password@host:port or smtps://..., user and password percent-encoded"
        )
    return parts, host, port


def _send(server: _WatchedSMTP, message: EmailMessage, recipients: Sequence[str]) -> dict[str, Refusal]:
    is_8bit = server.has_extn("8bitmime")
    content = message.as_bytes(policy=email.policy.SMTP.clone(cte_type="8bit" if is_8bit else "7bit"))
    sender = message["From"].addresses[0].addr_spec
    code, reply = server.mail(sender, _mail_options(server, (sender, *recipients), len(content), is_8bit))
    if code == TOO_BIG:
        return dict.fromkeys(recipients, _refusal(code, reply))
    if code // 100 != ACCEPTING:
        raise smtplib.SMTPSenderRefused(code, reply, sender)
    server.has_begun = True
    is_unicode = server.has_extn("smtputf8")
    refused = {one: NO_UNICODE for one in recipients if not (is_unicode or one.isascii())}
    refused |= {one: NO_ADDRESS for one in recipients if not ADDRESS.fullmatch(one)}
    for recipient in (one for one in recipients if one not in refused):
        code, reply = server.rcpt(recipient)
        if code // 100 != ACCEPTING:
            refused[recipient] = _refusal(code, reply)
    if len(refused) == len(recipients):
        return refused
    code, reply = server.docmd("DATA")
    is_sent = code == 354
    if is_sent:
        code, reply = _send_content(server, content)
    if not is_sent or code // 100 != ACCEPTING:
        refused = dict.fromkeys(recipients, _refusal(code, reply)) | refused
    return refused


def _send_content(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """Send the mail itself; returns the reply. Raises UncertainDeliveryError if there is none that SMTP knows."""
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        server.send(re.sub(rb"(?m)^\.", b"..", content) + end)
        code, reply = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise UncertainDeliveryError(f"{type(error).__name__}: {error}") from error
    if code // 100 not in (ACCEPTING, TEMPORARY, PERMANENT):
        raise UncertainDeliveryError(f"the reply to the mail is none of SMTP: {_refusal(code, reply)}")
    return code, reply


def _mail_options(server: smtplib.SMTP, addresses: Sequence[str], size: int, is_8bit: bool) -> list[str]:
    options = [f"size={size}"] if server.has_extn("size") else []
    if is_8bit:
        options.append("BODY=8BITMIME")
    if not server.has_extn("smtputf8"):
        if not addresses[0].isascii():
            raise smtplib.SMTPNotSupportedError(f"sender: {NO_UNICODE.message}")
    elif not all(address.isascii() for address in addresses):
        options.append("SMTPUTF8")
        server.command_encoding = "utf-8"
    return options


def _refusal(code: int, reply: bytes) -> Refusal:
    return Refusal(code, " ".join(reply.decode("utf-8", "replace").split())[:300])


class _WatchedSMTP(smtplib.SMTP):
    """An SMTP client whose connection another thread can shut down, even during the TLS handshake."""

    watched: socket.socket | None = None
    has_begun = False
    """The server accepted the sender of a mail: what fails from here on concerns that mail and its recipients."""

    def _get_socket(self, *args: Any) -> socket.socket:
        connection: socket.socket = super()._get_socket(*args)  # type: ignore[misc]
        self.watched = connection.dup()  # TLS takes the original over
        return connection


class _WatchedSMTPS(smtplib.SMTP_SSL, _WatchedSMTP):
    """`_WatchedSMTP`, encrypted from the start."""


@contextmanager
def _session(scheme: str, host: str, port: int | None, seconds: float) -> Iterator[_WatchedSMTP]:
    """A connection that ends at the deadline; socket time-outs alone do not stop a server that sends byte by byte."""
    ends = time.monotonic() + seconds
    server = (
        _WatchedSMTPS(timeout=seconds, context=ssl.create_default_context())
        if scheme == "smtps"
        else _WatchedSMTP(timeout=seconds)
    )
    timer = threading.Timer(seconds, _shut_down, [server])
    timer.daemon = True
    timer.start()
    try:
        server._host = host  # type: ignore[attr-defined]  # the name that the certificate must carry
        code, reply = server.connect(host, port or (465 if scheme == "smtps" else 587))
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)
        server.ehlo_or_helo_if_needed()
        if scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
        yield server
        with suppress(smtplib.SMTPException, OSError):  # accepted is accepted, whatever QUIT brings
            server.quit()
    except UncertainDeliveryError as error:
        if time.monotonic() < ends:
            raise
        raise UncertainDeliveryError(f"{host} did not confirm the mail within {seconds:g} seconds") from error
    except SmtpUrlError:
        raise
    except (smtplib.SMTPException, OSError) as error:
        is_late = time.monotonic() >= ends
        fault = DeadlineError(f"{host} did not finish within {seconds:g} seconds") if is_late else error
        if server.has_begun:
            raise fault from (error if is_late else None)
        where = "SMTP_URL or Airflow's connection smtp_default names the mail server"
        raise ChannelDownError(f"{type(fault).__name__}: {fault} (host {host}; {where})") from error
    finally:
        timer.cancel()
        server.close()
        if server.watched is not None:
            server.watched.close()


def _shut_down(server: _WatchedSMTP) -> None:
    if server.watched is not None:
        with suppress(OSError):
            server.watched.shutdown(socket.SHUT_RDWR)


def _is_encrypted(server: smtplib.SMTP) -> bool:
    return isinstance(server.sock, ssl.SSLSocket)
