"""Safe spreadsheet cells from texts in files."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Leading characters that make a spreadsheet evaluate a cell (OWASP, CSV injection)."""
CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10, 13)}
DIRECTION_MARKS = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def visible(text: object) -> str:
    """Text with control characters replaced by U+FFFD, without marks that reverse the text around them."""
    return str(text).translate(CONTROLS | DIRECTION_MARKS)


def harmless(text: object) -> str:
    """Text that no spreadsheet evaluates as a formula, even after a save as CSV.

    An apostrophe is prepended to would-be formulas.
    """
    shown = visible(text)
    return f"'{shown}" if shown.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}").startswith(FORMULA) else shown
