"""Which day a night is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shopwatch.core.errors import ShopwatchError

LATEST = "latest"
TIMEZONE = "Asia/Shanghai"


def business_date(
    asked: str | None = None,
    logical_date: datetime | None = None,
    run_after: datetime | None = None,
    timezone: str = TIMEZONE,
) -> date | None:
    """The day that a night is about: the last one that had closed when the night began.

    ``asked`` wins: an ISO date, or ``latest``, which gives None and stands for the newest day that
    exports speak of (known only once they are loaded). Else the run's logical date tells (scheduled and
    backfill runs), else the moment it was due (manual, asset-triggered), else now. A run between 00:00
    and 24:00 of a day is about the day before. Raises ValueError for an ``asked`` that is no date.
    """
    if asked == LATEST:
        return None
    if asked:
        return date.fromisoformat(asked)
    moment = logical_date or run_after or datetime.now(UTC)
    return moment.astimezone(ZoneInfo(timezone)).date() - timedelta(days=1)


class FutureNightError(ShopwatchError, ValueError):
    """A night that is not over yet in any shop's time zone."""


def last_closed(timezones: Iterable[str], moment: datetime | None = None) -> date:
    """The newest day that is over in one of the time zones. ``moment``: by default now."""
    moment = moment or datetime.now(UTC)
    return max(moment.astimezone(ZoneInfo(zone)).date() for zone in (*timezones, TIMEZONE)) - timedelta(days=1)


def closing(night: date, timezone: str = TIMEZONE) -> datetime:
    """The end of the day that a night is about."""
    return datetime.combine(night + timedelta(days=1), time(), ZoneInfo(timezone))
