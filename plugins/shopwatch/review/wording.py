"""Formats of numbers and changes in the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from shopwatch.core.i18n import MINUS, money, number

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
    """A formatted change: ``▲ +3.00%``, ``▼ −4.00%``, ``＝ 0.00%``; None for None."""
    if share is None:
        return None
    text, none = (number(value, "share", None) for value in (abs(share), 0))
    if text == none:
        return Change("＝", text)
    return Change("▲", f"+{text}") if share > 0 else Change("▼", f"{MINUS}{text}")


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


def as_cell(column: str, text: Any) -> Any:
    """A text in the reader's language as a cell of its own: with a capital first letter, unless it names a thing."""
    return opening(text) if isinstance(text, str) and not column.endswith("_name") else text
