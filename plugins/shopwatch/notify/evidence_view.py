"""The rows behind an alert's number, formatted for readers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from shopwatch.core.i18n import NOTHING, Words, number
from shopwatch.core.text import clean
from shopwatch.notify.view_models import EvidenceCell, EvidenceView
from shopwatch.warehouse.evidence import EvidenceRows

LONGEST = 60


def evidence_view(evidence: EvidenceRows, currency: str, say: Words) -> EvidenceView:
    """View of the rows; numbers in the column's unit, times to the minute."""
    left = evidence.count - len(evidence.rows)
    kinds = [
        (column.unit, any(isinstance(value, int | float | Decimal) for value in values))
        for column, values in zip(evidence.columns, zip(*evidence.rows, strict=True), strict=True)
    ]
    return EvidenceView(
        titles=tuple(column.title.of(say.language) for column in evidence.columns),
        rows=tuple(
            tuple(
                EvidenceCell(*_texts(value, unit, currency, say), is_number)
                for value, (unit, is_number) in zip(row, kinds, strict=True)
            )
            for row in evidence.rows
        ),
        more=say("more_rows", count=left) if left else "",
    )


def _texts(value: object, unit: str, currency: str, say: Words) -> tuple[str, str]:
    """The value for readers, and the plain one."""
    match value:
        case None:
            return NOTHING, ""
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}", value.isoformat()
        case date():
            return value.isoformat(), value.isoformat()
        case int() | float() | Decimal():
            decimals = 1 if unit == "hours" else 2
            return number(value, unit, say.language, decimals=decimals, currency=currency), str(value)
        case _:
            text = clean(str(value), LONGEST)
            return text, text
