"""Alerts of one cause stand together in the review."""

from __future__ import annotations

from shopwatch.review.causes import in_groups
from shopwatch.review.tables import Row


def alert(key: str, entity_type: str, entity: str, metric: str = "revenue") -> Row:
    return {"alert_key": key, "shop": "qinghe", "entity_type": entity_type, "entity": entity, "metric": metric}


def test_alerts_about_one_thing_follow_its_first_one_and_are_counted_there() -> None:
    alerts = [
        alert("a", "sku", "S1"),
        alert("b", "campaign", "S1"),
        alert("c", "shop", "qinghe"),
        alert("d", "sku", "S1"),
        alert("e", "shop", "qinghe", "dsr"),
        alert("f", "sku", "S1", "days_of_cover"),
        alert("g", "target", "revenue/month", "target_forecast"),
        alert("h", "target", "spend/week", "target_attainment"),
    ]
    found = [(row["alert_key"], row["together"]) for row in in_groups(alerts)]
    assert found == [("a", 3), ("d", 0), ("f", 0), ("b", 1), ("c", 2), ("g", 0), ("e", 1), ("h", 1)]
