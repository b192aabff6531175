"""A receiver of OpenLineage events over HTTP, and the graph of tables that they draw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.events: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def job(self, name: str) -> dict[str, Any]:
        """The event that ended a job well."""
        (event,) = (each for each in self.events if each["job"]["name"] == name and each["eventType"] == "COMPLETE")
        return event

    def origins(self, table: str) -> set[str]:
        """All tables and exports that a table was made of, however far back; each as namespace/name."""
        sources: dict[str, set[str]] = {}
        for event in self.events:
            for output in event.get("outputs") or ():
                sources.setdefault(_name(output), set()).update(map(_name, event.get("inputs") or ()))
        found: set[str] = set()
        waiting = [table]
        while waiting:
            new = sources.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found


class _Keep(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing: the events are what a test looks at."""


def _name(dataset: dict[str, Any]) -> str:
    return f"{dataset['namespace']}/{dataset['name']}"


@contextmanager
def lineage_receiver() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    with Receiver() as receiver:
        Thread(target=receiver.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
