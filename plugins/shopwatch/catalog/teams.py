"""Who is told what: ``routes.yaml`` and ``departments.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shopwatch.catalog.calendar import Event, is_working_day
from shopwatch.catalog.hours import Hours
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title
from shopwatch.core.strict_yaml import closest, explain, read_yaml


class Team(BaseModel):
    """Who is told what, in which language. ``shops`` empty: all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: str
    owners: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    language: Literal["zh", "en"] = "zh"
    to: tuple[str, ...] = ()
    """E-mail addresses."""
    channels: dict[str, tuple[str, ...]] = {}
    """Further channels, modules of ``notify/channels``, each with the names of who is reached there."""
    data: bool = False
    days: Literal["every_day", "working_days"] = "every_day"
    """On which mornings it gets mail; what is new in between waits and comes in the next one."""
    critical: Literal["any_day", "waits"] = "any_day"
    """Whether a new alert that is critical is told on the other mornings, too, and outside the hours."""
    hours: Hours | None = None
    """In which hours its mail goes out; None: as soon as it is written."""
    heartbeat: Literal["weekly", "daily", "never"] = "weekly"
    """How often it is told that the watch runs, also where nothing is new; weekly: on the first working day."""
    most: int = Field(20, ge=1)
    """So many lines a section; the others are counted, with their money."""

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Team:
        if not self.recipients:
            raise ValueError("`to` or `channels` names nobody: add an e-mail address or a channel")
        return self

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address: ``a@example.com``, ``webhook:ops``."""
        return (*self.to, *(f"{channel}:{name}" for channel, names in self.channels.items() for name in names))

    def is_held(self, night: date, events: Mapping[str, Event]) -> bool:
        """Whether the morning after the night is one without mail."""
        return self.days == "working_days" and not is_working_day(night + timedelta(days=1), events)

    def not_before(self, moment: datetime) -> datetime | None:
        """From when on a mail of this moment may go out, both UTC; None at any time, where the team has no hours."""
        return self.hours.first(moment) if self.hours else None

    def takes(self, owner: str, shop: str) -> bool:
        """Whether alerts of this owner and shop go to the team."""
        return owner in self.owners and (not self.shops or shop in self.shops)


_TEAMS = TypeAdapter(list[Team])
_NAMES = TypeAdapter(dict[str, str])


def load_departments(include: Path) -> dict[str, Title]:
    """Department as rules name it -> its name in both languages. Raises DeclarationError."""
    path = include / "rules" / "departments.yaml"
    try:
        return {zh: Title(zh=zh, en=en) for zh, en in _NAMES.validate_python(read_yaml(path)).items()}
    except ValidationError as error:
        raise explain(path, error, Title) from error


def load_teams(include: Path) -> list[Team]:
    """The teams of ``routes.yaml``. Raises DeclarationError naming the key."""
    path = include / "rules" / "routes.yaml"
    try:
        teams = _TEAMS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise explain(path, error, Team) from error
    departments = load_departments(include)
    for team in teams:
        for owner in team.owners:
            if owner not in departments:
                raise DeclarationError(f"{path}: {team.team}: unknown owner `{owner}`{closest(owner, departments)}")
    return teams
