"""Test cases of rules: a series in short notation, and the states that the judge must reach.

A case is a YAML entry::

    - case: two weeks in a row below 1%
      rule: conversion_low                # of include/rules, or a whole rule written out
      given: {for: {periods: 3}}          # optional: what is different in it
      series: 3 0.9x2 _ 1.3               # in percent where the metric is a share; newest last
      expect: ok pending firing firing ok # the state after each period

A value is a number, with its denominator if needed (``0.9@50``; default 1000). ``_``: not in the export. ``!``: the
export of a day is missing (``0.9!``: the value of the other days). ``?``: no value. ``*``: unknown, as the item lacks a
cost. ``x3`` after any of them: three times in a row.
Expected is a state (``pending``, ``firing``; ``firingx3``: three times) or, if the alert is quiet, the verdict; both
if both matter: ``firing/no_data``. ``reason`` and ``severity`` are those of the last period, ``alerts`` is the total
number of alerts. ``entity`` is the id of the entity where it matters, as for a target. ``night`` is the last day
(default: the last period has just closed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import duckdb
from pydantic import ConfigDict, TypeAdapter, ValidationError

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import declaration_error, read_yaml
from shopwatch.judge.evaluate import History, judge

SUNDAY = date(2026, 11, 15)
DENOMINATOR = 1000.0


class OtherSeries(Declaration):
    """Another rule's series for the same item, to test inhibition."""

    rule: str | dict[str, Any]
    series: str


class Case(Declaration):
    """One test case, in the notation of the module docstring."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    case: str
    rule: str | dict[str, Any]
    given: dict[str, Any] = {}
    entity: str | None = None
    series: str
    expect: str
    reason: str | None = None
    severity: Literal["info", "warning", "critical"] | None = None
    inhibited: bool | None = None
    alerts: int | None = None
    night: date = SUNDAY
    target: float | None = None
    status: str | None = None
    beside: tuple[OtherSeries, ...] = ()


@dataclass(frozen=True)
class CaseSeries:
    """Values of a rule's KPI for one entity of one shop, in the notation of the module docstring.

    The newest period has just closed by ``night``. ``named``: the entity's id, where it matters. ``status``: the
    entity's, as exports state it.
    """

    rule: Rule
    values: str
    night: date = SUNDAY
    named: str | None = None
    shop: str = "shop"
    status: str | None = None

    @property
    def entity(self) -> str:
        return self.named or f"{self.rule.by}-1"


_CASES = TypeAdapter(list[Case])


def read_cases(path: Path) -> list[Case]:
    """Test cases of one file. Raises DeclarationError naming file, case and key."""
    try:
        return _CASES.validate_python(read_yaml(path))
    except ValidationError as error:
        raise declaration_error(path, error, Case) from error


def run_cases(catalog: Catalog, rules: Mapping[str, Rule], cases: Sequence[Case]) -> list[str | None]:
    """Run cases; the result of each is None if the judge reaches what the case expects, else the actual result.

    Cases of one night are judged together, each with a shop and rules of its own. Raises DeclarationError if a case
    names an unknown rule.
    """
    results: dict[int, str | None] = {}
    numbered = sorted(enumerate(cases), key=lambda item: item[1].night)
    for night, group in groupby(numbered, key=lambda item: item[1].night):
        results |= _run_night(catalog, rules, night, dict(group))
    return [results[number] for number in range(len(cases))]


def _run_night(
    catalog: Catalog, rules: Mapping[str, Rule], night: date, cases: Mapping[int, Case]
) -> dict[int, str | None]:
    con = duckdb.connect()
    con.execute(library_sql("judge/judged_tables"))
    judged: list[Rule] = []
    kept: list[History] = []
    for number, case in cases.items():
        shop = f"case {number}"
        own = [(_rule(rules, case.rule, case.given), case.series, case.entity)]
        own += [(_rule(rules, other.rule, {}), other.series, None) for other in case.beside]
        for rule, values, named in own:
            series = CaseSeries(rule, values, night, named, shop, case.status)
            enter_series(con, catalog, series)
            kept.append(History(_of_case(number, rule.rule), shop, rule.by, series.entity))
            inhibited_by = tuple(_of_case(number, other) for other in rule.inhibited_by)
            judged.append(rule.model_copy(update={"rule": _of_case(number, rule.rule), "inhibited_by": inhibited_by}))
        if case.target is not None:
            con.execute(
                "insert into staging.stg_targets "
                "select distinct shop, metric, grain, period_start, $1 from kpi.fct_kpi where shop = $2",
                [case.target, shop],
            )
    judge(con, catalog, judged, night, kept)
    return {number: _compare(con, number, case, _rule(rules, case.rule, case.given)) for number, case in cases.items()}


def _of_case(number: int, rule: str) -> str:
    """Name of the rule as this case has it."""
    return f"{number}: {rule}"


def enter_series(con: duckdb.DuckDBPyConnection, catalog: Catalog, series: CaseSeries) -> None:
    """Write a series into the KPI tables of ``judge/judged_tables``: its entity, its values and their coverage."""
    rule, shop, entity = series.rule, series.shop, series.entity
    percent = 100 if catalog.metrics[rule.metric].head.unit == "share" and rule.breach.of == "value" else 1
    covered_by = catalog.metrics[rule.metric].covered_by(rule.by)
    if rule.by == "target" and (aimed := catalog.metrics.get(entity.partition("/")[0])):
        covered_by = aimed.covered_by("shop")
    item_number = "item" if rule.by in ("product", "sku") else None
    con.execute(
        "insert into marts.dim_entity (shop, entity_type, entity, name, item_number, status) "
        "values ($1, $2, $3, $3, $4, $5)",
        [shop, rule.by, entity, item_number, series.status],
    )
    words = list(_periods(series.values))
    start = _start(rule.grain, series.night, len(words))
    for word in words:
        value, _, denominator = word.removesuffix("!").partition("@")
        is_missing = word.endswith("!")
        con.execute(
            "insert into kpi.period_coverage select $6, $1, $2, $3, 7, $4, $5, ['load'], [], [], [], [] "
            "where not exists (from kpi.period_coverage "
            "where shop = $6 and metric = $1 and grain = $2 and period_start = $3)",
            [covered_by, rule.grain, start, 6 if is_missing else 7, [start] if is_missing else [], shop],
        )
        if value not in ("_", ""):
            number = None if value in ("?", "*") else float(value) / percent
            numerator = None if value == "*" else 0
            con.execute(
                "insert into kpi.fct_kpi values ($9, $1, $2, $3, $4, $5, $6, $10, $7, $8, 5, 'CNY', 'model')",
                [
                    *(rule.metric, rule.by, entity, covered_by, rule.grain, start),
                    *(denominator or DENOMINATOR, number, shop, numerator),
                ],
            )
        start = _next(rule.grain, start)


def _rule(rules: Mapping[str, Rule], spec: str | dict[str, Any], given: dict[str, Any]) -> Rule:
    if isinstance(spec, dict):
        return Rule.model_validate({**spec, **given})
    if spec not in rules:
        raise DeclarationError(f"no rule is called {spec}")
    unset = rules[spec].model_dump(by_alias=True, exclude_unset=True)
    return Rule.model_validate({**unset, **given})


def _periods(series: str) -> Iterator[str]:
    for word in series.split():
        value, _, times = word.partition("x")
        yield from [value] * (int(times) if times else 1)


def _start(grain: str, night: date, periods: int) -> date:
    """Start of the first of ``periods`` periods, the last of which has just closed by the night."""
    if grain == "month":
        month = (night + timedelta(days=1)).year * 12 + (night + timedelta(days=1)).month - 1 - periods
        return date(month // 12, month % 12 + 1, 1)
    if grain == "day":
        return night - timedelta(days=periods - 1)
    monday = night + timedelta(days=1) - timedelta(days=(night + timedelta(days=1)).weekday())
    return monday - timedelta(weeks=periods)


def _next(grain: str, start: date) -> date:
    if grain == "month":
        return date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return start + timedelta(days=1 if grain == "day" else 7)


def _compare(con: duckdb.DuckDBPyConnection, number: int, case: Case, rule: Rule) -> str | None:
    own = [_of_case(number, rule.rule), f"case {number}"]
    found = con.execute(
        "select state, verdict, reason, severity, inhibited_by is not null from ops.verdicts "
        "where rule = $1 and shop = $2 order by period_start",
        own,
    ).fetchall()
    wanted = list(_periods(case.expect))
    actual = [_word(want, state, verdict) for want, (state, verdict, *_) in zip(wanted, found, strict=False)]
    if actual != wanted or len(found) != len(wanted):
        return " ".join(_full(state, verdict) for state, verdict, *_ in found) or "nothing at all"
    _, _, reason, severity, inhibited = found[-1]
    row = con.execute("select count(*) from ops.episodes where rule = $1 and shop = $2", own).fetchone()
    last = {"reason": reason, "severity": severity, "inhibited": inhibited, "alerts": row[0] if row else 0}
    differ = {
        name: value for name, value in last.items() if getattr(case, name) is not None and getattr(case, name) != value
    }
    return ", ".join(f"{name}: {value}" for name, value in differ.items()) or None


def _full(state: str, verdict: str) -> str:
    return verdict if state == "quiet" else f"{state}/{verdict}"


def _word(wanted: str, state: str, verdict: str) -> str:
    """The actual result, at the level of detail of the expected one."""
    if "/" in wanted:
        return _full(state, verdict)
    return verdict if state == "quiet" else state
