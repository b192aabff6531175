"""Times of day as people write them in YAML, and the hours in which a team gets its mail."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shopwatch.core.nights import TIMEZONE
from shopwatch.core.strict_yaml import closest


def _as_yaml_reads_it(said: object) -> object:
    """10:30 without quotes is 630 to YAML."""
    if not isinstance(said, int):
        return said
    if not 0 <= said < 24 * 60:
        raise ValueError("not a time of day: 00:00 to 23:59")
    return time(said // 60, said % 60)


def _is_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        meant = closest(name, available_timezones())
        raise ValueError(f"unknown time zone `{name}`{meant}; write it as Asia/Shanghai") from error
    return name


Clock = Annotated[time, BeforeValidator(_as_yaml_reads_it)]
Zone = Annotated[str, AfterValidator(_is_a_zone)]


class Hours(BaseModel):
    """From one time of day, included, to another, excluded, by the zone's clock; 22:00 to 06:00 is over midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: Clock = Field(alias="from")
    closes: Clock = Field(alias="to")
    timezone: Zone = TIMEZONE

    @model_validator(mode="after")
    def _is_some_time(self) -> Hours:
        if self.opens == self.closes:
            raise ValueError("from and to are the same: leave `hours` out for all day")
        return self

    def first(self, moment: datetime) -> datetime:
        """The moment where it lies within the hours, else when they begin next; UTC without a zone."""
        here = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone))
        clock = here.time()
        began, ended = clock >= self.opens, clock >= self.closes
        if (began and not ended) if self.opens < self.closes else (began or not ended):
            return moment
        day = here.date() + timedelta(days=1) if began else here.date()
        return datetime.combine(day, self.opens, ZoneInfo(self.timezone)).astimezone(UTC).replace(tzinfo=None)
