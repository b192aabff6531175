"""The day that a file is about, where none of its columns says it."""

from __future__ import annotations

import re
from datetime import date, datetime

from shopwatch.exports.recognise import Recognised, RejectedError


def stated_day(found: Recognised, path: str) -> date | None:
    """The day that the lines above the header state, else folder and name; None where rows or export time give it.

    Raises RejectedError where neither states a day, or where they state several: their sum cannot
    be split into days.
    """
    period = found.contract.period
    if period is None:
        return None
    places = ((period.preamble, "\n".join(found.preamble)), (period.name, path))
    for pattern, text in places:
        stated = re.search(pattern, text) if pattern else None
        if stated:
            days = [_day(group) for group in stated.groups() if group]
            if len(set(days)) > 1:
                raise RejectedError("sums_up_days", first=days[0], last=days[-1])
            return days[0]
    raise RejectedError("no_day", example=f"{found.path.stem}_2026-11-02{found.path.suffix}")


def _day(text: str) -> date:
    digits = re.sub(r"\D", "", text)
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        raise RejectedError("impossible_day", day=text) from None
