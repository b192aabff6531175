"""Late shipments cannot be judged without shipping times: the rule is blocked and names the exports with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from files import drop
from order_files import jd_csv, jd_line, tmall_list, tmall_list_old, tmall_listed
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.notify.entries import blocked_rule
from shopwatch.pipeline import judge_night
from warehouses import take_in

SHOPS = ("jd", "tmall", "shipped")
NIGHT = date(2026, 11, 8)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two shops whose exports have no shipping times, and one with them; 25 orders each, all shipped."""
    settings = Settings(home=tmp_path_factory.mktemp("shipping"), settle_seconds=0)
    shops = "".join(f"{shop}: {{title: {shop}, platform: {shop}, currency: CNY}}\n" for shop in ("jd", "tmall"))
    Path(settings.home / "shops.yaml").write_text(shops + "shipped: {title: s, platform: tmall, currency: CNY}\n")
    numbers, last = range(25), "2026-11-08 09:00:00"
    jd = [
        jd_line(f"J{n}", 订单状态="完成", 下单时间="2026-11-02 09:00:00", 付款确认时间="2026-11-02 09:05:00")
        for n in numbers
    ]
    jd.append(jd_line("J", 下单时间=last, 付款确认时间=last))
    listed = [tmall_listed(f"T{n}", 订单状态="卖家已发货，等待买家确认") for n in numbers]
    listed.append(tmall_listed("T", **{"订单创建时间": last, "订单付款时间 ": last}))
    times = [{**order, "发货时间": "2026-11-03 10:00:00"} for order in listed]
    for shop, content in {"jd": jd_csv(jd), "tmall": tmall_list_old(listed), "shipped": tmall_list(times)}.items():
        drop(settings, f"{shop}/orders", content, modified="2026-11-09T02:00:00")
    take_in(settings)
    judge_night(settings, NIGHT)
    return settings


def verdicts(settings: Settings, shop: str) -> set[tuple[str, str]]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        sql = "select distinct verdict, reason from ops.verdict_counts where rule = 'ship_late' and shop = $1"
        return set(con.execute(sql, [shop]).fetchall())


@pytest.mark.slow
def test_it_is_blocked_where_no_shipping_time_is_known(night: Settings) -> None:
    assert {shop: verdicts(night, shop) for shop in SHOPS} == {
        "jd": {("blocked", "missing_days")},
        "tmall": {("blocked", "missing_days")},
        "shipped": {("ok", None)},
    }


@pytest.mark.slow
def test_the_mail_names_the_exports_with_shipping_times(night: Settings) -> None:
    catalog = Catalog(night)
    with duckdb.connect(night.shop_warehouse, read_only=True) as con:
        rows = con.sql(library_sql("notify/blocked")).filter("rule = 'ship_late'").to_arrow_table().to_pylist()
    told = {row["shop"]: blocked_rule(row, catalog.rules[row["rule"]], catalog, "en").reason for row in rows}
    days = "The shipping times of orders of 11-04 are unknown"
    assert told == {
        "jd": f"{days}: export Parcel traces with shipping times into the shop's folder",
        "tmall": f"{days}: export Parcel traces / Tmall order list with shipping times into the shop's folder",
    }
