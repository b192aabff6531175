"""Texts from files as cells of a spreadsheet."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that some spreadsheet would calculate (OWASP, CSV injection)."""
CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10, 13)}


def visible(text: object) -> str:
    """The text with its control characters made visible."""
    return str(text).translate(CONTROLS)


def harmless(text: object) -> str:
    """A text that no spreadsheet takes for a formula, also after it was saved as CSV.

    Where it would be one an apostrophe stands before it. Control characters are made visible.
    """
    shown = visible(text)
    return f"'{shown}" if shown.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}").startswith(FORMULA) else shown
