"""Outcome of a chat service's answer: accepted, to be tried again, or refused for good."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from shopwatch.core.text import clean
from shopwatch.notify.chats.post import ServiceAnswer
from shopwatch.store.outbox import ACCEPTED, Outcome

LONGEST_REASON = 200
TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


def by_code(answer: ServiceAnswer, key: str, message: str, temporary: Collection[int]) -> Outcome:
    """Outcome of a service that answers JSON with a code, 0 for accepted, mostly under status 200.

    An answer without the code is that of a proxy or of a failing server; under status 200 the message may have arrived.
    """
    code = answer.values.get(key)
    if not isinstance(code, int) or isinstance(code, bool):
        unknown = Outcome("waiting", f"an answer without {key}: {clean(answer.text, 80)}", is_uncertain=True)
        return unknown if answer.status == HTTPStatus.OK else by_status(answer)
    if code == 0 and answer.status == HTTPStatus.OK:
        return ACCEPTED
    reason = f"{code} {clean(str(answer.values.get(message, '')), LONGEST_REASON)}".strip()
    return Outcome("waiting" if code in temporary or _is_temporary(answer.status) else "refused", reason)


def by_status(answer: ServiceAnswer) -> Outcome:
    """Outcome of a status other than success."""
    reason = f"HTTP {answer.status} {clean(answer.text, LONGEST_REASON)}".strip()
    return Outcome("waiting" if _is_temporary(answer.status) else "refused", reason)


def _is_temporary(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in TEMPORARY
