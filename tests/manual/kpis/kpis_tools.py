"""The rows that were loaded, as pandas frames: what KPIs are worked out from again, without any SQL of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

DATED = (
    "orders", "order_lines", "refunds", "product_day", "shop_day", "source_day", "ad_day", "stock", "reviews",
    "parcels", "service_agent_day", "service_shop_day",
)  # fmt: skip
SILENCE = 182  # days
COLUMNS = ["shop", "entity_type", "entity", "grain", "period_start"]


class Raw:
    """The raw warehouse: ``raw("orders")`` is a table as a frame, read once, money and prices as floats."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self._read: dict[str, pd.DataFrame] = {}

    def __call__(self, table: str) -> pd.DataFrame:
        """A copy of the table."""
        if table not in self._read:
            with duckdb.connect(self._path, read_only=True) as con:
                frame = con.table(table).df()
            for name in frame.columns:
                if frame[name].map(type).eq(type(None)).all():
                    continue
                if frame[name].dtype == object and frame[name].dropna().map(lambda v: hasattr(v, "as_tuple")).all():
                    frame[name] = frame[name].astype(float)
            for name in frame.columns[frame.columns == "day"]:
                frame[name] = pd.to_datetime(frame[name])
            self._read[table] = frame
        return self._read[table].copy()

    def told(self) -> pd.DataFrame:
        """The days of each shop's dated rows; rows of a standing table have no day of their own."""
        return pd.concat(self(table)[["shop", "day"]] for table in DATED).drop_duplicates().sort_values("day")

    @property
    def last_day(self) -> pd.Timestamp:
        """The newest day that an export with dates speaks of."""
        return self.told()["day"].max()

    @property
    def days(self) -> pd.DataFrame:
        """``shop``, ``day``: every day of a shop from its first on, but for a silence of more than half a year."""
        last = self.last_day
        parts = []
        for shop, told in self.told().groupby("shop")["day"]:
            ends = [*told[1:], last + pd.Timedelta(days=1)]
            for start, end in zip(told, ends, strict=True):
                days = 1 if (end - start).days > SILENCE and end <= last else (end - start).days
                parts.append(pd.DataFrame({"shop": shop, "day": pd.date_range(start, periods=days)}))
        return pd.concat(parts)

    def watched(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows whose ``day`` is one of their shop's."""
        days = set(self.days.itertuples(index=False, name=None))
        keys = zip(frame["shop"], pd.to_datetime(frame["day"]).dt.normalize(), strict=True)
        return frame[[key in days for key in keys]]


def week_of(days: pd.Series) -> pd.Series:
    """The Mondays of days."""
    days = pd.to_datetime(days)
    return days.dt.normalize() - pd.to_timedelta(days.dt.weekday, unit="D")


def month_of(days: pd.Series) -> pd.Series:
    """The firsts of days' months."""
    return pd.to_datetime(days).dt.to_period("M").dt.start_time


PERIODS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "day": lambda days: pd.to_datetime(days).dt.normalize(),
    "week": week_of,
    "month": month_of,
}

LENGTH: dict[str, pd.DateOffset] = {"week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}


def by_period(frame: pd.DataFrame, *grains: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """The frame once a grain, with the ``period_start`` of each row's day."""
    for grain in grains:
        yield grain, frame.assign(period_start=PERIODS[grain](frame["day"]))


def shaped(frame: pd.DataFrame, entity_type: str, entity: str, grain: str) -> pd.DataFrame:
    """Rows of ``shop``, an entity, ``period_start`` and ``value`` in the shape in which KPIs are compared."""
    made = frame.reset_index()
    made = made.assign(entity_type=entity_type, entity=made[entity].astype(str), grain=grain)
    return made[[*COLUMNS, "value"]]


def per_shop(frame: pd.DataFrame, value: Callable[[pd.DataFrame], object], *grains: str) -> pd.DataFrame:
    """One number a shop and period."""
    return per(frame, "shop", "shop", value, *grains)


def per(
    frame: pd.DataFrame, entity_type: str, entity: str, value: Callable[[pd.DataFrame], object], *grains: str
) -> pd.DataFrame:
    """One number a shop, entity and period, for the entities that have a name."""
    keys = list(dict.fromkeys(["shop", entity, "period_start"]))
    parts = []
    for grain, rows in by_period(frame[frame[entity].notna()], *grains):
        numbers = {key: value(group) for key, group in rows.groupby(keys)}
        made = pd.Series(numbers, dtype=object).rename_axis(keys).rename("value").reset_index()
        parts.append(shaped(made, entity_type, entity, grain))
    return pd.concat(parts)


def paid_orders(raw: Raw, unpaid: bool = False) -> pd.DataFrame:
    """Every listed order once, with what was paid and what is known to have gone back; paid ones only, or all."""
    orders = raw("orders")
    orders["is_paid"] = orders["paid_at"].notna() | orders["status"].isin(
        ["paid", "shipped", "delivered", "completed", "refunded"]
    )
    orders["paid"] = (orders["paid"] + orders["refunded"].fillna(0)).where(orders["is_paid"], 0)  # 天猫: net of refunds
    carried_out = raw("refunds").query("status == 'refunded'").groupby(["shop", "order_id"])["amount"].sum().to_dict()
    told = [carried_out.get(key, 0.0) for key in zip(orders["shop"], orders["order_id"], strict=True)]
    orders["refunded"] = orders["refunded"].fillna(0).clip(lower=pd.Series(told, index=orders.index))
    return orders if unpaid else orders.query("is_paid")
