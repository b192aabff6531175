"""The rows behind an alert's number, formatted for readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from shopwatch.core.i18n import NOTHING, Words, money, number
from shopwatch.core.text import clean
from shopwatch.notify.view_models import EvidenceCell, EvidenceView
from shopwatch.warehouse.evidence import EvidenceRows

LONGEST = 60


def evidence_view(evidence: EvidenceRows, currency: str, say: Words) -> EvidenceView:
    """View of the rows; numbers in the column's unit, times to the minute."""
    left = evidence.count - len(evidence.rows)
    columns = [
        _cells(values, column.unit, currency, say)
        for column, values in zip(evidence.columns, zip(*evidence.rows, strict=True), strict=True)
    ]
    return EvidenceView(
        titles=tuple(column.title.of(say.language) for column in evidence.columns),
        rows=tuple(zip(*columns, strict=True)),
        more=say("more_rows", count=left) if left else "",
    )


def _cells(values: Sequence[object], unit: str, currency: str, say: Words) -> list[EvidenceCell]:
    """Cells of a column; one with an amount that has cents shows them in all rows, so that its numbers align."""
    numbers = [value for value in values if isinstance(value, int | float | Decimal)]
    cents = unit == "money" and any(value != int(value) for value in numbers)
    return [
        EvidenceCell(*_texts(value, unit, currency, cents, say), bool(numbers), not isinstance(value, str))
        for value in values
    ]


def _texts(value: object, unit: str, currency: str, cents: bool, say: Words) -> tuple[str, str]:
    """The value for readers, and the plain one."""
    match value:
        case None:
            return NOTHING, ""
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}", value.isoformat()
        case date():
            return value.isoformat(), value.isoformat()
        case int() | float() | Decimal():
            if unit == "money":
                return money(value, currency, cents=cents), str(value)
            return number(value, unit, say.language, decimals=1 if unit == "hours" else 2), str(value)
        case _:
            text = clean(str(value), LONGEST)
            return text, text
