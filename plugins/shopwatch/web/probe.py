"""Health probe for monitors that do not log in. It contains no business data of the shop."""

from __future__ import annotations

import time
from threading import Lock

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from shopwatch.core.settings import Settings
from shopwatch.ops.health import OPENMETRICS, Health, probe_metrics, read_health

KEPT_SECONDS = 10
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class _Reading:
    """The health, read at most every ten seconds, since anybody may request it at any rate."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._health: Health | None = None
        self._read_at = 0.0

    def health(self) -> Health:
        with self._lock:
            if self._health is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                self._health, self._read_at = read_health(self._settings), time.monotonic()
            return self._health


def with_probe(settings: Settings, pages: ASGIApp) -> FastAPI:
    """Add ``healthz`` and ``healthz/metrics`` to the pages; 503 while the watch is degraded."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    reading = _Reading(settings)

    @app.get("/healthz")
    def healthz() -> Response:
        health = reading.health()
        content = {"status": health.status, "age_seconds": health.age_seconds}
        return JSONResponse(content, 200 if health.status == "ok" else 503, HEADERS)

    @app.get("/healthz/metrics")
    def metrics() -> Response:
        return Response(probe_metrics(reading.health()), headers=HEADERS, media_type=OPENMETRICS)

    app.mount("", pages)
    return app
