"""A real mail server on the loopback, and what the store knows of the mails."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.store.tables import OutboxMail, open_store

PASSWORD = "tea/house#9"
QUOTED = "tea%2Fhouse%239"


@dataclass
class Server:
    """What a mail server took, and what it was told of passwords."""

    host: str
    port: int = 0
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)
    refuse: str = ""

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def with_password(self, password: str = QUOTED) -> str:
        return f"smtp://watch:{password}@{self.host}:{self.port}"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((list(envelope.rcpt_tos), message))  # type: ignore[arg-type]
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.passwords.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextmanager
def serving(host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(host)
    with socket.socket() as free:
        free.bind((host, port))
        server.port = free.getsockname()[1]
    controller = Controller(
        server,
        hostname=host,
        port=server.port,
        tls_context=tls,
        authenticator=server.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def letters(home: Path) -> list[tuple[str, bool, int, str | None]]:
    """Key, whether sent, attempts and last error of each mail in the store."""
    with open_store(Settings(home=home)) as engine, Session(engine) as session:
        return [
            (letter.key, letter.sent_at is not None, letter.attempts, letter.last_error)
            for letter in session.query(OutboxMail).order_by(OutboxMail.key)
        ]
