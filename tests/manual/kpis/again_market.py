"""The shop's visitors and buyers, its competitors and its targets once more."""

from __future__ import annotations

import pandas as pd
from again_products import costs
from kpis_tools import Raw, paid_orders, per, per_shop, week_of

DAY = pd.Timedelta(days=1)
GRAINS = ("day", "week", "month")


def _traffic(raw: Raw, *columns: str) -> pd.DataFrame:
    return raw("shop_day").dropna(subset=list(columns))


def visitors(raw: Raw) -> pd.DataFrame:
    return per_shop(_traffic(raw, "visitors"), lambda rows: rows["visitors"].sum(), *GRAINS)


def _sessions(raw: Raw) -> pd.DataFrame:
    rows = pd.concat([raw("shop_day"), raw("source_day")])
    return rows.reindex(columns=["shop", "day", "sessions"]).dropna()


def sessions(raw: Raw) -> pd.DataFrame:
    return per_shop(_sessions(raw), lambda rows: rows["sessions"].sum(), *GRAINS)


def session_conversion(raw: Raw) -> pd.DataFrame:
    orders = paid_orders(raw, unpaid=True).assign(paid_orders=lambda rows: rows["paid"] > 0)
    both = _sessions(raw).merge(orders.groupby(["shop", "day"], as_index=False)["paid_orders"].sum())
    return per_shop(both, lambda rows: rows["paid_orders"].sum() / rows["sessions"].sum(), "week", "month")


def views(raw: Raw) -> pd.DataFrame:
    return per_shop(_traffic(raw, "views", "visitors"), lambda rows: rows["views"].sum(), *GRAINS)


def paying_buyers(raw: Raw) -> pd.DataFrame:
    return per_shop(_traffic(raw, "pay_buyers", "visitors"), lambda rows: rows["pay_buyers"].sum(), *GRAINS)


def value_per_visitor(raw: Raw) -> pd.DataFrame:
    days = _traffic(raw, "pay_amount", "visitors")
    return per_shop(days, lambda rows: rows["pay_amount"].sum() / rows["visitors"].sum(), "week", "month")


def new_buyer_share(raw: Raw) -> pd.DataFrame:
    orders = paid_orders(raw).dropna(subset=["buyer"])
    orders["first"] = week_of(orders.groupby(["shop", "buyer"])["day"].transform("min"))
    orders["is_new"] = orders["first"] == week_of(orders["day"])

    def share(rows: pd.DataFrame) -> float:
        return float(rows.drop_duplicates("buyer")["is_new"].mean())

    return pd.concat(per(orders, *of_whom, share, "week") for of_whom in (("region", "province"), ("shop", "shop")))


def _looks(raw: Raw) -> pd.DataFrame:
    """What was seen of each competitor last, by the end of each week."""
    seen = raw("competitors")
    seen["checked_on"] = pd.to_datetime(seen["checked_on"])
    weeks = raw.days.assign(week=week_of(raw.days["day"]))[["shop", "week"]].drop_duplicates()
    both = seen.drop(columns=["day"]).merge(weeks, on="shop")
    both = both[both["checked_on"] <= both["week"] + 6 * DAY]
    newest = both.groupby(["shop", "competitor", "week"])["checked_on"].transform("max")
    return both[both["checked_on"] == newest].assign(day=lambda rows: rows["week"])


def competitors_watched(raw: Raw) -> pd.DataFrame:
    def number(rows: pd.DataFrame) -> int:
        fresh = rows["week"] + 6 * DAY - rows["checked_on"] < 91 * DAY
        return int(rows.loc[fresh, "competitor"].nunique())

    return per_shop(_looks(raw), number, "week")


def competitor_bad_reviews(raw: Raw) -> pd.DataFrame:
    return per(_looks(raw), "theme", "bad_review_theme", lambda rows: rows["competitor"].nunique(), "week")


def price_position(raw: Raw) -> pd.DataFrame:
    looks = _looks(raw).dropna(subset=["product_id", "competitor_price"])
    priced = costs(raw, looks.assign(day=looks["week"] + 6 * DAY)).dropna(subset=["everyday_price"])

    def position(rows: pd.DataFrame) -> float:
        return float(rows["everyday_price"].iloc[0] / rows["competitor_price"].mean())

    return per(priced, "product", "product_id", position, "week")
