"""Business date of a night."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shopwatch.core.errors import ShopwatchError, StateError

LATEST = "latest"
TIMEZONE = "Asia/Shanghai"


def business_date(
    asked: str | None = None,
    logical_date: datetime | None = None,
    run_after: datetime | None = None,
    timezone: str = TIMEZONE,
) -> date | None:
    """Business date of a night: the last day that was closed when the night began.

    ``asked`` takes precedence: an ISO date, or ``latest``. ``latest`` returns None and stands for the newest day that
    exports cover, known only after the load. Next come the run's logical date (scheduled and backfill runs), its due
    time (manual and asset-triggered runs), then the current time. A run between 00:00 and 24:00 covers the day before.
    Raises ValueError if ``asked`` is not a date.
    """
    if asked == LATEST:
        return None
    if asked:
        return date.fromisoformat(asked)
    moment = logical_date or run_after or datetime.now(UTC)
    return moment.astimezone(ZoneInfo(timezone)).date() - timedelta(days=1)


class FutureNightError(ShopwatchError, ValueError):
    """Night that is not over yet in any shop's time zone."""


class ClockBehindError(StateError):
    """Clock that shows a day which judged nights and loaded exports have passed."""


def last_closed(timezones: Iterable[str], moment: datetime | None = None) -> date:
    """Newest day that is over in at least one of the time zones. ``moment`` defaults to now."""
    moment = moment or datetime.now(UTC)
    return max(moment.astimezone(ZoneInfo(zone)).date() for zone in (*timezones, TIMEZONE)) - timedelta(days=1)


def closing(night: date, timezone: str = TIMEZONE) -> datetime:
    """End of the night's business date, with time zone."""
    return datetime.combine(night + timedelta(days=1), time(), ZoneInfo(timezone))
