"""Times of day, durations and dates of a workbook, in Excel's display format."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_DATE = timedelta(days=366)
ONE = timedelta(milliseconds=1)


def shown_moment(text: str, since: timedelta) -> str:
    """Display text of a moment, given its text and its distance from Excel's first day; a time or duration is H:MM:SS.

    A value truncated to .999 s is rounded up to the intended second.
    """
    if since >= FIRST_DATE or since < timedelta(0):
        return str(datetime.fromisoformat(text) + ONE) if text.endswith(".999") else text
    seconds, fraction = divmod((since + ONE) // ONE, 1000)
    digits = f".{fraction - 1:03}" if fraction > 1 else ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{digits}"
