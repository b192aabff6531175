"""Alerts of one cause in the review: those about the same product, SKU, campaign or plan stand together."""

from __future__ import annotations

from collections.abc import Iterable

from shopwatch.notify.grouping import EntityKey, group_by_entity
from shopwatch.review.tables import Row


def in_groups(alerts: Iterable[Row]) -> list[Row]:
    """The alerts in the order of each group's first one.

    ``together``: number of alerts of the group on its first, 0 on the others.
    """
    groups = group_by_entity(alerts, lambda row: EntityKey(row["shop"], row["entity_type"], row["entity"]))
    return [row | {"together": len(group) if place == 0 else 0} for group in groups for place, row in enumerate(group)]
