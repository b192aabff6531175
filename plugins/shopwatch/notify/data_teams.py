"""Data teams: those who are notified of failures, even while ``routes.yaml`` cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings

log = logging.getLogger("shopwatch.notify")

_TEAMS = TypeAdapter(list[Team])


def data_teams(catalog: Catalog) -> list[Team]:
    """Teams with ``data: true``, or all teams if none has it.

    While ``routes.yaml`` cannot be read, those of its last readable version.
    """
    try:
        return responsible(catalog.teams)
    except DeclarationError as error:
        log.error("notifying the last known data teams: %s", error)
        return _remembered(catalog.settings)


def remember_data_teams(settings: Settings, teams: Iterable[Team]) -> None:
    """Keep the data teams for a time when ``routes.yaml`` cannot be read. A disk that cannot be written is logged."""
    content = _TEAMS.dump_json([team.model_copy(update={"hours": None}) for team in responsible(teams)])
    path = _path(settings)
    try:
        if not path.exists() or path.read_bytes() != content:
            private_folder(path.parent)
            write_whole(path, content)
    except OSError as error:
        log.error("%s cannot be written: %s", path, error)


def responsible(teams: Iterable[Team]) -> list[Team]:
    """The data teams among these, or all of them if none is one."""
    every = list(teams)
    return [team for team in every if team.data] or every


def _remembered(settings: Settings) -> list[Team]:
    try:
        return _TEAMS.validate_json(_path(settings).read_bytes())
    except (OSError, ValidationError) as error:
        log.error("no data team is known: %s", error)
        return []


def _path(settings: Settings) -> Path:
    return settings.alarms / "data_teams.json"
