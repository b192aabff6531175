"""Tiles of the week's key figures: value, change, target, and the reason for a missing value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from shopwatch.core.i18n import Words, limit, number, quantity
from shopwatch.review.tables import Row, Week
from shopwatch.review.wording import Change, Tone, amount, change, needs_cents, opening, tone


class Measure(NamedTuple):
    """A KPI tile: its column, its unit, the column of its coverage, and the key of the reason if it is missing."""

    column: str
    unit: str
    coverage: str
    why_missing: str


MEASURES = (
    Measure("revenue", "money", "completeness", "no_data"),
    Measure("orders_paid", "count", "completeness", "no_data"),
    Measure("value_per_order", "money", "completeness", "no_orders_paid"),
    Measure("net_revenue", "money", "completeness", "refunds_unknown"),
    Measure("refunded", "money", "completeness", "refunds_unknown"),
    Measure("spend", "money", "ad_completeness", "no_data"),
    Measure("roas", "ratio", "ad_completeness", "no_spend"),
)


@dataclass(frozen=True)
class Tile:
    """One KPI of the week.

    ``why``: reason for a missing value; ``tone``: whether its change is better or worse; ``notes``: caveats of the
    comparison.
    """

    key: str
    title: str
    value: str
    why: str | None
    last: str | None
    change: Change | None
    target: str | None
    is_missed: bool | None
    notes: tuple[str, ...]
    tone: Tone = ""


def covered_days(completeness: float | None) -> int | None:
    """Number of the week's days with data; None if that is all of them, or unknown."""
    return None if completeness is None or completeness >= 1 else round(completeness * 7)


def is_judged(week: Week, measure: Measure, now: Row) -> bool:
    """True if the week is over and complete, so that it can be held against its target."""
    return week.is_closed and covered_days(now[measure.coverage]) is None


def is_comparable(week: Week, measure: Measure, now: Row) -> bool:
    """True if this week and the last are both over and complete."""
    return is_judged(week, measure, now) and covered_days(now[f"{measure.coverage}_last_week"]) is None


def tiles(say: Words, week: Week, shop: Row, now: Row, definitions: Mapping[str, Row]) -> list[Tile]:
    """Tiles of the KPIs that the shop has exports for. ``definitions``: metric -> its definition."""
    return [
        tile(say, week, measure, now, definitions.get(measure.column))
        for measure in MEASURES
        if shop["orders" if measure.coverage == "completeness" else "ads"] is not None
    ]


def title_of(say: Words, measure: Measure, definition: Row | None) -> str:
    """Name of the KPI, from its definition if the warehouse has it."""
    return opening(definition[f"title_{say.language}"]) if definition else say(measure.column)


def tile(say: Words, week: Week, measure: Measure, now: Row, definition: Row | None) -> Tile:
    """Tile of one KPI from the shop's row of the week; a value that the row lacks is shown with its reason."""
    column, currency = measure.column, now["currency"]
    value, last = now[column], now[f"{column}_last_week"]
    moved = now[f"{column}_change"] if is_comparable(week, measure, now) else None
    target = now.get(f"{column}_target")
    judged = value is not None and target is not None and is_judged(week, measure, now)
    return Tile(
        key=column,
        title=title_of(say, measure, definition),
        value=written(value, measure.unit, currency, near=target),
        why=None if value is not None else _why(say, measure, now),
        last=None if last is None else written(last, measure.unit, currency),
        change=change(moved),
        target=None if target is None else _aim(target, measure.unit, currency),
        is_missed=value < target if judged else None,
        notes=tuple(_notes(say, measure, now)),
        tone=tone(moved, definition["direction"] if definition else None),
    )


def _aim(target: float, unit: str, currency: str) -> str:
    if unit == "money":
        return amount(target, currency, needs_cents([target]))
    return limit(target, unit, None)


def _why(say: Words, measure: Measure, now: Row) -> str:
    """Reason for a missing value: a zero divisor, refunds that no export reports, or no data."""
    if measure.why_missing == "refunds_unknown" and now["revenue"] is not None:
        return say("refunds_unknown")
    divisor = {"no_spend": "spend", "no_orders_paid": "orders_paid", "no_visitors": "visitors"}.get(measure.why_missing)
    return say(measure.why_missing if divisor and now[divisor] == 0 else "no_data")


def _notes(say: Words, measure: Measure, now: Row) -> list[str]:
    """Reasons for a missing change, and the number of days that the value covers."""
    value, last = now[measure.column], now[f"{measure.column}_last_week"]
    notes = []
    if last is None:
        notes.append(say("no_last_week"))
    elif last == 0 and value:
        notes.append(say("last_week_zero"))
    days, before = (covered_days(now[f"{measure.coverage}{week}"]) for week in ("", "_last_week"))
    if days == before and days is not None:
        notes.append(say("days_covered", days=days))
    elif days is not None or before is not None:
        notes.append(say("days_covered_both", days=7 if days is None else days, last=7 if before is None else before))
    return notes


def written(value: Any, unit: str, currency: str, near: float | None = None) -> str:
    """A number in its unit, as in tiles and tables; None is ``—``."""
    if unit == "money":
        return amount(value, currency)
    return quantity(value) if unit == "count" else number(value, unit, None, near=near)
