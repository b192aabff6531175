"""Suggested limits, guards and severities for rules that raise too many alerts, from a shop's own history."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.backtest import backtest, changed_rule, judged_history

DAYS_A_MONTH = 30.4
MOST_CRITICAL = 0.5
"""Share of a rule's alerts above which critical ones no longer stand out."""
CRITICAL_ALERTS = 5
"""One alert in this many should be critical."""


@dataclass(frozen=True)
class Peak:
    """One alert of the history: its farthest compared numbers, and the largest denominator behind them."""

    rule: str
    shop: str
    entity: str
    since: date
    is_critical: bool
    lowest: float
    highest: float
    denominator: float | None


@dataclass(frozen=True)
class Suggestion:
    """Changed keys of a rule, as ``--set`` of the backtest takes them, and what they would have done in one shop."""

    settings: tuple[str, ...]
    alerts: int
    critical: int


@dataclass(frozen=True)
class NoisyRule:
    """A rule and a shop in which it raised more alerts a month than wanted, or mostly critical ones."""

    rule: str
    shop: str
    alerts: int
    critical: int
    a_month: float
    suggestions: tuple[Suggestion, ...]


def suggest(catalog: Catalog, rules: Iterable[Rule], first: date, wanted: float) -> list[NoisyRule]:
    """Suggestions for each rule and shop with more than ``wanted`` alerts a month from ``first`` on.

    Each suggestion was judged over the same history. Raises DeclarationError if no warehouse has been published.
    """
    judged = list(rules)
    by_name = {rule.rule: rule for rule in judged}
    with judged_history(catalog, judged) as (con, night):
        rows = con.execute(library_sql("judge/alert_peaks"), {"first": first}).fetchall()
    months = max((night - first).days + 1, 1) / DAYS_A_MONTH
    most = max(round(wanted * months), 1)
    found = []
    for (name, shop), group in groupby((Peak(*row) for row in rows), key=lambda peak: (peak.rule, peak.shop)):
        peaks, rule = list(group), by_name[name]
        critical = sum(peak.is_critical for peak in peaks)
        changes = [*_fewer(rule, peaks, most), *_less_critical(rule, peaks, critical)]
        tried = [_tried(catalog, rule, shop, settings, first, judged) for settings in changes]
        better = tuple(one for one in tried if (one.alerts, one.critical) < (len(peaks), critical))
        if better:
            found.append(NoisyRule(name, shop, len(peaks), critical, len(peaks) / months, better))
    return found


def _tried(
    catalog: Catalog, rule: Rule, shop: str, settings: tuple[str, ...], first: date, judged: list[Rule]
) -> Suggestion:
    """Backtest of the changed rule in the shop."""
    others = [one for one in judged if one.rule in rule.inhibited_by]
    alerts = backtest(catalog, [changed_rule(rule, settings), *others], first)
    own = [one for one in alerts if one.rule == rule.rule and one.shop == shop and not one.is_inhibited]
    return Suggestion(settings, len(own), sum(one.severity == "critical" for one in own))


def _fewer(rule: Rule, peaks: list[Peak], most: int) -> list[tuple[str, ...]]:
    """Changes that leave about ``most`` of the alerts: a stricter limit, and a larger guard."""
    if len(peaks) <= most:
        return []
    breach = rule.breach
    changes: list[tuple[str, ...]] = []
    if breach.alerts_a_month is not None:
        changes.append((f"breach.alerts_a_month={breach.alerts_a_month * most / len(peaks):.2g}",))
    elif breach.comparison in ("below", "at_most", "above", "at_least"):
        limit = _short(_nth(rule, peaks, most if breach.comparison in ("below", "above") else most - 1))
        changes.append((f"breach.{breach.comparison}={limit}", *_stricter_critical(rule, float(limit))))
    sizes = sorted((peak.denominator for peak in peaks if peak.denominator is not None), reverse=True)
    if rule.guard.denominator_at_least and len(sizes) > most and sizes[most - 1] > rule.guard.denominator_at_least:
        changes.append((f"guard.denominator_at_least={_short(sizes[most - 1])}",))
    return changes


def _less_critical(rule: Rule, peaks: list[Peak], critical: int) -> list[tuple[str, ...]]:
    """Change that makes one of five alerts critical, where most are."""
    if rule.critical is None or critical <= MOST_CRITICAL * len(peaks) or len(peaks) < CRITICAL_ALERTS:
        return []
    return [(f"critical={_short(_nth(rule, peaks, len(peaks) // CRITICAL_ALERTS))}",)]


def _stricter_critical(rule: Rule, limit: float) -> tuple[str, ...]:
    """The rule's critical number moved to the new limit, if that is beyond it."""
    if rule.critical is None:
        return ()
    is_low = rule.breach.comparison in ("below", "at_most")
    return (f"critical={limit:g}",) if (rule.critical > limit if is_low else rule.critical < limit) else ()


def _nth(rule: Rule, peaks: list[Peak], number: int) -> float:
    """The farthest number of the alert at this place, the worst first."""
    if rule.breach.comparison in ("below", "at_most"):
        return sorted(peak.lowest for peak in peaks)[number]
    return sorted((peak.highest for peak in peaks), reverse=True)[number]


def _short(number: float) -> str:
    """Four significant digits, or all digits of a whole number."""
    return f"{number:.0f}" if math.isclose(number, round(number)) else f"{number:.4g}"
