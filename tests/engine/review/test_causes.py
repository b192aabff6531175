"""Alerts of one cause stand together in the review."""

from __future__ import annotations

from shopwatch.review.causes import in_groups
from shopwatch.review.tables import Row


def alert(key: str, entity_type: str, entity: str, metric: str = "revenue", belongs_to: str | None = None) -> Row:
    about = {"shop": "qinghe", "entity_type": entity_type, "entity": entity, "metric": metric}
    return {"alert_key": key, "belongs_to": belongs_to} | about


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


def test_a_product_and_its_skus_and_a_plan_and_its_ad_campaigns_stand_together() -> None:
    alerts = [
        alert("a", "sku", "S1", belongs_to="QH-1"),
        alert("b", "campaign", "C1", belongs_to="2026-11/双11"),
        alert("c", "product", "P1", belongs_to="QH-1"),
        alert("d", "sku", "S3", belongs_to="QH-2"),
        alert("e", "plan", "2026-11/双11", belongs_to="2026-11/双11"),
        alert("f", "campaign", "C2"),
        alert("g", "sku", "S1", belongs_to="QH-1"),
        alert("h", "sku", "S4", belongs_to="2026-11/双11"),
    ]
    found = [(row["alert_key"], row["together"], row["is_one_thing"]) for row in in_groups(alerts)]
    product, plan = [("a", 3, False), ("c", 0, False), ("g", 0, False)], [("b", 2, False), ("e", 0, False)]
    assert found == [*product, *plan, ("d", 1, True), ("f", 1, True), ("h", 1, True)]
