"""Export schedule of the demo shops: weekly until the last week, then daily."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from demo.story import DAYS, LAST_WEEK


@dataclass(frozen=True)
class Export:
    """One file: name, export moment in the shop's time zone, and the function that builds its bytes."""

    folder: str
    name: str
    moment: datetime
    build: Callable[[], bytes]


def windows() -> list[tuple[date, date]]:
    """First and last day of each weekly export, then of each daily one."""
    weeks = [(DAYS[n], DAYS[n + 6]) for n in range(0, len(DAYS) - 7, 7)]
    return weeks + [(day, day) for day in LAST_WEEK]


def morning_after(day: date, hour: int, minute: int) -> datetime:
    """A moment on the day after ``day``."""
    return datetime.combine(day + timedelta(days=1), time(hour, minute))


def lately() -> list[tuple[date, date]]:
    """First and last day of one export for all weeks before the last, then each day of the last week."""
    return [(DAYS[0], DAYS[-8]), *((day, day) for day in LAST_WEEK)]
