"""Notification teams: ``routes.yaml`` and ``departments.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from shopwatch.catalog.calendar import Event, is_working_day
from shopwatch.catalog.hours import Hours
from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title
from shopwatch.core.strict_yaml import closest, declaration_error, read_yaml

T = TypeVar("T")


class Team(Declaration):
    """Team to notify, with its scope and language. ``shops`` empty: all shops."""

    team: str
    owners: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    language: Literal["zh", "en"] = "zh"
    to: tuple[str, ...] = ()
    """E-mail addresses."""
    channels: dict[str, tuple[str, ...]] = {}
    """Further channels (modules of ``notify/channels``) -> recipient names on the channel."""
    data: bool = False
    days: Literal["every_day", "working_days"] = "every_day"
    """Mornings with mail; news in between waits for the next one."""
    critical: Literal["any_day", "waits"] = "any_day"
    """Delivery of new critical alerts: any_day, outside the hours as well; waits: with the next mail."""
    hours: Hours | None = None
    """Delivery hours; None: as soon as the mail is written."""
    heartbeat: Literal["weekly", "daily", "never"] = "weekly"
    """Frequency of the heartbeat, sent even without news; weekly: on the first working day."""
    review: Literal["files", "summary", "never"] = "summary"
    """Monday's mail: the week of its shops, with page and workbook attached (files) or without, or none."""
    users: tuple[str, ...] = ()
    """Airflow users who see the team's shops on the pages. Once any team names users or roles, others see nothing."""
    roles: tuple[str, ...] = ()
    """Airflow roles whose users see the team's shops."""
    most: int = Field(7, ge=1)
    """Budget of new alerts in a mail, those about one thing counting once; the rest is a count with its money."""

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Team:
        if not self.recipients:
            raise ValueError("`to` or `channels` names nobody: add an e-mail address or a channel")
        return self

    @field_validator("to", "channels")
    @classmethod
    def _holds_no_secret(cls, value: T) -> T:
        names = [name for names in value.values() for name in names] if isinstance(value, dict) else value
        if any("://" in name for name in cast(Iterable[str], names)):
            raise ValueError("an address of a chat is a secret: put it into a variable, and name the variable here")
        return value

    @property
    def recipients(self) -> tuple[str, ...]:
        """All recipients: ``a@example.com``, ``webhook:ops``."""
        return (*self.to, *(f"{channel}:{name}" for channel, names in self.channels.items() for name in names))

    def is_held(self, night: date, events: Mapping[str, Event]) -> bool:
        """True if the team gets no mail on the morning after the night."""
        return self.days == "working_days" and not is_working_day(night + timedelta(days=1), events)

    def not_before(self, moment: datetime) -> datetime | None:
        """Earliest delivery of a mail written at this moment, both in UTC; None if the team has no hours."""
        return self.hours.first(moment) if self.hours else None

    def takes(self, owner: str, shop: str) -> bool:
        """True if alerts of this owner and shop go to the team."""
        return owner in self.owners and (not self.shops or shop in self.shops)


def visible_shops(teams: Iterable[Team], user: str, roles: Iterable[str]) -> frozenset[str] | None:
    """Shops that a user of the pages sees, those of the teams that name the user or a role; None: all shops.

    Everybody sees all as long as no team names users or roles. Then a user of no team sees none.
    """
    named = [team for team in teams if team.users or team.roles]
    own = [team for team in named if user in team.users or not set(roles).isdisjoint(team.roles)]
    if not named or any(not team.shops for team in own):
        return None
    return frozenset(shop for team in own for shop in team.shops)


_TEAMS = TypeAdapter(list[Team], config=ConfigDict(hide_input_in_errors=True))  # it may be a misplaced secret
_NAMES = TypeAdapter(dict[str, str])


def load_departments(include: Path) -> dict[str, Title]:
    """Department key of the rules -> title in both languages. Raises DeclarationError naming file and key."""
    path = include / "rules" / "departments.yaml"
    try:
        return {zh: Title(zh=zh, en=en) for zh, en in _NAMES.validate_python(read_yaml(path)).items()}
    except ValidationError as error:
        raise declaration_error(path, error, Title) from error


def load_teams(include: Path) -> list[Team]:
    """Teams of ``routes.yaml``. Raises DeclarationError naming file and key, or the unknown owner."""
    path = include / "rules" / "routes.yaml"
    try:
        teams = _TEAMS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise declaration_error(path, error, Team) from error
    if not teams:
        raise DeclarationError(f"{path}: declare at least one team, or nobody is notified")
    departments = load_departments(include)
    for team in teams:
        for owner in team.owners:
            if owner not in departments:
                raise DeclarationError(f"{path}: {team.team}: unknown owner `{owner}`{closest(owner, departments)}")
    return teams
