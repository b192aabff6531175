"""Targets once more: what was reached of them, and what a running month is expected to reach."""

from __future__ import annotations

from collections.abc import Callable

import again_ads
import again_market
import again_products
import again_sales
import again_service
import pandas as pd
from kpis_tools import DATED, LENGTH, Raw, shaped

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.shops import load_shops
from shopwatch.core.settings import PROJECT, Settings

DAY = pd.Timedelta(days=1)
HEADS = {metric.name: metric.head for metric in load_metrics(PROJECT / "include")}


def targets(raw: Raw) -> pd.DataFrame:
    """``shop``, ``metric``, ``grain``, ``period_start``, ``target``: of the workbook, else of shops.yaml."""
    written = {}
    lines = raw("targets").sort_values(["starts_on", "line"])
    for line in lines.itertuples():
        freq = "W-MON" if line.period == "week" else "MS"
        first = pd.Timestamp(line.starts_on)
        first -= pd.Timedelta(days=first.weekday() if line.period == "week" else first.day - 1)
        until = pd.Timestamp(line.starts_on if pd.isna(line.until) else line.until)
        for start in pd.date_range(first, until, freq=freq):
            written[line.shop, line.metric, line.period, start] = line.target
    days = raw.days
    for name, shop in load_shops(Settings()).items():
        own = days.loc[days["shop"] == name, "day"]
        starts = {("week", day - pd.Timedelta(days=day.weekday())) for day in own}
        starts |= {("month", day.replace(day=1)) for day in own}
        for metric, target in shop.targets.items():
            for grain, start in starts:
                written.setdefault((name, metric, grain, start), target)
    frame = pd.Series(written, dtype=float).rename_axis(["shop", "metric", "grain", "period_start"])
    return frame.rename("target").reset_index().query("target > 0")


def actuals(raw: Raw, metric: str) -> pd.DataFrame:
    """The KPI of whole shops, worked out again."""
    modules = (again_ads, again_market, again_products, again_sales, again_service)
    function: Callable[[Raw], pd.DataFrame] = next(vars(m)[metric] for m in modules if metric in vars(m))
    rows = function(raw).query("entity_type == 'shop'")
    return rows[["shop", "grain", "period_start", "value"]].assign(metric=metric)


def share(metric: str, reached: pd.Series, target: pd.Series) -> pd.Series:
    """Above 1 is better than aimed at."""
    return reached / target if HEADS[metric].direction == "up" else target / reached.where(reached != 0)


def known_from(raw: Raw, metric: str) -> pd.Series:
    """By shop, the first day of the last to begin among the exports that a KPI needs."""
    tables = [raw(table) for table in HEADS[metric].inputs if table in DATED] or [raw.days]
    return pd.concat([table.groupby("shop")["day"].min() for table in tables], axis=1).max(axis=1)


def target_attainment(raw: Raw) -> pd.DataFrame:
    aims, parts = targets(raw), []
    for metric in aims["metric"].unique():
        if metric not in HEADS or "shop" not in HEADS[metric].by:
            continue
        both = aims.merge(actuals(raw, metric), on=["shop", "metric", "grain", "period_start"])
        ends = [start + LENGTH[grain] - DAY for start, grain in zip(both["period_start"], both["grain"], strict=True)]
        first = both["shop"].map(known_from(raw, metric))
        both = both[(pd.Series(ends) <= raw.last_day) & (both["period_start"] >= first)]
        both["value"] = share(metric, both["value"], both["target"])
        both["target_of"] = both["metric"] + "/" + both["grain"]
        parts += [shaped(rows, "target", "target_of", grain) for grain, rows in both.groupby("grain")]
    return pd.concat(parts)


def target_forecast(raw: Raw) -> pd.DataFrame:
    parts = []
    first = raw.days.groupby("shop")["day"].min()
    for aim in targets(raw).query("grain == 'month'").itertuples():
        if not (aim.metric in HEADS and HEADS[aim.metric].adds_up):
            continue
        own = actuals(raw, aim.metric).query("grain == 'day' and shop == @aim.shop").set_index("period_start")["value"]
        month = pd.date_range(aim.period_start, aim.period_start + LENGTH["month"] - DAY)
        known = pd.date_range(month[0] - 56 * DAY, month[0] - DAY)
        known = known[known.isin(raw.days.loc[raw.days["shop"] == aim.shop, "day"])]
        before = own.reindex(known, fill_value=0)
        usual = before.groupby(known.weekday).mean()
        is_proven = len(before) >= 28 and usual.sum() > 0
        weights = pd.Series([usual.get(day.weekday(), 0) if is_proven else 1 for day in month], index=month)
        if month[0] < first[aim.shop]:
            continue  # days of the month are not known
        for day in month[6:][month[6:] <= raw.last_day]:
            reached = own[(own.index >= month[0]) & (own.index <= day)].sum()
            expected = reached / (weights[:day].sum() / weights.sum())
            value = share(aim.metric, pd.Series([expected]), pd.Series([aim.target])).iloc[0]
            parts.append({"shop": aim.shop, "of": f"{aim.metric}/month", "period_start": day, "value": value})
    return shaped(pd.DataFrame(parts), "target", "of", "day")
