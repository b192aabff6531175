"""What a rule and a route may say: the YAML under ``include/rules``, read and checked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shopwatch.exports.contract import ContractError, Title, closest, explain, read_yaml
from shopwatch.metrics import Metric

Comparison = Literal["below", "above", "at_most", "at_least"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Limit(_Strict):
    """Exactly one comparison and its number, in the metric's unit: ``{below: 0.01}``."""

    below: float | None = None
    above: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Limit:
        if len(self.model_fields_set) != 1:
            raise ValueError("say exactly one of below, above, at_most, at_least")
        return self

    @property
    def comparison(self) -> Comparison:
        return next(word for word in get_args(Comparison) if getattr(self, word) is not None)

    @property
    def number(self) -> float:
        return float(getattr(self, self.comparison))


class Lasting(_Strict):
    """How many closed data periods in a row must breach. ``gap``: what a period without data does."""

    periods: int = Field(1, ge=1)
    gap: Literal["hold", "reset"] = "hold"


class Guard(_Strict):
    """When a number proves nothing."""

    denominator_at_least: float = 0


class Rule(_Strict):
    """One line of the manual that can be judged."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    manual: Title
    metric: str
    grain: Literal["day", "week"]
    by: Literal["shop", "product", "campaign", "sku"]
    breach: Limit
    lasting: Lasting = Field(Lasting(), alias="for")
    clear: Limit
    guard: Guard = Guard()
    on_missing: Literal["block"] = "block"
    critical: float | None = None
    owner: str
    title: Title
    say: Title
    do: Title

    @property
    def hash(self) -> str:
        """Changes whenever the rule does."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:12]


class Team(_Strict):
    """Who is told what, in which language. ``shops`` empty: all of them."""

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


def _read_rules(path: Path) -> list[Rule]:
    content = read_yaml(path)
    if not isinstance(content, list):
        raise ContractError(f"{path}: write a list of rules, each beginning with `- rule: <name>`")
    rules = []
    for number, entry in enumerate(content, start=1):
        try:
            rules.append(Rule.model_validate(entry))
        except ValidationError as error:
            name = entry.get("rule", number) if isinstance(entry, dict) else number
            raise explain(path, error, f"rule {name}: ") from error
    return rules


def load_rules(include: Path, metrics: list[Metric]) -> dict[str, Rule]:
    """Every rule, by name. Raises ContractError naming file, rule and the closest known word."""
    rules: dict[str, Rule] = {}
    known = {metric.name for metric in metrics}
    departments = load_departments(include)
    for path in sorted((include / "rules").glob("[0-9]_*.yaml")):
        for rule in _read_rules(path):
            if rule.rule in rules:
                raise ContractError(f"{path}: a second rule is called {rule.rule}")
            if rule.metric not in known:
                raise ContractError(f"{path}: {rule.rule}: unknown metric `{rule.metric}`{closest(rule.metric, known)}")
            if rule.owner not in departments:
                known_owners = closest(rule.owner, departments.keys())
                raise ContractError(f"{path}: {rule.rule}: unknown owner `{rule.owner}`{known_owners}")
            rules[rule.rule] = rule
    return rules


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
