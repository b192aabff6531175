"""Alerts of one cause are listed together.

They are about one product and its SKUs, one planned campaign and its ad campaigns, one other thing, or one KPI of a
shop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from shopwatch.judge.stakes import WHOLE

T = TypeVar("T")

FAMILIES = {"product": "product", "sku": "product", "plan": "plan", "campaign": "plan"}
"""Entity types that can belong to the same thing -> their common name."""


class EntityKey(NamedTuple):
    """Entity and KPI that an alert is about; ``belongs_to``: column of ``ops.alerts``, None or empty if nothing."""

    shop: str
    entity_type: str
    entity: str
    metric: str
    belongs_to: str | None = None

    @property
    def cause(self) -> tuple[str, ...]:
        """Equal for alerts of one cause: a target is about its own KPI, as is an alert about the whole shop."""
        if self.entity_type in FAMILIES and self.belongs_to:
            return (self.shop, FAMILIES[self.entity_type], self.belongs_to)
        if self.entity_type not in WHOLE:
            return self[:3]
        return (self.shop, self.entity.partition("/")[0] if self.entity_type == "target" else self.metric)


def group_by_cause(alerts: Iterable[T], key_of: Callable[[T], EntityKey]) -> list[tuple[T, ...]]:
    """Groups of alerts of one cause, in the order of each group's first alert."""
    groups: dict[tuple[str, ...], list[T]] = {}
    for alert in alerts:
        groups.setdefault(key_of(alert).cause, []).append(alert)
    return [tuple(group) for group in groups.values()]


class Group(NamedTuple):
    """Alerts of one cause: their number, and whether they are about one thing that has a name, no whole shop."""

    size: int
    is_one_thing: bool

    @classmethod
    def of(cls, alerts: Sequence[T], key_of: Callable[[T], EntityKey]) -> Group:
        """The group of these alerts."""
        things = {key_of(alert)[:3] for alert in alerts}
        return cls(len(alerts), len(things) == 1 and key_of(alerts[0]).entity_type not in WHOLE)
