"""Every KPI that the British shop's real files feed once more, by pandas from the files themselves, to the cent."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from again import AGAIN, hold_against, values
from kpis_tools import Raw, week_of

from shopwatch.core.settings import Settings

pytestmark = pytest.mark.slow  # loads half a million lines

SHOP = "online_retail"
FED = {
    "net_revenue", "new_buyer_share", "orders_paid", "refund_rate", "refunded", "refunds_to_usual", "repeat_rate_30",
    "repeat_rate_60", "repeat_rate_90", "revenue", "value_per_order",
}  # fmt: skip
OF_THE_FILES = {"days_without_orders"}  # depends on when the files were written
TEN_THOUSANDTHS, CENTS = 10_000, 100


class RealRaw(Raw):
    """What the raw tables of orders and refunds would hold, had the files listed orders instead of their lines."""

    def __init__(self, folder: Path) -> None:
        """Read all files: prices as whole ten-thousandths, so that sums are exact."""
        super().__init__(folder)
        files = (pd.read_csv(file, dtype=str, keep_default_na=False) for file in sorted(folder.glob("*.csv")))
        lines = pd.concat(files, ignore_index=True).rename(columns={"InvoiceNo": "order_id", "StockCode": "product_id"})
        lines["ordered_at"] = pd.to_datetime(lines["InvoiceDate"])
        lines["quantity"] = lines["Quantity"].astype(int)
        price = (lines["UnitPrice"].astype(float) * TEN_THOUSANDTHS).round().astype(int)
        self.lines = lines.assign(amount=lines["quantity"] * price)
        by_order = self.lines.replace({"CustomerID": {"": None}}).groupby("order_id")
        orders = by_order.agg(
            day=("ordered_at", "min"),
            buyer=("CustomerID", "first"),
            province=("Country", "first"),
            sum=("amount", "sum"),
        ).reset_index()
        money = _money(orders["sum"])
        is_sale = orders["sum"] >= 0
        orders["day"] = orders["day"].dt.normalize()
        orders = orders.assign(shop=SHOP, status=is_sale.map({True: "completed", False: "refund"}), paid_at=pd.NaT)
        self._read |= {
            "orders": orders.assign(paid=money.clip(lower=0), refunded=(-money).clip(lower=0)),
            "refunds": pd.DataFrame(columns=["shop", "order_id", "status", "amount"]),
        }

    def told(self) -> pd.DataFrame:
        """The days of the lines."""
        days = self.lines["ordered_at"].dt.normalize().drop_duplicates().sort_values()
        return pd.DataFrame({"shop": SHOP, "day": days})


def _money(ten_thousandths: pd.Series) -> pd.Series:
    """Whole cents, halves away from zero."""
    cents = (ten_thousandths.abs() + TEN_THOUSANDTHS // CENTS // 2) // (TEN_THOUSANDTHS // CENTS)
    return cents.where(ten_thousandths >= 0, -cents) / CENTS


@pytest.fixture(scope="module")
def raw(uci: Settings) -> RealRaw:
    return RealRaw(Path(uci.inbox_address or ""))


def test_these_kpis_have_numbers(uci: Settings) -> None:
    with duckdb.connect(uci.published, read_only=True) as con:
        found = con.execute("select distinct metric from kpi.fct_kpi where value is not null").fetchall()
    assert {metric for (metric,) in found} == FED | OF_THE_FILES


@pytest.mark.parametrize("metric", sorted(FED))
def test_the_same_number_comes_out(uci: Settings, raw: RealRaw, metric: str) -> None:
    found = values(uci.published, metric)
    assert set(found.index.get_level_values("shop")) == {SHOP}
    hold_against(found, AGAIN[metric](raw))


def test_a_products_weeks_are_its_lines_to_the_cent(uci: Settings, raw: RealRaw) -> None:
    lines = raw.lines.assign(week_start=week_of(raw.lines["ordered_at"]))
    keys = ["product_id", "week_start"]
    sums = lines.groupby(keys).agg(quantity=("quantity", "sum"))
    for name, part in (("revenue", lines["amount"].clip(lower=0)), ("refunded", (-lines["amount"]).clip(lower=0))):
        sums[name] = _money(part.groupby([lines[key] for key in keys]).sum())
    with duckdb.connect(uci.published, read_only=True) as con:
        found = con.execute(
            "select product_id, week_start, quantity, cast(revenue as double) as revenue, "
            "cast(refunded as double) as refunded from marts.fct_product_sales_week"
        ).df()
    found["week_start"] = found["week_start"].astype("datetime64[ns]")
    sums = sums.reset_index().astype({"week_start": "datetime64[ns]"}).set_index(keys).sort_index()
    pd.testing.assert_frame_equal(found.set_index(keys).sort_index(), sums, check_dtype=False, rtol=0, atol=1e-6)


def test_a_countrys_weeks_are_its_orders_to_the_cent(uci: Settings, raw: RealRaw) -> None:
    orders = raw("orders").query("status == 'completed'")
    keys = ["province", "week_start"]
    by_week = orders.assign(week_start=week_of(orders["day"])).groupby(keys)
    sums = by_week.agg(orders_paid=("order_id", "size"), revenue=("paid", "sum")).sort_index()
    with duckdb.connect(uci.published, read_only=True) as con:
        found = con.execute(
            "select region as province, week_start, cast(sum(orders_paid) as bigint) as orders_paid, "
            "cast(sum(revenue) as double) as revenue from marts.fct_audience_week group by all"
        ).df()
    found["week_start"] = found["week_start"].astype(sums.index.get_level_values("week_start").dtype)
    pd.testing.assert_frame_equal(found.set_index(keys).sort_index(), sums, check_dtype=False, rtol=0, atol=1e-6)
