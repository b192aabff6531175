"""Who is told what: ``routes.yaml`` and ``departments.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shopwatch.exports.contract import ContractError, Title, closest, explain, read_yaml


class Team(BaseModel):
    """Who is told what, in which language. ``shops`` empty: all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: str
    owners: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    language: Literal["zh", "en"] = "zh"
    to: tuple[str, ...]
    data: bool = False

    def takes(self, owner: str, shop: str) -> bool:
        """Whether alerts of this owner and shop go to the team."""
        return owner in self.owners and (not self.shops or shop in self.shops)


_TEAMS = TypeAdapter(list[Team])
_NAMES = TypeAdapter(dict[str, str])


def load_departments(include: Path) -> dict[str, Title]:
    """Department as rules name it -> its name in both languages. Raises ContractError."""
    path = include / "rules" / "departments.yaml"
    try:
        return {zh: Title(zh=zh, en=en) for zh, en in _NAMES.validate_python(read_yaml(path)).items()}
    except ValidationError as error:
        raise explain(path, error) from error


def load_teams(include: Path) -> list[Team]:
    """The teams of ``routes.yaml``. Raises ContractError naming the key."""
    path = include / "rules" / "routes.yaml"
    try:
        teams = _TEAMS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise explain(path, error) from error
    departments = load_departments(include)
    for team in teams:
        for owner in team.owners:
            if owner not in departments:
                raise ContractError(f"{path}: {team.team}: unknown owner `{owner}`{closest(owner, departments)}")
    return teams
