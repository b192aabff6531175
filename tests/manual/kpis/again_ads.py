"""Ads, keywords, buyers who come again and planned campaigns once more."""

from __future__ import annotations

import pandas as pd
from kpis_tools import LENGTH, PERIODS, Raw, paid_orders, per, per_shop, shaped

DAY = pd.Timedelta(days=1)


def spend(raw: Raw) -> pd.DataFrame:
    kinds = (("campaign", "campaign_id"), ("shop", "shop"))
    return pd.concat(per(raw("ad_day"), *kind, lambda rows: rows["spend"].sum().round(2), "week") for kind in kinds)


def roas(raw: Raw) -> pd.DataFrame:
    def ratio(rows: pd.DataFrame) -> float | None:
        spent = rows["spend"].sum()
        return float(rows["ad_revenue"].sum() / spent) if spent > 0 else None

    kinds = (("campaign", "campaign_id"), ("tool", "tool"), ("product", "subject_id"))
    things = [per(raw("ad_day"), *kind, ratio, "week") for kind in kinds]
    return pd.concat([*things, per_shop(raw("ad_day"), ratio, "week", "month")])


def click_rate(raw: Raw) -> pd.DataFrame:
    def ratio(rows: pd.DataFrame) -> float | None:
        shown = rows["impressions"].sum()
        return float(rows["clicks"].sum() / shown) if shown else None

    return per(raw("ad_day"), "campaign", "campaign_id", ratio, "week")


def cost_per_click(raw: Raw) -> pd.DataFrame:
    def ratio(rows: pd.DataFrame) -> float | None:
        clicks = rows["clicks"].sum()
        return float(rows["spend"].sum() / clicks) if clicks else None

    return per(raw("ad_day"), "campaign", "campaign_id", ratio, "week")


def _keywords(raw: Raw) -> pd.DataFrame:
    """The lines of the keyword list that holds on each day."""
    lines = raw("keywords").drop(columns=["day"])
    lines["checked_on"] = pd.to_datetime(lines["checked_on"])
    held = lines.merge(raw.days, on="shop")
    held = held[held["checked_on"] <= held["day"]]
    return held[held["checked_on"] == held.groupby(["shop", "day"])["checked_on"].transform("max")]


def bid_to_industry(raw: Raw) -> pd.DataFrame:
    lines = _keywords(raw).query("industry_bid > 0").dropna(subset=["bid"])
    lines["ratio"] = lines["bid"] / lines["industry_bid"]
    return per(lines, "keyword", "keyword", lambda rows: rows["ratio"].max(), "day")


def long_tail_share(raw: Raw) -> pd.DataFrame:
    lines = raw("keywords").drop(columns=["day"])
    lines["checked_on"] = pd.to_datetime(lines["checked_on"])

    def share(rows: pd.DataFrame) -> float:
        tail = rows.loc[rows["keyword_kind"] == "long_tail", "keyword"].nunique()
        return float(tail / rows["keyword"].nunique())

    def held(grain: str) -> pd.DataFrame:
        starts = raw.days.assign(day=PERIODS[grain](raw.days["day"])).drop_duplicates()
        lists = lines.merge(starts, on="shop")
        lists = lists[lists["checked_on"] < lists["day"] + LENGTH[grain]]
        return lists[lists["checked_on"] == lists.groupby(["shop", "day"])["checked_on"].transform("max")]

    return pd.concat(per_shop(held(grain), share, grain) for grain in ("week", "month"))


def spend_to_cap(raw: Raw) -> pd.DataFrame:
    caps = _keywords(raw).dropna(subset=["daily_cap"]).groupby(["shop", "campaign_id", "day"])["daily_cap"].max()
    spent = raw("ad_day").groupby(["shop", "campaign_id", "day"])["spend"].sum()
    both = pd.concat([spent, caps], axis=1).dropna()
    both["value"] = both["spend"] / both["daily_cap"].where(both["daily_cap"] > 0)
    both = both.reset_index()
    return shaped(both.assign(period_start=both["day"]), "campaign", "campaign_id", "day")


def _repeat_rate(raw: Raw, days: int) -> pd.DataFrame:
    orders = paid_orders(raw).dropna(subset=["buyer"]).sort_values(["day", "order_id"])
    bought = orders.groupby(["shop", "buyer"])["day"].agg(list).reset_index()
    bought["first"] = bought["day"].str[0]
    bought["is_back"] = bought["day"].str[1] <= bought["first"] + days * DAY
    bought["day"] = bought["first"] + days * DAY
    return per_shop(raw.watched(bought), lambda rows: float(rows["is_back"].mean()), "week", "month")


def repeat_rate_30(raw: Raw) -> pd.DataFrame:
    return _repeat_rate(raw, 30)


def repeat_rate_60(raw: Raw) -> pd.DataFrame:
    return _repeat_rate(raw, 60)


def repeat_rate_90(raw: Raw) -> pd.DataFrame:
    return _repeat_rate(raw, 90)


def _plan_days(raw: Raw) -> pd.DataFrame:
    plans = raw("campaign_plan").drop(columns=["day"])
    plans = plans[plans["plan_state"] != "cancelled"]
    for name in ("starts_on", "ends_on", "warmup_from", "warmup_price_from"):
        plans[name] = pd.to_datetime(plans[name])
    plans["plan"] = plans["plan_month"] + "/" + plans["campaign"]
    days = plans.merge(raw.days, on="shop").assign(period_start=lambda rows: rows["day"])
    return days[days["day"].between(days["starts_on"] - 31 * DAY, days["ends_on"] + 14 * DAY)]


def _plans(rows: pd.DataFrame, value: object) -> pd.DataFrame:
    return shaped(rows.assign(value=value), "plan", "plan", "day")


def plan_gaps(raw: Raw) -> pd.DataFrame:
    rows = _plan_days(raw)
    rows = rows[rows["day"] <= rows["ends_on"]]
    return _plans(rows, rows["owner"].isna().astype(int) + rows["budget"].isna().astype(int))


def days_without_warmup(raw: Raw) -> pd.DataFrame:
    rows = _plan_days(raw)
    rows = rows[(rows["starts_on"] > rows["day"]) & ~(rows["warmup_from"] <= rows["day"])]
    return _plans(rows, (rows["starts_on"] - rows["day"]).dt.days)


def days_without_warmup_price(raw: Raw) -> pd.DataFrame:
    rows = _plan_days(raw).query("campaign_kind == 'big'")
    is_set = rows["warmup_price"].notna() & (rows["warmup_price_from"] <= rows["day"])
    rows = rows[(rows["starts_on"] > rows["day"]) & ~is_set]
    return _plans(rows, (rows["starts_on"] - rows["day"]).dt.days)


def _between(money: pd.Series, shop: str, first: pd.Timestamp, last: pd.Timestamp) -> float:
    days = money.loc[shop]
    return float(days[(days.index >= first) & (days.index <= last)].sum())


def budget_used(raw: Raw) -> pd.DataFrame:
    rows = _plan_days(raw).dropna(subset=["budget"])
    rows["begins"] = rows[["warmup_from", "starts_on"]].min(axis=1)
    rows = rows[rows["day"] >= rows["begins"]]
    spent = raw("ad_day").groupby(["shop", "day"])["spend"].sum()
    value = [_between(spent, r.shop, r.begins, min(r.day, r.ends_on)) / r.budget for r in rows.itertuples()]
    return _plans(rows, value)


def goal_reached(raw: Raw) -> pd.DataFrame:
    rows = _plan_days(raw).dropna(subset=["revenue_goal"])
    rows = rows[rows["day"] >= rows["ends_on"]]
    paid = paid_orders(raw).groupby(["shop", "day"])["paid"].sum()
    value = [_between(paid, r.shop, r.starts_on, r.ends_on) / r.revenue_goal for r in rows.itertuples()]
    return _plans(rows, value)
