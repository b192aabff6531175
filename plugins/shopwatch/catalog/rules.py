"""Rule language: the YAML under ``include/rules``, read and validated."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from shopwatch.catalog.calendar import load_events
from shopwatch.catalog.metrics import Metric
from shopwatch.catalog.sensitivity import limit_for
from shopwatch.catalog.teams import load_departments
from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title, Unit
from shopwatch.core.strict_yaml import Fault, Place, closest, line_of, read_list

RULE_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
EMPTIED = (
    "the file declares no rule: alerts of the rules that it had stay as they are. Put the rules back, or delete the "
    "file to remove them"
)
MISNAMED = "is not read: name it <stage>_<name>.yaml, as 3_products.yaml, or move it elsewhere"
NO_RULES = {"departments", "freshness", "routes"}
"""Other files of the folder, without their ending."""
Comparison = Literal["below", "above", "at_most", "at_least", "between", "outside"]
Measure = Literal["value", "change", "change_last_year", "share_of_target", "deviations", "unusual"]
MEASURED_IN: dict[str, Unit] = {
    "change": "share",
    "change_last_year": "share",
    "share_of_target": "share",
    "deviations": "ratio",
    "unusual": "ratio",
}
"""Unit of the measure, if it differs from the metric's."""
OPPOSITE: dict[Comparison, Comparison] = {
    "below": "at_least",
    "at_least": "below",
    "above": "at_most",
    "at_most": "above",
    "between": "outside",
    "outside": "between",
}


class _Documented(Declaration):
    """Its attributes' docstrings are the descriptions of the schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Limit(_Documented):
    """Exactly one comparison with its number, or two numbers for a range: ``{below: 0.01}``, ``{outside: [3, 12]}``."""

    below: float | None = None
    above: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    between: tuple[float, float] | None = None
    """Range from the first number to the second, both included."""
    outside: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one(self) -> Limit:
        if len(self._declared()) != 1:
            raise ValueError(f"give exactly one of {', '.join(get_args(Comparison))}")
        if self.low > self.high:
            raise ValueError(f"{self.comparison} has its numbers in the wrong order")
        return self

    def _declared(self) -> list[str]:
        """Keys that declare a limit."""
        return [word for word in get_args(Comparison) if getattr(self, word) is not None]

    @property
    def comparison(self) -> Comparison:
        return next(word for word in get_args(Comparison) if getattr(self, word) is not None)

    @property
    def number(self) -> float | tuple[float, float]:
        """The compared number, or both ends of the range."""
        number: float | tuple[float, float] = getattr(self, self.comparison)
        return number

    @property
    def low(self) -> float:
        number = self.number
        return float(number[0] if isinstance(number, tuple) else number)

    @property
    def high(self) -> float:
        number = self.number
        return float(number[1] if isinstance(number, tuple) else number)

    def holds(self, number: float) -> bool:
        """True if the number satisfies the comparison."""
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
        """True if some number satisfies both limits."""
        bounds = sorted({self.low, self.high, other.low, other.high})
        between = [(one + next_one) / 2 for one, next_one in itertools.pairwise(bounds)]
        return any(
            self.holds(number) and other.holds(number) for number in (*bounds, *between, bounds[0] - 1, bounds[-1] + 1)
        )


class Breach(Limit):
    """Condition under which a period breaches."""

    of: Measure = "value"
    """Compared measure. value: the metric itself. change, change_last_year: relative change from the previous period,
    or from the same period 52 weeks earlier (-0.3 is 30% less). share_of_target: value / the shop's target.
    deviations: standard deviations from the mean of the entity's own 8 previous periods, at least 6 of them known.
    unusual: distance from the usual value of the weekday (of weeks: of the last weeks), in usual spreads; sale days,
    holidays and the days after a sale are left out (judge/sql/unusual.sql).
    """
    alerts_a_month: float | None = Field(None, gt=0)
    """With ``of: unusual``, in place of a comparison: about how many periods of an ordinary month may be reported."""
    when: Literal["low", "high", "both"] = "both"
    """With ``alerts_a_month``: whether values that are too low, too high or both are reported."""
    _grain: str = PrivateAttr("day")

    @model_validator(mode="after")
    def _only_if_unusual(self) -> Breach:
        if self.of != "unusual" and "alerts_a_month" in self._declared():
            raise ValueError("alerts_a_month needs of: unusual")
        if "when" in self.model_fields_set and self.alerts_a_month is None:
            raise ValueError("when needs alerts_a_month; a comparison has its side already")
        return self

    def _declared(self) -> list[str]:
        return super()._declared() + (["alerts_a_month"] if self.alerts_a_month is not None else [])

    @property
    def comparison(self) -> Comparison:
        sides: dict[str, Comparison] = {"low": "below", "high": "above", "both": "outside"}
        return super().comparison if self.alerts_a_month is None else sides[self.when]

    @property
    def number(self) -> float | tuple[float, float]:
        if self.alerts_a_month is None:
            return super().number
        limit = limit_for(self._grain, self.alerts_a_month, 2 if self.when == "both" else 1)
        return (-limit, limit) if self.when == "both" else -limit if self.when == "low" else limit

    def at_grain(self, grain: str) -> None:
        """Take the limits of ``alerts_a_month`` for this grain. Raises ValueError if there are none."""
        if grain == "month":
            raise ValueError("of: unusual judges days and weeks: write grain: day or grain: week")
        self._grain = grain
        _ = self.number


class Clear(Limit):
    """Condition that ends an alert, on the measure of ``breach``."""

    periods: int = Field(1, ge=1)
    """Consecutive data periods that must meet it. More than one prevents flapping."""


class Lasting(_Documented):
    """Closed data periods that must breach."""

    periods: int = Field(1, ge=1)
    of: int | None = Field(None, ge=1)
    """Window of the last n data periods; if missing, the breaches must be consecutive."""
    gap: Literal["hold", "reset", "count"] = "hold"
    """Effect of a period without data on the streak. hold: none; reset: it restarts; count: the period breaches."""

    @model_validator(mode="after")
    def _of_enough(self) -> Lasting:
        if self.of is not None and self.of < self.periods:
            raise ValueError(f"{self.periods} of {self.of} periods is impossible")
        return self


class Guard(_Documented):
    """Minimum evidence; a period below it is no_data."""

    denominator_at_least: float = 0
    age_at_least: int = Field(0, ge=0)
    """Closed periods since the entity was first seen."""
    status: tuple[str, ...] = ()
    """Statuses to judge, in the platform's wording (当前在线); empty: all."""


class Window(_Documented):
    """Separate threshold for periods that overlap an event of ``include/calendar.yaml``."""

    event: str
    breach: Limit | None = None
    """If missing, the periods are not judged."""
    note: Title


class Rule(_Documented):
    """One testable line of the manual."""

    model_config = ConfigDict(populate_by_name=True)

    rule: str = Field(pattern=RULE_NAME)
    manual: Title
    """Section of the manual."""
    metric: str
    """KPI of ``include/sql/metrics``."""
    grain: Literal["day", "week", "month"]
    by: str
    """Entity type of the metric: shop, product, campaign, sku, …"""
    breach: Breach
    lasting: Lasting = Field(Lasting(periods=1), alias="for")
    clear: Clear | None = None
    """If missing, the opposite of ``breach``."""
    guard: Guard = Guard()
    on_missing: Literal["block", "hold", "fire"] = "block"
    """Verdict on a period with a missing export: blocked and reported, no_data, or a breach."""
    on_vanished: Literal["hold", "resolve"] = "hold"
    """Alert of an entity that left the metric although its exports are present. hold: stays open. resolve: ends,
    because nothing is left to do (a campaign that has begun).
    """
    severity: Literal["info", "warning", "critical"] = "warning"
    critical: float | None = None
    """Number from which a breach is critical, on the comparison of ``breach``."""
    calendar: tuple[Window, ...] = ()
    so_far: Literal["also", "only"] | None = None
    """On sale days of the calendar: judged on the day so far, each time exports arrive. also: every night as well."""
    inhibited_by: tuple[str, ...] = ()
    """Rules that explain this one: not reported while an alert at least as severe fires for the same entity."""
    repeat_days: int = Field(7, ge=1)
    """Days after which an open alert is reported again."""
    owner: str
    """Department of ``departments.yaml``."""
    title: Title
    message: Title
    action: Title

    @model_validator(mode="after")
    def _unusual_for_its_grain(self) -> Rule:
        if self.breach.of == "unusual":
            self.breach.at_grain(self.grain)
        return self

    @model_validator(mode="after")
    def _windows_compare_alike(self) -> Rule:
        for window in self.calendar:
            if window.breach and window.breach.comparison != self.breach.comparison:
                raise ValueError(f"calendar: {window.event} must compare as breach does ({self.breach.comparison})")
        return self

    @property
    def clearing(self) -> Clear:
        """Condition that ends an alert: as declared, or the opposite of the breach."""
        if self.clear is not None:
            return self.clear
        return Clear.model_validate({OPPOSITE[self.breach.comparison]: self.breach.number})

    @property
    def hash(self) -> str:
        """First 12 hex digits of the SHA-256 of the rule, without ``so_far``, which changes no night's verdict."""
        return hashlib.sha256(self.model_dump_json(by_alias=True, exclude={"so_far"}).encode()).hexdigest()[:12]


def measured_unit(rule: Rule, unit: Unit) -> Unit:
    """Unit of the compared measure, given the metric's unit."""
    return MEASURED_IN.get(rule.breach.of, unit)


def read_rules(include: Path, metrics: list[Metric]) -> tuple[dict[str, Rule], list[Fault]]:
    """Valid rules by name, and the faults of the others. Raises DeclarationError if departments or calendar are
    invalid.
    """
    rules: dict[str, Rule] = {}
    faults: list[Fault] = []
    places: dict[str, _Place] = {}
    for path in sorted((include / "rules").glob("[0-9]_*.yaml")):
        listed = read_list(path, Rule, "rule", "write a list of rules, each beginning with `- rule: <name>`")
        faults += listed.faults
        if listed.is_blank:
            faults.append(Fault(path, None, EMPTIED))
        for number, rule in listed.entries.items():
            place = _Place(path, listed.text, number)
            if rule.rule in rules:
                what = f"a second rule of this name; the first is in {places[rule.rule].path.name}"
                faults.append(place.fault(rule, ("rule",), what))
            else:
                rules[rule.rule], places[rule.rule] = rule, place
    faults += [Fault(path, None, MISNAMED) for path in _misnamed(include / "rules")]
    if not rules and not faults:
        faults.append(Fault(include / "rules", None, "no file such as 1_sales.yaml declares a rule: nothing is judged"))
    known = {
        "metric": {metric.name for metric in metrics},
        "owner": set(load_departments(include)),
        "event": set(load_events(include)),
        "rule": set(rules) | {fault.name for fault in faults if fault.name},  # a faulty rule disables only itself
    }
    if not name_rules(faults):
        known["rule"] |= {name for rule in rules.values() for name in rule.inhibited_by}
    known_by = {metric.name: set(metric.head.by) for metric in metrics}
    for rule in list(rules.values()):
        if found := _unknown(rule, known | {"by": known_by.get(rule.metric, set())}) or _contradiction(rule):
            faults.append(places[rule.rule].fault(rule, *found))
            del rules[rule.rule]
    return rules, faults


def _misnamed(folder: Path) -> list[Path]:
    """YAML files whose name keeps them from being read."""
    found = (path for path in folder.glob("*") if path.suffix.lower() in (".yaml", ".yml") and path.is_file())
    return sorted(
        path
        for path in found
        if not path.match("[0-9]_*.yaml") and (path.stem not in NO_RULES or path.suffix != ".yaml")
    )


def name_rules(faults: Iterable[Fault]) -> bool:
    """True if each fault names the rule that it disables; those of a file or of a mistyped name may disable any."""
    return all(fault.name and RULE_NAME.fullmatch(fault.name) for fault in faults)


def load_rules(include: Path, metrics: list[Metric]) -> dict[str, Rule]:
    """All rules by name. Raises DeclarationError naming file, line, rule and the closest known word for any fault."""
    rules, faults = read_rules(include, metrics)
    if faults:
        raise DeclarationError("; ".join(map(str, faults)))
    return rules


class _Place(NamedTuple):
    """Location of a rule: file, text and entry index."""

    path: Path
    text: str
    number: int

    def fault(self, rule: Rule, key: Place, what: str) -> Fault:
        return Fault(self.path, rule.rule, f"line {line_of(self.text, (self.number, *key))}: {what}")


def _contradiction(rule: Rule) -> tuple[Place, str] | None:
    """Key that contradicts ``breach`` and the fault, or None."""
    breach = rule.breach
    if rule.clear is not None and rule.clear.overlaps(breach):
        opposite = Clear.model_validate({OPPOSITE[breach.comparison]: breach.number})
        return ("clear",), (
            f"clear ({_limit_text(rule.clear)}) is on the wrong side of breach ({_limit_text(breach)}): a number "
            f"could breach and clear at once; write {_limit_text(opposite)}, or a stricter limit"
        )
    wrong = {
        "below": lambda number: number > breach.low,
        "at_most": lambda number: number > breach.low,
        "above": lambda number: number < breach.low,
        "at_least": lambda number: number < breach.low,
    }.get(breach.comparison)
    if rule.critical is not None and wrong and wrong(rule.critical):
        return ("critical",), f"critical ({rule.critical:g}) is milder than breach ({_limit_text(breach)})"
    return None


def _limit_text(limit: Limit) -> str:
    number = limit.number
    return f"{limit.comparison}: {list(number) if isinstance(number, tuple) else f'{number:g}'}"


def _unknown(rule: Rule, known: dict[str, set[str]]) -> tuple[Place, str] | None:
    """Key of the rule's first unknown word and the fault, or None."""
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
