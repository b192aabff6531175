"""CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from shopwatch.core.spreadsheets import harmless

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Byte order mark, by which Excel recognises UTF-8."""


def csv_text(lines: Iterable[Sequence[object]]) -> str:
    """All lines with a UTF-8 mark; no text becomes a formula, and a missing value is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    for cells in lines:
        writer.writerow(["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return MARK + text.getvalue()
