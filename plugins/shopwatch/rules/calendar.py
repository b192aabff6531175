"""The days on which a shop is not as usual: ``include/calendar.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from shopwatch.declared import explain, read_yaml
from shopwatch.exports.contract import Title


class Span(BaseModel):
    """From the first day to the last, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.last < self.first:
            raise ValueError("the last day lies before the first")
        return self


class Event(BaseModel):
    """A sale or a holiday, with each time that it took or takes place."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    title: Title
    holiday: bool = False
    make_up: tuple[date, ...] = ()
    """Saturdays and Sundays that are worked for days off in between."""
    spans: tuple[Span, ...]


_EVENTS = TypeAdapter(dict[str, Event])


def load_events(include: Path) -> dict[str, Event]:
    """Event name -> event. Raises ContractError naming the key."""
    path = include / "calendar.yaml"
    try:
        return _EVENTS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise explain(path, error, Event) from error


def is_working_day(day: date, events: Mapping[str, Event]) -> bool:
    """Monday to Friday but for the calendar's holidays, and the days that are worked to make up for them."""
    if any(day in event.make_up for event in events.values()):
        return True
    is_holiday = any(span.first <= day <= span.last for e in events.values() if e.holiday for span in e.spans)
    return day.weekday() < 5 and not is_holiday
