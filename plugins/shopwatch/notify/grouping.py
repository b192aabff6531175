"""Alerts of one cause: those about the same product, SKU, campaign or plan are listed together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from shopwatch.judge.stakes import WHOLE

T = TypeVar("T")


class EntityKey(NamedTuple):
    """Entity that an alert is about."""

    shop: str
    entity_type: str
    entity: str


def group_by_entity(alerts: Iterable[T], key_of: Callable[[T], EntityKey]) -> list[tuple[T, ...]]:
    """Groups of alerts about the same entity, in the order of each group's first alert.

    Alerts about a whole shop or a target have causes of their own, so each is a group by itself.
    """
    groups: dict[object, list[T]] = {}
    for place, alert in enumerate(alerts):
        key = key_of(alert)
        groups.setdefault(place if key.entity_type in WHOLE else key, []).append(alert)
    return [tuple(group) for group in groups.values()]
