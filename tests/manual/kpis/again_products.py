"""Products once more: their funnel, prices, margin, wishes and stock."""

from __future__ import annotations

import pandas as pd
from kpis_tools import PERIODS, Raw, by_period, per, per_shop, shaped, week_of

DAY = pd.Timedelta(days=1)


def _product_week(raw: Raw, top: str, bottom: str = "") -> pd.DataFrame:
    ((grain, rows),) = by_period(raw("product_day"), "week")
    sums = rows.groupby(["shop", "product_id", "period_start"])[["visitors", top]].sum(min_count=1)
    sums["value"] = sums[top] / sums[bottom].where(sums[bottom] > 0) if bottom else sums[top]
    return shaped(sums[["value"]], "product", "product_id", grain)


def product_views(raw: Raw) -> pd.DataFrame:
    return _product_week(raw, "views")


def product_visitors(raw: Raw) -> pd.DataFrame:
    traffic = raw("product_day")
    return per(traffic, "product", "product_id", lambda rows: rows["visitors"].sum(min_count=1), "week")


def _part_of_visitors(raw: Raw, column: str) -> pd.DataFrame:
    days = raw("shop_day").dropna(subset=["visitors", column])
    grains = ("week", "month") if column == "pay_buyers" else ("week",)
    shop = per_shop(days, lambda rows: rows[column].sum() / rows["visitors"].sum(), *grains)
    return pd.concat([_product_week(raw, column, "visitors"), shop])


def cart_rate(raw: Raw) -> pd.DataFrame:
    return _part_of_visitors(raw, "cart_buyers")


def order_conversion(raw: Raw) -> pd.DataFrame:
    return _part_of_visitors(raw, "order_buyers")


def pay_conversion(raw: Raw) -> pd.DataFrame:
    return _part_of_visitors(raw, "pay_buyers")


def available_stock(raw: Raw) -> pd.DataFrame:
    stock = raw("stock")
    return shaped(stock.assign(period_start=stock["day"], value=stock["available"]), "sku", "sku", "day")


def on_hand(raw: Raw) -> pd.DataFrame:
    stock = raw("stock")
    return shaped(stock.assign(period_start=stock["day"], value=stock["on_hand"]), "sku", "sku", "day")


def costs(raw: Raw, days: pd.DataFrame) -> pd.DataFrame:
    """``days`` (shop, product_id, day) with the cost workbook's line that holds on each; no line for a unit alone."""
    lines = raw("product_costs")
    assert lines["sku"].isna().all()
    lines["valid_from"] = pd.to_datetime(lines["valid_from"]).astype("datetime64[us]")
    lines["unit_cost"] = lines["cost"] + lines["other_cost"].fillna(0)
    days = days.assign(day=days["day"].astype("datetime64[us]"))
    return pd.merge_asof(
        days.sort_values("day"),
        lines.drop(columns=["day", "version"]).sort_values("valid_from"),
        left_on="day",
        right_on="valid_from",
        by=["shop", "product_id"],
        suffixes=("", "_line"),
    )


def margin(raw: Raw) -> pd.DataFrame:
    sold = costs(raw, raw("product_day")).dropna(subset=["unit_cost"])
    sold["margin"] = sold["pay_amount"] - sold["pay_pieces"] * sold["unit_cost"]

    def share(rows: pd.DataFrame) -> float | None:
        paid = rows["pay_amount"].sum()
        return float(rows["margin"].sum() / paid) if paid else None

    return pd.concat([per(sold, "product", "product_id", share, "week"), per_shop(sold, share, "week", "month")])


def price_tier_faults(raw: Raw) -> pd.DataFrame:
    products = raw("product_costs")[["shop", "product_id"]].drop_duplicates()
    held = costs(raw, raw.days.merge(products, on="shop")).dropna(subset=["valid_from"])
    order = held[["campaign_price", "member_price", "everyday_price"]].astype(float)
    faults = (order["campaign_price"] > order["member_price"]) | (order["campaign_price"] > order["everyday_price"])
    faults |= order["member_price"] > order["everyday_price"]
    priced = order.assign(cost=held["cost"].astype(float))
    faults |= priced["cost"] > priced["everyday_price"]
    faults |= priced.max(axis=1) > 20 * priced.min(axis=1).where(priced.min(axis=1) > 0)
    return shaped(held.assign(period_start=held["day"], value=faults.astype(int)), "product", "product_id", "day")


def new_products(raw: Raw) -> pd.DataFrame:
    listed = raw("product_costs").groupby(["shop", "product_id"])["listed_on"].min().dropna().reset_index()
    days = raw.days[raw.days["shop"].isin(listed["shop"])]
    parts = []
    for grain in ("week", "month"):
        starts = days.assign(period_start=PERIODS[grain](days["day"]))[["shop", "period_start"]].drop_duplicates()
        number = listed.groupby(["shop", PERIODS[grain](listed["listed_on"])]).size()
        keys = zip(starts["shop"], starts["period_start"], strict=True)
        parts.append(shaped(starts.assign(value=[number.get(key, 0) for key in keys]), "shop", "shop", grain))
    return pd.concat(parts)


def wish_mentions(raw: Raw) -> pd.DataFrame:
    wishes = raw("reviews").dropna(subset=["wish", "product_id"]).query("wish != 'other'")
    weeks = [wishes.assign(period_start=week_of(wishes["day"]) + n * 7 * DAY) for n in range(4)]
    named = pd.concat(weeks).groupby(["shop", "product_id", "period_start", "wish"]).size()
    most = named.groupby(["shop", "product_id", "period_start"]).max().rename("value").reset_index()
    return shaped(most[most["period_start"] <= raw.last_day], "product", "product_id", "week")


def days_of_cover(raw: Raw) -> pd.DataFrame:
    stock, traffic = raw("stock").dropna(subset=["item_number"]), raw("product_day")
    assert not stock.duplicated(["shop", "day", "item_number"]).any()  # one unit an item: nothing is to be shared
    sold = traffic.groupby(["shop", "item_number", "day"])["pay_pieces"].sum().to_dict()
    reported = set(zip(traffic["shop"], traffic["day"], strict=True))
    parts = []
    for (shop, sku), counts in stock.sort_values("day").groupby(["shop", "sku"]):
        item, last = counts["item_number"].iloc[-1], counts["day"].iloc[-1]
        left = counts.set_index("day")["available"]
        days = left.reindex(pd.date_range(left.index[0], last)).ffill()
        told = days[[(shop, day) in reported for day in days.index]]
        pieces = pd.Series([sold.get((shop, item, day), 0) for day in told.index], index=told.index)
        in_stock = (told > 0) | (pieces > 0)
        for day, available in left.items():
            window = in_stock[in_stock.index.to_series().between(day - 27 * DAY, day)]
            number = int(window.sum())
            value = available * number / max(pieces[window.index][window].sum(), 1) if number >= 7 else None
            parts.append({"shop": shop, "sku": sku, "period_start": day, "value": value})
    return shaped(pd.DataFrame(parts), "sku", "sku", "day")


def stock_after_orders(raw: Raw) -> pd.DataFrame:
    lines = raw("order_lines").dropna(subset=["sku"])
    listed = raw("orders")[["shop", "order_id", "status", "paid_at", "shipped_at"]]
    told = lines.merge(listed, on=["shop", "order_id"], how="left", suffixes=("_line", ""))
    for name in ("status", "paid_at", "shipped_at"):
        told[name] = told[name].where(told[name].notna(), told[f"{name}_line"])
    paid = told["paid_at"].notna() | told["status"].isin(["paid", "shipped", "delivered", "completed", "refunded"])
    told = told[paid & (told["shipped_at"].notna() | (told["status"] == "paid"))]
    parts = []
    stock = raw("stock").dropna(subset=["on_hand"])
    for row in stock[stock["shop"].isin(told["shop"])].itertuples():
        end = row.day + DAY
        here = told[(told["shop"] == row.shop) & (told["sku"] == row.sku) & (told["paid_at"] < end)]
        open_pieces = here.loc[here["shipped_at"].isna() | (here["shipped_at"] >= end), "quantity"].sum()
        parts.append({"shop": row.shop, "sku": row.sku, "period_start": row.day, "value": row.on_hand - open_pieces})
    return shaped(pd.DataFrame(parts, columns=["shop", "sku", "period_start", "value"]), "sku", "sku", "day")
