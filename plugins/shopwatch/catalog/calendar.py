"""Calendar of exceptional days: ``include/calendar.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shopwatch.core.declaration import Declaration
from shopwatch.core.i18n import Title
from shopwatch.core.strict_yaml import declaration_error, read_yaml

REGION = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"  # ISO 3166: CN, US, US-CA


class DayRange(Declaration):
    """Range of days, both ends included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> DayRange:
        if self.last < self.first:
            raise ValueError("the last day is before the first")
        return self


class Event(Declaration):
    """Sale or holiday with all its occurrences."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    title: Title
    region: str | None = Field(None, pattern=REGION)
    """Country or subdivision whose shops are affected; all shops if missing."""
    holiday: bool = False
    make_up: tuple[date, ...] = ()
    """Saturdays and Sundays worked in exchange for weekdays off."""
    sale_days: tuple[date, ...] = ()
    """Days on which exports are judged as they come, by the rules with `so_far`."""
    spans: tuple[DayRange, ...]

    def concerns(self, region: str | None) -> bool:
        """True if the event applies to a shop of the region: an event of a country applies to its subdivisions."""
        return self.region is None or region == self.region or (region or "").startswith(f"{self.region}-")


FIRST_YEAR, LAST_YEAR = 2009, 2035  # range of public holidays
_EVENTS = TypeAdapter(dict[str, Event])


def load_events(include: Path) -> dict[str, Event]:
    """Event name -> event. Raises DeclarationError naming file and key."""
    path = include / "calendar.yaml"
    try:
        return _EVENTS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise declaration_error(path, error, Event) from error


def calendar_of(region: str | None, events: Mapping[str, Event]) -> dict[str, Event]:
    """Events of a region, plus its public holidays if the calendar lists no holiday for it."""
    own = {name: event for name, event in events.items() if event.concerns(region)}
    if region is None or any(event.holiday for event in own.values()):
        return own
    return own | _public_holidays(region)


def rest_days(region: str | None, events: Mapping[str, Event]) -> set[date]:
    """Public holidays of a region."""
    return _days(event for event in calendar_of(region, events).values() if event.holiday)


def event_days(region: str | None, events: Mapping[str, Event]) -> set[date]:
    """Days of a region's sales and holidays."""
    return _days(calendar_of(region, events).values())


def sale_days(region: str | None, events: Mapping[str, Event]) -> set[date]:
    """Declared sale days of a region, on which exports are judged during the day."""
    return {day for event in events.values() if event.concerns(region) for day in event.sale_days}


def _days(events: Iterable[Event]) -> set[date]:
    spans = [span for event in events for span in event.spans]
    return {span.first + timedelta(days=n) for span in spans for n in range((span.last - span.first).days + 1)}


@lru_cache(maxsize=32)
def _public_holidays(region: str) -> dict[str, Event]:
    """Public holidays from the library ``holidays``, one event per name; empty for an unsupported region."""
    import holidays

    country, _, part = region.partition("-")
    try:
        known = holidays.country_holidays(country, subdiv=part or None, years=range(FIRST_YEAR, LAST_YEAR + 1))
    except NotImplementedError:
        return {}
    spans: dict[str, list[DayRange]] = {}
    for day, name in sorted(known.items()):
        spans.setdefault(name, []).append(DayRange(first=day, last=day))
    return {
        name: Event(title=Title(zh=name, en=name), region=region, holiday=True, spans=tuple(days))
        for name, days in spans.items()
    }


def is_working_day(day: date, events: Mapping[str, Event]) -> bool:
    """True from Monday to Friday except on holidays of the calendar, and on make-up working days."""
    if any(day in event.make_up for event in events.values()):
        return True
    is_holiday = any(span.first <= day <= span.last for e in events.values() if e.holiday for span in e.spans)
    return day.weekday() < 5 and not is_holiday
