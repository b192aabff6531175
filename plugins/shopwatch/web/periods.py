"""The days that a table shows, and the days that it compares them with."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
YEAR_OF_WEEKS = 52 * WEEK  # the same weekdays a year ago
AGAINST = ("before", "year")

Grain = Literal["day", "week", "month", "days"]
"""Of a calendar period, or ``days`` for any other number of days."""


@dataclass(frozen=True)
class Period:
    """Days from ``first_day`` to ``last_day``, both included.

    ``against``: compared with those ``before`` or a ``year`` ago.
    """

    first_day: date
    last_day: date
    against: str = "before"

    @property
    def grain(self) -> Grain:
        """The calendar period that the days make up: a day, a week from Monday, a month."""
        if self.first_day == self.last_day:
            return "day"
        if self.first_day.weekday() == 0 and self.last_day == self.first_day + WEEK - DAY:
            return "week"
        return "month" if (self.first_day, self.last_day) == month_of(self.first_day) else "days"

    @property
    def compared(self) -> tuple[date, date]:
        """First and last of the days compared: the period before, or the same a year ago.

        A month is compared with a month; other days keep their weekdays, so a year ago is 52 weeks ago.
        """
        if self.grain == "month":
            return month_of(self.first_day - DAY if self.against == "before" else _year_before(self.first_day))
        back = self.last_day - self.first_day + DAY if self.against == "before" else YEAR_OF_WEEKS
        return self.first_day - back, self.last_day - back

    @property
    def values(self) -> dict[str, object]:
        """Parameters of a table's statement."""
        first, last = self.compared
        return {
            "grain": self.grain,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "compared_first_day": first,
            "compared_last_day": last,
        }

    def usual(self, newest: date) -> dict[str, Period]:
        """Name -> a period that is often asked for, as of the ``newest`` day."""
        monday, (month, end) = newest - newest.weekday() * DAY, month_of(newest)
        days = {
            "last_day": (newest, newest),
            "this_week": (monday, monday + WEEK - DAY),
            "last_week": (monday - WEEK, monday - DAY),
            "this_month": (month, end),
            "last_month": month_of(month - DAY),
            "last_30_days": (newest - 29 * DAY, newest),
        }
        return {name: replace(self, first_day=first, last_day=last) for name, (first, last) in days.items()}


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def period_of(asked: Mapping[str, str]) -> Period | None:
    """The period that an address names by ``first``, ``last`` and ``against``.

    None without two days in order, or if the days compared would lie before the first year of the calendar.
    """
    against = asked.get("against", "")
    try:
        first, last = (date.fromisoformat(asked.get(name, "")) for name in ("first", "last"))
    except ValueError:
        return None
    if first > last or first - date.min <= max(last - first, 2 * YEAR_OF_WEEKS):
        return None
    return Period(first, last, against if against in AGAINST else "before")


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=1)
