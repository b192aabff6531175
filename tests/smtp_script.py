"""A mail server on the loopback that misbehaves at one step: it refuses, closes, hangs, drips or answers nonsense."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CLOSE, HANG, DRIP, RESET = "close", "hang", "drip", "reset"


@dataclass
class ScriptedServer:
    """``replies``: step (greeting, ehlo, mail, rcpt, rcpt <address>, data, content, quit) -> reply, or CLOSE, HANG,
    DRIP or RESET. ``accepted``: the recipients of each mail that it took over."""

    replies: dict[str, str] = field(default_factory=dict)
    accepted: list[list[str]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        while not self.stopping.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError, _EndOfSessionError):
            self._reply(connection, "greeting", "220 ready")
            recipients: list[str] = []
            for line in lines:
                words = line.decode("utf-8", "replace").strip()
                verb = words.upper()
                if verb.startswith(("EHLO", "HELO")):
                    self._reply(connection, "ehlo", "250-here\r\n250 8BITMIME")
                elif verb.startswith("MAIL"):
                    recipients = []
                    self._reply(connection, "mail", "250 ok")
                elif verb.startswith("RCPT"):
                    address = words.partition("<")[2].rstrip(">")
                    reply = self.replies.get(f"rcpt {address}") or self.replies.get("rcpt", "250 ok")
                    if reply.startswith("25"):
                        recipients.append(address)
                    self._reply(connection, f"rcpt {address}", reply)
                elif verb.startswith("DATA"):
                    if self._reply(connection, "data", "354 go on").startswith("354"):
                        self._take(connection, lines, recipients)
                elif verb.startswith("QUIT"):
                    self._reply(connection, "quit", "221 bye")
                    return
                else:
                    self._reply(connection, "other", "250 ok")

    def _take(self, connection: socket.socket, lines: Iterator[bytes], recipients: list[str]) -> None:
        content = b""
        for line in lines:
            if line == b".\r\n":
                break
            content += line[1:] if line.startswith(b".") else line
        reply = self.replies.get("content", "250 queued")
        if reply.startswith("25") or self.replies.get("keeps"):
            self.accepted.append(list(recipients))
            self.contents.append(content)
        self._reply(connection, "content", reply)

    def _reply(self, connection: socket.socket, step: str, usual: str) -> str:
        reply = self.replies.get(step, usual)
        if reply == RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        if reply in (CLOSE, RESET):
            raise _EndOfSessionError
        if reply == HANG:
            self.stopping.wait()
            raise _EndOfSessionError
        if reply == DRIP:
            while not self.stopping.wait(0.02):
                connection.sendall(b"250-still busy\r\n")
            raise _EndOfSessionError
        connection.sendall(reply.encode() + b"\r\n")
        return reply


class _EndOfSessionError(Exception):
    pass


@contextmanager
def scripted(**replies: str) -> Iterator[ScriptedServer]:
    """A running server; ``replies`` may be changed while it runs."""
    server = ScriptedServer({step.replace("_", " ", 1): reply for step, reply in replies.items()})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=[listener], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            thread.join()
