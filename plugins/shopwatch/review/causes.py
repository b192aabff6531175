"""Alerts of one cause stand together in the review."""

from __future__ import annotations

from collections.abc import Iterable

from shopwatch.notify.grouping import EntityKey, group_by_cause
from shopwatch.review.tables import Row


def entity_key(row: Row) -> EntityKey:
    """Entity and KPI of an alert's row."""
    return EntityKey(row["shop"], row["entity_type"], row["entity"], row["metric"])


def in_groups(alerts: Iterable[Row]) -> list[Row]:
    """The alerts in the order of each group's first one.

    ``together``: number of alerts of the group on its first, 0 on the others.
    """
    groups = group_by_cause(alerts, entity_key)
    return [row | {"together": len(group) if place == 0 else 0} for group in groups for place, row in enumerate(group)]
