"""Formats of numbers and changes in the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from shopwatch.core.i18n import MINUS, money

Number = Decimal | float | int
Tone = Literal["better", "worse", ""]

MARKED_FROM = 0.1
"""Least change, as a share of the number before, that counts as better or worse; most weeks differ by less."""


@dataclass(frozen=True)
class Change:
    """A formatted change: its sign is in the text, its direction in the arrow."""

    arrow: str
    text: str


def change(share: float | None) -> Change | None:
    """A formatted change: ``▲ +3.0%``, ``▼ −4.0%``, ``＝ 0.0%``; None for None."""
    if share is None:
        return None
    percent = _rounded(Decimal(repr(share)) * 100, 1)
    if percent == 0:
        return Change("＝", "0.0%")
    return Change("▲", f"+{percent:,}%") if percent > 0 else Change("▼", f"{MINUS}{-percent:,}%")


def tone(share: float | None, direction: str | None) -> Tone:
    """Whether a change is better or worse, by the KPI's direction (``up`` or ``down``); empty if small or unknown."""
    if share is None or direction is None or abs(share) < MARKED_FROM:
        return ""
    return "better" if (share > 0) == (direction == "up") else "worse"


def amount(value: Number | None, currency: str, cents: bool = False) -> str:
    """A formatted amount, with ``cents`` as in a column with cents: ``¥70,610.70``, ``−£12``; None is ``—``."""
    return money(value, currency, cents=cents)


def needs_cents(values: Iterable[Number | None]) -> bool:
    """True if any value has cents: the whole column then shows cents, so that its numbers align."""
    return any(value is not None and value != int(value) for value in values)


def opening(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _rounded(value: Decimal, decimals: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded
