"""Times of day, durations and dates of a workbook, as Excel shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_DATE = timedelta(days=366)
ONE = timedelta(milliseconds=1)


def shown_moment(text: str, since: timedelta) -> str:
    """A moment whose text is known, by the days since the first of Excel: a time or duration as H:MM:SS.

    Of a moment that was cut to .999 s: the second that was meant.
    """
    if since >= FIRST_DATE or since < timedelta(0):
        return str(datetime.fromisoformat(text) + ONE) if text.endswith(".999") else text
    seconds, fraction = divmod((since + ONE) // ONE, 1000)
    digits = f".{fraction - 1:03}" if fraction > 1 else ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{digits}"
