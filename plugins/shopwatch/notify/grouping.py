"""Alerts of one cause are listed together: those about one product, SKU, campaign or plan, or one KPI of a shop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from shopwatch.judge.stakes import WHOLE

T = TypeVar("T")


class EntityKey(NamedTuple):
    """Entity and KPI that an alert is about."""

    shop: str
    entity_type: str
    entity: str
    metric: str

    @property
    def cause(self) -> tuple[str, ...]:
        """Equal for alerts of one cause: a target is about its own KPI, as is an alert about the whole shop."""
        if self.entity_type not in WHOLE:
            return self[:3]
        return (self.shop, self.entity.partition("/")[0] if self.entity_type == "target" else self.metric)


def group_by_cause(alerts: Iterable[T], key_of: Callable[[T], EntityKey]) -> list[tuple[T, ...]]:
    """Groups of alerts of one cause, in the order of each group's first alert."""
    groups: dict[tuple[str, ...], list[T]] = {}
    for alert in alerts:
        groups.setdefault(key_of(alert).cause, []).append(alert)
    return [tuple(group) for group in groups.values()]
