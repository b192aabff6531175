"""One HTTP request to a chat service, with a deadline for the whole exchange."""

from __future__ import annotations

import io
import json
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from shopwatch.notify.channel import UncertainDeliveryError

DEADLINE_SECONDS = 10.0
"""Seconds for the whole exchange, from the name look-up to the answer."""
LARGEST_ANSWER = 64_000


@dataclass(frozen=True)
class ServiceAnswer:
    """HTTP status and body of a service's answer."""

    status: int
    text: str

    @property
    def values(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class _Body(io.BytesIO):
    """A request's body that knows whether the connection has asked for it."""

    is_begun = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.is_begun = True
        return super().read(size)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow no redirect: the page behind it answers 200 to anything."""


def as_bytes(payload: Mapping[str, Any]) -> bytes:
    """The payload as JSON in UTF-8; the services' limits count these bytes."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


def post_json(url: str, payload: Mapping[str, Any], seconds: float | None = None) -> ServiceAnswer:
    """Post the payload and return the answer, whatever its status.

    Raises OSError if the service did not get the message, and UncertainDeliveryError if it may have got it: the
    connection broke, or there was no answer within the deadline. A server that sends byte by byte does not extend it.
    """
    seconds = DEADLINE_SECONDS if seconds is None else seconds
    body = _Body(as_bytes(payload))
    results: queue.SimpleQueue[ServiceAnswer | OSError] = queue.SimpleQueue()
    arguments = (url, body, seconds, results)
    threading.Thread(target=_exchange, args=arguments, daemon=True).start()  # is abandoned at the deadline
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        kind = UncertainDeliveryError if body.is_begun else TimeoutError
        raise kind(f"no answer within {seconds:g} seconds") from None
    if isinstance(result, OSError):
        raise result
    return result


def _exchange(url: str, body: _Body, seconds: float, results: queue.SimpleQueue[ServiceAnswer | OSError]) -> None:
    size = len(body.getvalue())
    headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(size)}
    try:
        with build_opener(_NoRedirects).open(Request(url, body, headers), timeout=seconds) as answer:
            results.put(ServiceAnswer(answer.status, _text(answer.read(LARGEST_ANSWER))))
    except HTTPError as answer:
        with answer:
            results.put(ServiceAnswer(answer.code, _text(answer.read(LARGEST_ANSWER))))
    except (OSError, HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, URLError) else error
        reason = type(cause).__name__  # the text of others than OSError may quote the URL
        if isinstance(cause, OSError):
            reason += f": {cause.strerror or cause}"
        results.put(UncertainDeliveryError(reason) if body.is_begun else ConnectionError(reason))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
