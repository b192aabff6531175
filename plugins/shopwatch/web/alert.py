"""Page of one alert: every period, the files behind it, its end condition, and people's decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Limit, Rule
from shopwatch.core.csv_text import csv_text
from shopwatch.core.i18n import NOTHING, Language, Words, difference, limits, number, words
from shopwatch.core.text import DOT
from shopwatch.judge.explain import EvaluatedPeriod, Explanation, Step, ending, explain, life, reason_of_end
from shopwatch.notify.entries import department_of
from shopwatch.notify.evidence_view import evidence_view
from shopwatch.notify.message import Card
from shopwatch.notify.missing_exports import why_of_period
from shopwatch.notify.view_models import EvidenceView
from shopwatch.store.decisions import Silence
from shopwatch.store.tables import Decision
from shopwatch.warehouse.evidence import EvidenceError, EvidenceRows, evidence_rows
from shopwatch.web.alerts import AlertItem, decided_alerts
from shopwatch.web.alerts import item as written
from shopwatch.web.published import PublishedWarehouse, Row

MOST_ROWS = 5_000
"""Rows of evidence on the page; the CSV has all."""


@dataclass(frozen=True)
class PeriodLine:
    """One evaluated period as text."""

    label: str
    verdict: str
    reason: str
    streak: int
    value: str
    limit: str
    numerator: str
    denominator: str
    files: list[str]


@dataclass(frozen=True)
class StepLine:
    """One event of the alert or one decision."""

    on: date | datetime
    what: str
    detail: str


@dataclass(frozen=True)
class ActiveSilence:
    """An active silence that covers the alert and can be lifted by its key."""

    key: str
    silence: Silence


@dataclass(frozen=True)
class AlertPage:
    """Content of the page."""

    item: AlertItem
    explanation: Explanation
    condition: str
    ends: str
    latest: str
    latest_period: str
    distance: str
    periods: list[PeriodLine]
    steps: list[StepLine]
    silences: list[ActiveSilence]
    evidence: EvidenceView | None
    departments: list[tuple[str, str]]
    """Departments that may have the alert instead: name and title."""


@dataclass(frozen=True)
class EndedPage:
    """Content of the page of an alert whose rule was removed or cannot be read: what is known without the rule."""

    name: str
    about: str
    rule: str
    since: date
    state: str
    steps: list[StepLine]
    item: None = None


def alert(
    session: Session, night: PublishedWarehouse, known: Catalog, language: Language, say: Words, key: str
) -> AlertPage | EndedPage | None:
    """Page of the alert with this key; None if there is none."""
    rows = night.rows("notify/cards", keys=[key], notified=None)
    listed = decided_alerts(session, rows, known, night.settings, language, night.night)
    if not listed:
        return _ended_page(session, rows[0], known, language, say) if rows else None
    item = written(listed[0], known, night.settings, language)
    rule, card = known.rules[item.rule], item.card
    explained = explain(session, night.con, known, key, language)
    unit, mail = card.unit, words(night.settings.include, language)
    evidence = _evidence(night, known, language, rows[0], MOST_ROWS)
    decisions = session.scalars(
        select(Decision)
        .where(or_(Decision.alert_key == key, Decision.kind.in_(("silence", "lift"))))
        .order_by(Decision.at)
    ).all()
    latest = next((period for period in reversed(explained.periods) if period.measured is not None), None)
    return AlertPage(
        item=item,
        explanation=explained,
        condition=say(
            "rule_condition",
            metric=item.view.metric,
            limit=clearing_words(rule.breach, unit, say, card.currency),
            lasting=lasting_words(rule, say),
        ),
        ends=_ends(rule, unit, say, card.currency),
        latest=number(latest.measured, unit, language, near=latest.threshold, currency=card.currency)
        if latest
        else NOTHING,
        latest_period=say.period(latest.period_start, card.grain) if latest else "",
        distance=difference(explained.distance, unit, language, card.currency),
        periods=[_period(period, explained.shop, card, known, mail) for period in reversed(explained.periods)],
        steps=_steps(explained, decisions, item, known, say),
        silences=_open(decisions, item, night.night),
        evidence=evidence_view(evidence, card.currency, mail) if evidence else None,
        departments=[
            (name, title.of(language))
            for name, title in known.departments.items()
            if name != department_of(item.rule, listed[0].row["assigned_to"], known)
        ],
    )


def evidence_csv(night: PublishedWarehouse, known: Catalog, language: Language, key: str) -> str | None:
    """The rows behind an alert's number as CSV; None without such an alert or rows."""
    rows = [row for row in night.rows("notify/cards", keys=[key], notified=None) if row["rule"] in known.rules]
    evidence = _evidence(night, known, language, rows[0]) if rows else None
    if evidence is None:
        return None
    titles = tuple(column.title.of(language) for column in evidence.columns)
    return csv_text((titles, *evidence.rows))


def _evidence(
    night: PublishedWarehouse, known: Catalog, language: Language, row: Row, most: int | None = None
) -> EvidenceRows | None:
    """The rows behind an alert's number; None without any, and in a night published before an update of the project."""
    try:
        return evidence_rows(night.con, known, language, row, most)
    except EvidenceError:
        return None


def clearing_words(bound: Limit, unit: str, say: Words, currency: str) -> str:
    """A comparison and its numbers: ``at least 1.2%``, ``between 3 and 12``."""
    numbers = limits(bound.low, bound.high, unit, say.language, currency)
    return say(f"clear_{bound.comparison}", limit=numbers)


def lasting_words(rule: Rule, say: Words) -> str:
    """Duration of a breach in words: ``2 weeks with data in a row``."""
    lasting, grain = rule.lasting, say(f"grain_{rule.grain}")
    if lasting.periods == 1:
        return say("lasting_one", grain=grain)
    if lasting.of:
        return say("lasting_among", grain=grain, count=lasting.periods, of=lasting.of)
    return say("lasting_row", grain=grain, count=lasting.periods)


def _ends(rule: Rule, unit: str, say: Words, currency: str) -> str:
    text = clearing_words(rule.clearing, unit, say, currency)
    periods = rule.clearing.periods
    return text if periods == 1 else say("ends_periods", limit=text, count=periods)


def _period(period: EvaluatedPeriod, shop: str, card: Card, known: Catalog, say: Words) -> PeriodLine:
    language, currency = say.language, card.currency
    why = why_of_period(period.model_dump(), shop, known, say) if period.reason else ""
    top, bottom = known.metrics[card.metric].head.part_texts(period.numerator, period.denominator, currency)
    return PeriodLine(
        label=say.period(period.period_start, card.grain),
        verdict=period.verdict,
        reason=why,
        streak=period.streak,
        value=number(period.measured, card.unit, language, near=period.threshold, currency=currency),
        limit=limits(period.threshold, period.threshold_high, card.unit, language, currency),
        numerator=top,
        denominator=bottom,
        files=period.files,
    )


def _steps(
    explained: Explanation, decisions: Sequence[Decision], item: AlertItem, known: Catalog, say: Words
) -> list[StepLine]:
    """Events first, in the order of the store, then decisions in the order they were made."""
    steps = _events(explained.life, say)
    for one in decisions:
        if one.kind == "acknowledge":
            detail = one.reason + (f" · {say('planned', plan=one.plan)}" if one.plan else "")
            steps.append(StepLine(one.at, say("step_acknowledge", by=one.by), detail))
        elif one.kind == "assign":
            department = known.departments.get(one.owner or "")
            owner = department.of(say.language) if department else one.owner
            steps.append(StepLine(one.at, say("step_assign", by=one.by, owner=owner), one.reason))
        elif one.kind in ("dismiss", "comment"):
            steps.append(StepLine(one.at, say(f"step_{one.kind}", by=one.by), one.reason))
        elif one.kind == "silence" and _fits(one, item):
            until = json.loads(one.matcher or "")["until"]
            steps.append(StepLine(one.at, say("step_silence", by=one.by, day=until), one.reason))
        elif one.kind == "lift" and (lifted := next((other for other in decisions if other.key == one.lifts), None)):
            if lifted.alert_key is not None:
                steps.append(StepLine(one.at, say("step_take_back", by=one.by), one.reason))
            elif _fits(lifted, item):
                steps.append(StepLine(one.at, say("step_lift", by=one.by), one.reason))
    return steps


def _events(history: Sequence[Step], say: Words) -> list[StepLine]:
    """Transitions of the alert in words; decisions are left out."""
    named = ((step.on, f"step_{ending(step) or step.what}") for step in history)
    return [StepLine(on, say(name), "") for on, name in named if name in say]


def _ended_page(session: Session, row: Row, known: Catalog, language: Language, say: Words) -> EndedPage:
    metric, history = known.metrics.get(row["metric"]), life(session, row["key"])
    ended = reason_of_end(history) if row["state"] == "retracted" else None
    return EndedPage(
        name=row["name"],
        about=DOT.join((row["shop_title"], metric.head.title.of(language) if metric else row["metric"])),
        rule=row["rule"],
        since=row["since"],
        state=say(f"state_{ended or row['state']}", day=row["resolved_at"]),
        steps=_events(history, say),
    )


def _fits(decision: Decision, item: AlertItem) -> bool:
    """True if the decision is a silence that covers the alert on some day."""
    if decision.kind != "silence":
        return False
    what = Silence.model_validate_json(decision.matcher or "")
    return what.fits(item.rule, item.card.shop, item.card.entity, what.until)


def _open(decisions: Sequence[Decision], item: AlertItem, night: date) -> list[ActiveSilence]:
    lifted = {one.lifts for one in decisions if one.kind == "lift"}
    found = [
        ActiveSilence(one.key, Silence.model_validate_json(one.matcher or ""))
        for one in decisions
        if one.kind == "silence" and one.key not in lifted and _fits(one, item)
    ]
    return [one for one in found if night <= one.silence.until]
