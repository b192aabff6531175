"""Times of day in YAML, and the delivery hours of a team."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shopwatch.core.declaration import Declaration
from shopwatch.core.nights import TIMEZONE
from shopwatch.core.strict_yaml import closest


def _time_from_yaml(value: object) -> object:
    """Convert an integer to a time: YAML reads an unquoted 10:30 as 630 (base 60)."""
    if not isinstance(value, int):
        return value
    if not 0 <= value < 24 * 60:
        raise ValueError("not a time of day: 00:00 to 23:59")
    return time(value // 60, value % 60)


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        meant = closest(name, available_timezones())
        raise ValueError(f"unknown time zone `{name}`{meant}; write it as Asia/Shanghai") from error
    return name


Clock = Annotated[time, BeforeValidator(_time_from_yaml)]
Zone = Annotated[str, AfterValidator(_check_zone)]


class Hours(Declaration):
    """Delivery hours from one local time, included, to another, excluded; 22:00 to 06:00 crosses midnight."""

    opens: Clock = Field(alias="from")
    closes: Clock = Field(alias="to")
    timezone: Zone = TIMEZONE

    @model_validator(mode="after")
    def _is_some_time(self) -> Hours:
        if self.opens == self.closes:
            raise ValueError("from and to are the same: leave `hours` out for all day")
        return self

    def first(self, moment: datetime) -> datetime:
        """The moment itself if it is within the hours, else the next opening; naive UTC in and out."""
        here = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone))
        clock = here.time()
        began, ended = clock >= self.opens, clock >= self.closes
        if (began and not ended) if self.opens < self.closes else (began or not ended):
            return moment
        day = here.date() + timedelta(days=1) if began else here.date()
        opening = datetime.combine(day, self.opens, ZoneInfo(self.timezone)).astimezone(UTC).replace(tzinfo=None)
        return max(opening, moment)  # clocks that go back show a time before an opening that has been
