"""Alerts of one cause stand together in the review."""

from __future__ import annotations

from collections.abc import Iterable

from shopwatch.notify.grouping import EntityKey, Group, group_by_cause
from shopwatch.review.tables import Row


def entity_key(row: Row) -> EntityKey:
    """Entity and KPI of an alert's row."""
    return EntityKey(row["shop"], row["entity_type"], row["entity"], row["metric"], row["belongs_to"])


def in_groups(alerts: Iterable[Row]) -> list[Row]:
    """The alerts in the order of each group's first one.

    ``together``: number of alerts of the group on its first, 0 on the others; ``is_one_thing``: as in `Group`.
    """
    rows = []
    for alerts_of_cause in group_by_cause(alerts, entity_key):
        group = Group.of(alerts_of_cause, entity_key)
        for place, row in enumerate(alerts_of_cause):
            rows.append(row | {"together": group.size if place == 0 else 0, "is_one_thing": group.is_one_thing})
    return rows
