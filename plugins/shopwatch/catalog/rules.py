"""What a rule may say: the YAML under ``include/rules``, read and checked."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shopwatch.catalog.calendar import load_events
from shopwatch.catalog.metrics import Metric
from shopwatch.catalog.teams import load_departments
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title, Unit
from shopwatch.core.strict_yaml import Fault, Place, closest, line_of, read_list

Comparison = Literal["below", "above", "at_most", "at_least", "between", "outside"]
Measure = Literal["value", "change", "change_last_year", "share_of_target", "deviations"]
MEASURED_IN: dict[str, Unit] = {
    "change": "share",
    "change_last_year": "share",
    "share_of_target": "share",
    "deviations": "ratio",
}
"""The unit of what is compared, where it is not the metric's own."""
OPPOSITE: dict[Comparison, Comparison] = {
    "below": "at_least",
    "at_least": "below",
    "above": "at_most",
    "at_most": "above",
    "between": "outside",
    "outside": "between",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


class Limit(_Strict):
    """Exactly one comparison and its number, or two for a range: ``{below: 0.01}``, ``{outside: [3, 12]}``."""

    below: float | None = None
    above: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    between: tuple[float, float] | None = None
    """From the first number to the second, both included."""
    outside: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one(self) -> Limit:
        said = [word for word in get_args(Comparison) if getattr(self, word) is not None]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(get_args(Comparison))}")
        if self.low > self.high:
            raise ValueError(f"{said[0]} has its numbers in the wrong order")
        return self

    @property
    def comparison(self) -> Comparison:
        return next(word for word in get_args(Comparison) if getattr(self, word) is not None)

    @property
    def low(self) -> float:
        number = getattr(self, self.comparison)
        return float(number[0] if isinstance(number, tuple) else number)

    @property
    def high(self) -> float:
        number = getattr(self, self.comparison)
        return float(number[1] if isinstance(number, tuple) else number)

    def holds(self, number: float) -> bool:
        """Whether a number is where the comparison wants it."""
        low, high = self.low, self.high
        return {
            "below": number < low,
            "above": number > low,
            "at_most": number <= low,
            "at_least": number >= low,
            "between": low <= number <= high,
            "outside": number < low or number > high,
        }[self.comparison]

    def overlaps(self, other: Limit) -> bool:
        """Whether some number satisfies both."""
        bounds = sorted({self.low, self.high, other.low, other.high})
        between = [(one + next_one) / 2 for one, next_one in itertools.pairwise(bounds)]
        return any(
            self.holds(number) and other.holds(number) for number in (*bounds, *between, bounds[0] - 1, bounds[-1] + 1)
        )


class Breach(Limit):
    """When a period breaches."""

    of: Measure = "value"
    """What is compared. value: the metric itself. change, change_last_year: against the period before, or
    the same one 52 weeks earlier, as a share (-0.3 is 30 % less). share_of_target: value / the shop's
    target. deviations: standard deviations from the mean of the entity's own 8 periods before, of
    which at least 6 are known."""


class Clear(Limit):
    """When an alert ends, in terms of what ``breach`` compares."""

    periods: int = Field(1, ge=1)
    """Consecutive data periods that must meet it. More than one prevents flapping."""


class Lasting(_Strict):
    """How many closed data periods must breach."""

    periods: int = Field(1, ge=1)
    of: int | None = Field(None, ge=1)
    """Among the last so many data periods; without it, in a row."""
    gap: Literal["hold", "reset", "count"] = "hold"
    """Effect of a period without data on the streak. hold: none; reset: it starts over; count: the period breaches."""

    @model_validator(mode="after")
    def _of_enough(self) -> Lasting:
        if self.of is not None and self.of < self.periods:
            raise ValueError(f"{self.periods} of {self.of} periods is impossible")
        return self


class Guard(_Strict):
    """When a number proves nothing: its period is no_data."""

    denominator_at_least: float = 0
    age_at_least: int = Field(0, ge=0)
    """Closed periods since the entity was first seen."""
    status: tuple[str, ...] = ()
    """Only things of these statuses, as the platform words them (当前在线); empty: all."""


class Window(_Strict):
    """A threshold of its own for the periods that touch an event of ``include/calendar.yaml``."""

    event: str
    breach: Limit | None = None
    """Without it the periods are not judged."""
    note: Title


class Rule(_Strict):
    """One line of the manual that can be judged."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    manual: Title
    """The manual's section."""
    metric: str
    """A file of ``include/sql/metrics``."""
    grain: Literal["day", "week", "month"]
    by: str
    """An entity type that the metric has rows of: shop, product, campaign, sku, …"""
    breach: Breach
    lasting: Lasting = Field(Lasting(periods=1), alias="for")
    clear: Clear | None = None
    """Without it, whatever does not breach."""
    guard: Guard = Guard()
    on_missing: Literal["block", "hold", "fire"] = "block"
    """The verdict on a period with a missing export: blocked and reported, no_data, or a breach."""
    on_vanished: Literal["hold", "resolve"] = "hold"
    """The alert of an entity that is no longer in the metric although its exports are there. hold: stays open.
    resolve: ends, as nothing is left to be done (a campaign that has begun)."""
    severity: Literal["info", "warning", "critical"] = "warning"
    critical: float | None = None
    """The number from which on a breach is critical, compared as ``breach`` compares."""
    calendar: tuple[Window, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    """Rules whose alerts explain this one: it is not reported while one of them fires for the same entity."""
    repeat_days: int = Field(7, ge=1)
    """An alert that stays open is reported again after this many days."""
    owner: str
    """A department of ``departments.yaml``."""
    title: Title
    say: Title
    do: Title

    @model_validator(mode="after")
    def _windows_compare_alike(self) -> Rule:
        for window in self.calendar:
            if window.breach and window.breach.comparison != self.breach.comparison:
                raise ValueError(f"calendar: {window.event} must compare as breach does ({self.breach.comparison})")
        return self

    @property
    def clearing(self) -> Clear:
        """When an alert ends, as said or as the opposite of the breach."""
        if self.clear is not None:
            return self.clear
        number = getattr(self.breach, self.breach.comparison)
        return Clear.model_validate({OPPOSITE[self.breach.comparison]: number})

    @property
    def hash(self) -> str:
        """Changes whenever the rule does."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:12]


def measured_unit(rule: Rule, unit: Unit) -> Unit:
    """The unit of what the rule compares, given that of its metric."""
    return MEASURED_IN.get(rule.breach.of, unit)


def read_rules(include: Path, metrics: list[Metric]) -> tuple[dict[str, Rule], list[Fault]]:
    """The rules that can be judged, by name, and what is wrong with the others. Raises DeclarationError
    where departments or calendar cannot be read."""
    rules: dict[str, Rule] = {}
    faults: list[Fault] = []
    places: dict[str, _Place] = {}
    for path in sorted((include / "rules").glob("[0-9]_*.yaml")):
        listed = read_list(path, Rule, "rule", "write a list of rules, each beginning with `- rule: <name>`")
        faults += listed.faults
        for number, rule in listed.entries.items():
            place = _Place(path, listed.text, number)
            if rule.rule in rules:
                what = f"a second rule of this name; the first is in {places[rule.rule].path.name}"
                faults.append(place.fault(rule, ("rule",), what))
            else:
                rules[rule.rule], places[rule.rule] = rule, place
    known = {
        "metric": {metric.name for metric in metrics},
        "owner": set(load_departments(include)),
        "event": set(load_events(include)),
        "rule": set(rules) | {fault.name for fault in faults if fault.name},  # a wrong rule stops only itself
    }
    known_by = {metric.name: set(metric.head.by) for metric in metrics}
    for rule in list(rules.values()):
        if found := _unknown(rule, known | {"by": known_by.get(rule.metric, set())}) or _contradiction(rule):
            faults.append(places[rule.rule].fault(rule, *found))
            del rules[rule.rule]
    return rules, faults


def load_rules(include: Path, metrics: list[Metric]) -> dict[str, Rule]:
    """Every rule, by name. Raises DeclarationError naming file, line, rule and the closest known word for any fault."""
    rules, faults = read_rules(include, metrics)
    if faults:
        raise DeclarationError("; ".join(map(str, faults)))
    return rules


class _Place(NamedTuple):
    """Where a rule stands: as which entry of which file."""

    path: Path
    text: str
    number: int

    def fault(self, rule: Rule, key: Place, what: str) -> Fault:
        return Fault(self.path, rule.rule, f"line {line_of(self.text, (self.number, *key))}: {what}")


def _contradiction(rule: Rule) -> tuple[Place, str] | None:
    """The key that contradicts ``breach`` and what is wrong with it, or None."""
    breach = rule.breach
    if rule.clear is not None and rule.clear.overlaps(breach):
        opposite = Clear.model_validate({OPPOSITE[breach.comparison]: getattr(breach, breach.comparison)})
        return ("clear",), (
            f"clear ({_said(rule.clear)}) is on the wrong side of breach ({_said(breach)}): a number could breach "
            f"and clear at once; write {_said(opposite)}, or a stricter limit"
        )
    wrong = {
        "below": lambda number: number > breach.low,
        "at_most": lambda number: number > breach.low,
        "above": lambda number: number < breach.low,
        "at_least": lambda number: number < breach.low,
    }.get(breach.comparison)
    if rule.critical is not None and wrong and wrong(rule.critical):
        return ("critical",), f"critical ({rule.critical:g}) is milder than breach ({_said(breach)})"
    return None


def _said(limit: Limit) -> str:
    number = getattr(limit, limit.comparison)
    return f"{limit.comparison}: {list(number) if isinstance(number, tuple) else f'{number:g}'}"


def _unknown(rule: Rule, known: dict[str, set[str]]) -> tuple[Place, str] | None:
    """The key of the first word of the rule that nothing else knows and what is wrong with it, or None."""
    words: list[tuple[str, str, Place]] = [
        ("metric", rule.metric, ("metric",)),
        ("by", rule.by, ("by",)),
        ("owner", rule.owner, ("owner",)),
        *(("event", window.event, ("calendar", at, "event")) for at, window in enumerate(rule.calendar)),
        *(("rule", name, ("inhibited_by", at)) for at, name in enumerate(rule.inhibited_by)),
    ]
    for kind, word, key in words:
        if word not in known[kind]:
            return key, f"unknown {kind} `{word}`{closest(word, known[kind])}"
    return None
