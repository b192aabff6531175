"""Shipping, delivery and refunds once more."""

from __future__ import annotations

import pandas as pd
from kpis_tools import Raw, paid_orders, per, per_shop, shaped

DAY, HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)
SHIP_WITHIN, TRACE_WITHIN, DELIVER_WITHIN = 48 * HOUR, 24 * HOUR, 7 * DAY


def shipments(raw: Raw) -> pd.DataFrame:
    """Paid orders of shops that tell of shipping, with the first sign of it; none shipped at an unknown time."""
    orders = paid_orders(raw).query("paid_at.notna()")
    parcels = raw("parcels").dropna(subset=["shipped_at"]).sort_values(["shipped_at", "waybill"])
    first = parcels.groupby(["shop", "order_id"], as_index=False).first()[
        ["shop", "order_id", "shipped_at", "carrier", "province"]
    ]
    told = orders["shipped_at"].notna() | orders["status"].isin(["shipped", "delivered", "completed"])
    shops = {*orders.loc[told, "shop"], *first["shop"]}
    both = orders.merge(first, on=["shop", "order_id"], how="left", suffixes=("", "_first"))
    both["shipped_at"] = both[["shipped_at", "shipped_at_first"]].min(axis=1)
    both["province"] = both["province"].fillna(both["province_first"])
    both["due"] = both["paid_at"] + SHIP_WITHIN
    both["is_late"] = ~(both["shipped_at"] <= both["due"])
    return both[both["shop"].isin(shops) & (both["shipped_at"].notna() | (both["status"] == "paid"))]


def ship_hours(raw: Raw) -> pd.DataFrame:
    shipped = shipments(raw).dropna(subset=["shipped_at"])
    shipped = shipped.assign(day=shipped["shipped_at"], hours=(shipped["shipped_at"] - shipped["paid_at"]) / HOUR)
    return pd.concat(
        per(shipped, kind, entity, lambda rows: rows["hours"].mean(), "week", "month")
        for kind, entity in (("shop", "shop"), ("carrier", "carrier"), ("region", "province"))
    )


def late_ship_share(raw: Raw) -> pd.DataFrame:
    due = shipments(raw).assign(day=lambda rows: rows["due"])
    return per_shop(raw.watched(due), lambda rows: rows["is_late"].mean(), "week", "month")


def overdue_orders(raw: Raw) -> pd.DataFrame:
    late = shipments(raw).query("is_late")
    parts = []
    for shop, orders in shipments(raw).groupby("shop"):
        own = raw.days.query("shop == @shop")["day"]
        for day in own[own >= orders["day"].min().normalize()]:
            waits = late[(late["shop"] == shop) & late["due"].dt.normalize().between(day - 30 * DAY, day)]
            waits = waits[waits["shipped_at"].isna() | (waits["shipped_at"] >= day + DAY)]
            parts.append({"shop": shop, "period_start": day, "value": len(waits)})
    return shaped(pd.DataFrame(parts), "shop", "shop", "day")


def deliver_hours(raw: Raw) -> pd.DataFrame:
    parcels = raw("parcels").dropna(subset=["signed_at", "shipped_at"])
    parcels = parcels.assign(day=parcels["signed_at"], hours=(parcels["signed_at"] - parcels["shipped_at"]) / HOUR)
    return pd.concat(
        per(parcels, kind, entity, lambda rows: rows["hours"].mean(), "week", "month")
        for kind, entity in (("shop", "shop"), ("carrier", "carrier"), ("region", "province"))
    )


def late_delivery_share(raw: Raw) -> pd.DataFrame:
    parcels = raw("parcels")
    parcels["day"] = parcels["shipped_at"] + DELIVER_WITHIN
    parcels = parcels[parcels["signed_at"].notna() | (parcels["version"] >= parcels["day"])]
    parcels["is_late"] = ~(parcels["signed_at"] <= parcels["day"])
    return pd.concat(
        per(parcels, kind, kind, lambda rows: rows["is_late"].mean(), "week", "month") for kind in ("carrier", "shop")
    )


def stuck_parcels(raw: Raw) -> pd.DataFrame:
    parcels = raw("parcels").dropna(subset=["carrier", "shipped_at"])
    over = parcels["last_trace_at"].fillna(parcels["version"])
    gone = parcels["parcel_state"].isin(["returned", "lost"])
    parcels["ended_at"] = parcels["signed_at"].where(~gone | parcels["signed_at"].notna(), over)
    parcels["seen_at"] = parcels["picked_up_at"].fillna(parcels[["last_trace_at", "signed_at"]].min(axis=1))
    parcels["trace_due"] = parcels["shipped_at"] + TRACE_WITHIN
    parts = []
    for (shop, carrier), own in parcels.groupby(["shop", "carrier"]):
        for day in pd.date_range(own["day"].min(), raw.last_day):
            end = day + DAY
            here = own[own["day"].between(day - 30 * DAY, day)]
            here = here[here["ended_at"].isna() | (here["ended_at"] >= end)]
            unseen = (here["trace_due"] <= end) & (here["version"] >= here["trace_due"])
            unseen &= here["seen_at"].isna() | (here["seen_at"] >= end)
            moved = (here["last_trace_at"] > here["stuck_since"]) & (here["last_trace_at"] < end)
            parts.append(
                {
                    "shop": shop,
                    "carrier": carrier,
                    "period_start": day,
                    "value": (unseen | ((here["stuck_since"] < end) & ~moved)).sum(),
                }
            )
    return shaped(pd.DataFrame(parts), "carrier", "carrier", "day")
