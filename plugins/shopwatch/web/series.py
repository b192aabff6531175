"""A KPI over time for chart and table: a period without a number is a gap, never a zero or a bridge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from shopwatch.catalog.rules import Rule
from shopwatch.core.i18n import Language, Words, limit, number, quantity
from shopwatch.core.links import alert_path
from shopwatch.web.published import Row


@dataclass(frozen=True)
class Point:
    """One period as text. ``alert``: path of the alert that was open in it, or empty."""

    start: date
    label: str
    value: float | None
    text: str
    numerator: str
    denominator: str
    is_partial: bool
    alert: str


@dataclass(frozen=True)
class Series:
    """One KPI in one grain, oldest first. ``limits``: limits of the rules on it."""

    metric: str
    grain: str
    title: str
    definition: str
    numerator_title: str
    denominator_title: str
    points: list[Point]
    limits: list[tuple[float, str]]

    @property
    def latest(self) -> Point | None:
        """The newest period with a number."""
        return next((point for point in reversed(self.points) if point.value is not None), None)

    @property
    def has_alert(self) -> bool:
        return any(point.alert for point in self.points)


def series(
    rows: Sequence[Row], alerts: Sequence[Row], rules: Sequence[Rule], entity_type: str, language: Language, say: Words
) -> list[Series]:
    """Series of the rows of ``entity_kpis.sql``, one per metric and grain; those with alerts first."""
    found = []
    for (metric, grain), group in groupby(rows, itemgetter("metric", "grain")):
        watching = [
            rule
            for rule in rules
            if (rule.metric, rule.grain, rule.by, rule.breach.of) == (metric, grain, entity_type, "value")
        ]
        of_metric = [alert for alert in alerts if (alert["metric"], alert["grain"]) == (metric, grain)]
        found.append(_series(list(group), of_metric, watching, language, say))
    return sorted(found, key=lambda one: (not one.has_alert, not one.limits))


def _series(
    rows: Sequence[Row], alerts: Sequence[Row], rules: Sequence[Rule], language: Language, say: Words
) -> Series:
    first = rows[0]
    unit, currency = first["unit"], first["currency"] or ""
    bounds = sorted({bound for rule in rules for bound in (rule.breach.low, rule.breach.high)})
    return Series(
        metric=first["metric"],
        grain=first["grain"],
        title=first[f"title_{language}"],
        definition=first[f"definition_{language}"],
        numerator_title=first[f"numerator_{language}"],
        denominator_title=first[f"denominator_{language}"],
        points=list(_points(rows, alerts, bounds, say)),
        limits=[(bound, limit(bound, unit, language, currency)) for bound in bounds],
    )


def _points(rows: Sequence[Row], alerts: Sequence[Row], bounds: Sequence[float], say: Words) -> Iterator[Point]:
    by_start = {row["period_start"]: row for row in rows}
    unit, grain, currency = rows[0]["unit"], rows[0]["grain"], rows[0]["currency"] or ""
    for start in _periods(rows[0]["period_start"], rows[-1]["period_start"], grain):
        row: dict[str, Any] = by_start.get(start, {})
        value = row.get("value")
        yield Point(
            start=start,
            label=say.period(start, grain),
            value=value,
            text=number(value, unit, say.language, near=bounds[0] if bounds else None, currency=currency),
            numerator=quantity(row.get("numerator")),
            denominator=quantity(row.get("denominator")),
            is_partial=(row.get("coverage") or 1) < 1,
            alert=next((alert_path(alert["key"]) for alert in alerts if _covers(alert, start)), ""),
        )


def _covers(alert: Row, start: date) -> bool:
    return bool(alert["since"] <= start and (alert["resolved_at"] is None or start < alert["resolved_at"]))


def _periods(first: date, last: date, grain: str) -> Iterator[date]:
    """Every period from the first to the last, including those without a number."""
    while first <= last:
        yield first
        if grain == "month":
            first = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        else:
            first += timedelta(days=7 if grain == "week" else 1)
