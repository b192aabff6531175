"""Texts about what is usual, for rules with ``of: unusual``."""

from __future__ import annotations

from dataclasses import dataclass

from shopwatch.catalog.metrics import MetricHead
from shopwatch.catalog.rules import Rule
from shopwatch.core.i18n import Words, number


@dataclass(frozen=True)
class UsualRange:
    """A value and the range in which the rule would not report it, in the metric's unit.

    ``periods``: number of periods that ``usual`` comes from. ``low``, ``high``: None where the rule has no such limit.
    """

    value: float
    usual: float
    periods: int
    low: float | None
    high: float | None
    grain: str

    @classmethod
    def of(cls, rule: Rule, value: float, usual: float, spread: float, periods: int) -> UsualRange:
        """Range of a verdict of the rule, from its numbers in ``ops.verdicts``."""
        breach = rule.breach
        has_low = breach.comparison not in ("above", "at_least")
        has_high = breach.comparison not in ("below", "at_most")
        low = usual + breach.low * spread if has_low else None
        high = usual + breach.high * spread if has_high else None
        return cls(value, usual, periods, low, high, rule.grain)


def usual_text(known: UsualRange, head: MetricHead, currency: str | None, say: Words) -> str:
    """The value, its usual range and where that comes from, as one phrase. ``head``: of the rule's metric."""

    def shown(amount: float | None) -> str:
        return number(amount, head.unit, say.language, currency=currency or "")

    low = known.low if head.may_be_negative or known.low is None else max(known.low, 0.0)
    kind = "usual_at_most" if low is None else "usual_at_least" if known.high is None else "usual_between"
    return say(
        f"usual_{known.grain}",
        value=shown(known.value),
        range=say(kind, low=shown(low), high=shown(known.high)),
        usual=shown(known.usual),
        count=known.periods,
    )
