"""Explanation of an alert: every period, its inputs, and the condition that ends the alert. Deterministic."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import MetricHead
from shopwatch.catalog.rules import Limit, Rule, measured_unit
from shopwatch.core.errors import ShopwatchError
from shopwatch.core.i18n import Language, Words, limits, words
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.usual import UsualRange, usual_text
from shopwatch.store.decisions import assignments
from shopwatch.store.tables import AlertEvent, Decision
from shopwatch.warehouse.connections import dicts

REASONS_OF_END = ("rule_removed", "shop_removed", "not_judged", "rule_changed")


class EvaluatedPeriod(BaseModel):
    """One evaluated period and the files that its number came from."""

    period_start: date
    verdict: str
    reason: str | None
    state: str
    streak: int
    value: float | None
    measured: float | None
    usual: float | None
    spread: float | None
    usual_periods: int | None
    numerator: Decimal | None
    denominator: Decimal | None
    threshold: float
    threshold_high: float
    severity: str
    inhibited_by: str | None
    missing_days: list[date]
    missing_exports: list[str]
    missing_inputs: list[str]
    missing_shops: list[str]
    short_days: list[date]
    short_exports: list[str]
    files: list[str]


class Step(BaseModel):
    """One transition of the alert, or a decision about it."""

    on: date
    what: str
    detail: str | None = None


class Explanation(BaseModel):
    """An explained alert. ``distance``: from the nearest limit to the last number, in the measure's unit."""

    key: str
    rule: str
    rule_hash: str
    model_hash: str | None
    title: str
    shop: str
    name: str
    entity: str
    metric: str
    measure: str
    unit: str
    numerator_title: str
    denominator_title: str
    has_parts: bool
    """True if the measured number is the numerator divided by the denominator."""
    state: str
    severity: str
    since: date
    resolved_at: date | None
    breach: str
    lasting: str
    clearing: str
    distance: float | None
    usual: str
    """The last judged value and its usual range, of a rule that judges what is unusual."""
    at_stake: Decimal | None
    currency: str | None
    owner: str
    action: str
    manual: str
    periods: list[EvaluatedPeriod]
    life: list[Step]
    ended: str | None
    """Why a retracted alert was retracted, as in `reason_of_end`."""


class UnknownAlertError(ShopwatchError, LookupError):
    """No alert has that key."""


class NoRuleError(UnknownAlertError):
    """The alert's rule was removed or cannot be read; the message has the alert's history."""


def explain(
    session: Session,
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    key: str,
    language: Language = "en",
) -> Explanation:
    """Explain one alert, from a judged or published warehouse and the store.

    Raises UnknownAlertError if no alert has the key, NoRuleError if its rule was removed or cannot be read.
    """
    found = _rows(con, "alert", key)
    if not found:
        raise UnknownAlertError(f"no alert {key}; the mail and ops.alerts contain the keys")
    alert, history = found[0], life(session, key)
    if alert["rule"] not in catalog.rules:
        raise NoRuleError(_without_rule(alert, history))
    rule, head = catalog.rules[alert["rule"]], catalog.metrics[alert["metric"]].head
    periods = [EvaluatedPeriod.model_validate(row) for row in _rows(con, "periods", key)]
    unit, currency = measured_unit(rule, head.unit), alert["currency"] or ""
    return Explanation(
        **{name: alert[name] for name in Explanation.model_fields.keys() & alert.keys()},
        title=rule.title.of(language),
        measure=rule.breach.of,
        unit=unit,
        numerator_title=head.numerator.of(language),
        denominator_title=head.denominator.of(language),
        has_parts=rule.breach.of == "value" and head.has_parts,
        breach=_words(rule.breach, unit, currency),
        lasting=_lasting(rule),
        clearing=_words(rule.clearing, unit, currency)
        + (f" for {rule.clearing.periods} periods" if rule.clearing.periods > 1 else ""),
        distance=_distance(periods),
        usual=_usual(periods, rule, head, words(catalog.include, language), currency),
        owner=assigned.owner if (assigned := assignments(session).get(key)) else rule.owner,
        action=rule.action.of(language),
        manual=rule.manual.of(language),
        periods=periods,
        life=history,
        ended=reason_of_end(history) if alert["state"] == "retracted" else None,
    )


def _words(limit: Limit, unit: str, currency: str) -> str:
    return f"{limit.comparison.replace('_', ' ')} {limits(limit.low, limit.high, unit, 'en', currency)}"


def _distance(periods: list[EvaluatedPeriod]) -> float | None:
    """Distance of the last judged number from the nearest limit; None if none was judged."""
    for period in reversed(periods):
        if period.measured is not None:
            low, high = period.measured - period.threshold, period.measured - period.threshold_high
            return round(low if abs(low) <= abs(high) else high, 10)
    return None


def _usual(periods: list[EvaluatedPeriod], rule: Rule, head: MetricHead, say: Words, currency: str) -> str:
    for period in reversed(periods):
        if period.value is not None and period.usual is not None and period.spread is not None:
            known = UsualRange.of(rule, period.value, period.usual, period.spread, period.usual_periods or 0)
            return usual_text(known, head, currency, say)
    return ""


def _lasting(rule: Rule) -> str:
    lasting = rule.lasting
    if lasting.periods == 1:
        return f"one {rule.grain} with data"
    among = f"of the last {lasting.of}" if lasting.of else "in a row"
    return f"{lasting.periods} {rule.grain}s with data {among}, gaps {lasting.gap}"


def life(session: Session, key: str) -> list[Step]:
    """Transitions of an alert and decisions about it, oldest first."""
    events = session.scalars(select(AlertEvent).where(AlertEvent.alert_key == key).order_by(AlertEvent.number)).all()
    decisions = session.scalars(select(Decision).where(Decision.alert_key == key).order_by(Decision.at)).all()
    steps = [Step(on=event.night, what=event.event, detail=event.detail) for event in events]
    steps += [
        Step(on=one.at.date(), what=f"{one.kind} by {one.by}", detail=": ".join(filter(None, (one.reason, one.plan))))
        for one in decisions
    ]
    return sorted(steps, key=lambda step: step.on)


def reason_of_end(history: Iterable[Step]) -> str | None:
    """Code of the reason for the last retraction (``judge/lifecycle.py``); None if numbers were corrected."""
    last = next((step for step in reversed([*history]) if step.what == "retracted"), None)
    return ending(last) if last else None


def ending(step: Step) -> str | None:
    """Code of the reason for a retraction; None for another step, and if numbers were corrected."""
    detail = json.loads(step.detail) if step.what == "retracted" and step.detail else {}
    return next((code for code in REASONS_OF_END if code == detail.get("reason")), None)


def _without_rule(alert: dict[str, Any], history: Iterable[Step]) -> str:
    lines = [f"{step.on}  {ending(step) or step.what}  {'' if ending(step) else step.detail or ''}" for step in history]
    about = f"{alert['name']} ({alert['entity']}) · {alert['shop_title']}: its rule {alert['rule']}"
    return "\n".join((f"{about} was removed from the manual or cannot be read", *(line.rstrip() for line in lines)))


def _rows(con: duckdb.DuckDBPyConnection, name: str, key: str) -> list[dict[str, Any]]:
    return dicts(con.execute(library_sql(f"judge/explain_{name}"), {"key": key}))
