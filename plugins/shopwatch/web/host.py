"""Services that the pages need from the server that mounts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException


@dataclass(frozen=True)
class NightRun:
    """Newest run of the night's DAG: its state, and its page in Airflow, relative to the server's root."""

    state: str
    ended_at: datetime | None
    path: str


@dataclass(frozen=True)
class Viewer:
    """The logged-in user: name and roles, as the server knows them."""

    name: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Host:
    """Services that the pages need from their host server.

    ``viewer``: dependency that returns the logged-in user as a `Viewer` and raises 401 or 403 for others; every route
    requires it. ``may_decide``: dependency that returns whether the user may acknowledge and silence. ``login``:
    address for anonymous readers, with the page in ``?next=``; relative to the pages.
    """

    viewer: Callable[..., Any]
    may_decide: Callable[..., Any]
    secret: bytes
    login: str
    last_run: Callable[[], NightRun | None]


class MayNotDecideError(HTTPException):
    """The user may see the pages but not decide."""

    def __init__(self) -> None:
        """Answer 403."""
        super().__init__(403, "you may see alerts, not decide about them: ask for the role shopwatch_operator")


class MayNotDownloadError(HTTPException):
    """The user may see the pages but not the originals of the files."""

    def __init__(self) -> None:
        """Answer 403."""
        super().__init__(403, "originals hold personal data: ask for the role shopwatch_operator")


class NoShopsError(HTTPException):
    """Teams have users, and this one is in none."""

    def __init__(self) -> None:
        """Answer 403."""
        super().__init__(403, "you are in no team: ask for an entry under `users` in include/rules/routes.yaml")
