"""Service, scores, reviews and the set-up checklist once more."""

from __future__ import annotations

import pandas as pd
from kpis_tools import PERIODS, Raw, paid_orders, per, per_shop, shaped

HOUR = pd.Timedelta(hours=1)


def refund_hours(raw: Raw) -> pd.DataFrame:
    refunds = raw("refunds").query("status == 'refunded'").dropna(subset=["applied_at", "completed_at"])
    refunds = refunds.assign(hours=(refunds["completed_at"] - refunds["applied_at"]) / HOUR)
    return per_shop(refunds, lambda rows: rows["hours"].mean(), "week", "month")


def dsr(raw: Raw) -> pd.DataFrame:
    scores = raw("service_shop_day").sort_values("day")
    scores["least"] = scores[["description_score", "logistics_score", "service_score"]].min(axis=1)
    return per_shop(scores.dropna(subset=["least"]), lambda rows: rows["least"].iloc[-1], "day", "week", "month")


def _weighed(raw: Raw, column: str) -> pd.DataFrame:
    days = raw("service_agent_day").dropna(subset=[column])

    def mean(rows: pd.DataFrame) -> float:
        if rows["inquiries"].isna().any() or not rows["inquiries"].sum():
            return float(rows[column].mean())
        return float((rows[column] * rows["inquiries"]).sum() / rows["inquiries"].sum())

    return pd.concat(per(days, kind, kind, mean, "week", "month") for kind in ("agent", "shop"))


def first_answer_seconds(raw: Raw) -> pd.DataFrame:
    return _weighed(raw, "first_answer_seconds")


def satisfaction(raw: Raw) -> pd.DataFrame:
    return _weighed(raw, "satisfaction")


def bad_reviews(raw: Raw) -> pd.DataFrame:
    reviews = raw("reviews")
    return pd.concat(
        per(reviews, kind, entity, lambda rows: (rows["stars"] <= 2).sum(), "week")
        for kind, entity in (("theme", "theme"), ("product", "product_id"), ("shop", "shop"))
    )


BLAMING = {"质量问题", "商品与描述不符", "少件/漏发"}


def complaint_rate(raw: Raw) -> pd.DataFrame:
    reviews, refunds, orders = raw("reviews"), raw("refunds"), paid_orders(raw)
    reviews["order_id"] = reviews["order_id"].fillna(reviews["load_id"] + ":" + reviews["line"].astype(str))
    blaming = refunds[refunds["reason"].isin(BLAMING)].assign(day=refunds["applied_at"].dt.normalize())
    complaints = pd.concat([reviews.query("stars <= 2"), blaming])[["shop", "day", "order_id"]]
    parts = []
    for grain in ("week", "month"):
        bad = complaints.assign(period_start=PERIODS[grain](pd.to_datetime(complaints["day"])))
        bad_orders = bad.groupby(["shop", "period_start"])["order_id"].nunique()
        first = PERIODS[grain](reviews["day"]).groupby(reviews["shop"]).min()
        paid = orders.assign(period_start=PERIODS[grain](orders["day"])).groupby(["shop", "period_start"]).size()
        rows = [
            {"shop": shop, "period_start": start, "value": bad_orders.get((shop, start), 0) / number}
            for (shop, start), number in paid.items()
            if shop in first.index and start >= first[shop]
        ]
        parts.append(shaped(pd.DataFrame(rows), "shop", "shop", grain))
    return pd.concat(parts)


def _items(raw: Raw) -> pd.DataFrame:
    items = raw("checklist")
    items["item"] = items["area"] + "/" + items["item"]
    return items.merge(raw.days, on="shop", suffixes=("_listed", ""))


def days_overdue(raw: Raw) -> pd.DataFrame:
    items = _items(raw)
    late = (items["day"] - pd.to_datetime(items["due_on"])).dt.days.clip(lower=0)
    done = pd.to_datetime(items["done_on"]) <= items["day"]
    items = items.assign(period_start=items["day"], value=late.mask(done, 0))
    return shaped(items, "item", "item", "day")


def days_to_expiry(raw: Raw) -> pd.DataFrame:
    items = _items(raw)
    left = (pd.to_datetime(items["expires_on"]) - items["day"]).dt.days
    return shaped(items.assign(period_start=items["day"], value=left), "item", "item", "day")
