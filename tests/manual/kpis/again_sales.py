"""Sales of whole shops once more."""

from __future__ import annotations

import pandas as pd
from kpis_tools import Raw, paid_orders, per_shop, shaped, week_of


def revenue(raw: Raw) -> pd.DataFrame:
    return per_shop(paid_orders(raw), lambda rows: rows["paid"].sum().round(2), "day", "week", "month")


def refunded(raw: Raw) -> pd.DataFrame:
    return per_shop(paid_orders(raw, unpaid=True), lambda rows: rows["refunded"].sum().round(2), "day", "week", "month")


def net_revenue(raw: Raw) -> pd.DataFrame:
    orders = paid_orders(raw, unpaid=True).assign(net=lambda rows: rows["paid"] - rows["refunded"])
    return per_shop(orders, lambda rows: rows["net"].sum().round(2), "day", "week", "month")


def orders_paid(raw: Raw) -> pd.DataFrame:
    return per_shop(paid_orders(raw, unpaid=True), lambda rows: (rows["paid"] > 0).sum(), "day", "week", "month")


def days_without_orders(raw: Raw) -> pd.DataFrame:
    """No demo shop ever stops: zero on each day with orders, and none of the last year's other days is asked for."""
    days = raw("orders")[["shop", "day"]].drop_duplicates().assign(value=0, period_start=lambda rows: rows["day"])
    return shaped(days, "shop", "shop", "day")


def value_per_order(raw: Raw) -> pd.DataFrame:
    return per_shop(paid_orders(raw).query("paid > 0"), lambda rows: rows["paid"].mean(), "week", "month")


def refund_rate(raw: Raw) -> pd.DataFrame:
    return per_shop(
        paid_orders(raw, unpaid=True), lambda rows: rows["refunded"].sum() / rows["paid"].sum(), "week", "month"
    )


def refunds_to_usual(raw: Raw) -> pd.DataFrame:
    orders = paid_orders(raw, unpaid=True).assign(week=lambda rows: week_of(rows["day"]))
    weeks = orders.groupby(["shop", "week"]).agg(
        paid=("paid", lambda paid: (paid > 0).sum()), refunded=("refunded", lambda refunded: (refunded > 0).sum())
    )
    rows = []
    for (shop, week), here in weeks.iterrows():
        of_shop = weeks.loc[shop]
        before = of_shop[(of_shop.index < week) & (of_shop.index >= week - pd.Timedelta(weeks=8))]
        usual = here["paid"] * before["refunded"].sum() / before["paid"].sum() if len(before) >= 4 else None
        rows.append((shop, week, None if usual is None else here["refunded"] / max(usual, 5)))
    return shaped(pd.DataFrame(rows, columns=["shop", "period_start", "value"]), "shop", "shop", "week")
