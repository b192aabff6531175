"""Which day a night is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def business_date(
    asked: str | None = None,
    logical_date: datetime | None = None,
    run_after: datetime | None = None,
    timezone: str = "Asia/Shanghai",
) -> date:
    """The day that a night is about: the last one that had closed when the night began.

    ``asked`` (an ISO date in the run's conf) wins; else the run's logical date (scheduled and
    backfill runs); else the moment it was due (manual, asset-triggered); else now. A run between
    00:00 and 24:00 of a day is about the day before.
    """
    if asked:
        return date.fromisoformat(asked)
    moment = logical_date or run_after or datetime.now(UTC)
    return moment.astimezone(ZoneInfo(timezone)).date() - timedelta(days=1)
