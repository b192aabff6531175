"""Safe spreadsheet cells from texts in files."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Leading characters that make a spreadsheet evaluate a cell (OWASP, CSV injection)."""
CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10, 13)}


def visible(text: object) -> str:
    """Text with control characters replaced by U+FFFD."""
    return str(text).translate(CONTROLS)


def harmless(text: object) -> str:
    """Text that no spreadsheet evaluates as a formula, even after a save as CSV.

    An apostrophe is prepended to would-be formulas. Control characters are made visible.
    """
    shown = visible(text)
    return f"'{shown}" if shown.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}").startswith(FORMULA) else shown
