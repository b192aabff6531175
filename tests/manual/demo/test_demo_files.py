"""The demo's files: formats, moments, consistency."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
import pytest
from demo_files import (
    FIRST_DAY,
    LAST_DAY,
    SHOPS,
    csv_lines,
    exported,
    newest,
    number,
    rows_of,
    xls_lines,
)

from demo import NIGHTS, write_demo

FILES = 345
A_NIGHT = 6 + 11  # one file of each daily kind and shop
# files of qinghe, which watches all seven stages, and of mumian
ALL_STAGES = {
    "流量来源_无线_*.xls": (14, 0),
    "ExportOrderDetailList*.csv": (1 + 7, 0),
    "退款_*.xlsx": (1 + 7, 0),
    "千牛_客服绩效_*.xlsx": (14, 0),
    "包裹跟踪表_*.xlsx": (2 + 7, 0),
    "评价主题表_*.xlsx": (4, 0),
    "商品成本与价格表_*.xlsx": (2, 0),
    "销售费用表_*.xlsx": (1, 0),
    "开店清单_*.xlsx": (1, 0),
    "关键词表_*.xlsx": (3, 0),
    "目标表_*.xlsx": (1, 1),
    "活动计划表_*.xlsx": (2, 1),
    "竞品分析表_*.xlsx": (2, 2),
}


def test_every_file_is_there(inbox: Path) -> None:
    def count(shop: str, pattern: str) -> int:
        return len(list((inbox / shop).glob(pattern)))

    for shop in SHOPS:
        last_year = 1 if shop == "qinghe" else 0
        assert count(shop, "ExportOrderList*.csv") == 9 + 7 + last_year
        assert count(shop, "【生意参谋平台】商品_全部_*.xls") == 70 + 1
        assert count(shop, "计划报表_*.csv") == 9 + 7
        assert count(shop, "库存_*.xls") == 9 + 7
        assert count(shop, "店铺整体_自助取数_*.xls") == 1 + 7 + last_year
        assert count(shop, "店铺动态评分_*.xlsx") == 1 + 7
    for pattern, files in ALL_STAGES.items():
        assert (count("qinghe", pattern), count("mumian", pattern)) == files, pattern
    assert sum(path.is_file() for path in inbox.rglob("*")) == FILES


def test_headers_are_verbatim(inbox: Path) -> None:
    orders = csv_lines(inbox / "mumian" / "ExportOrderList202609140110.csv")[0]
    spaced = {"收货地址 ", "联系电话 ", "订单付款时间 ", "宝贝标题 ", "宝贝种类 ", "物流单号 "}
    assert len(orders) == 61
    assert {name for name in orders if name.endswith(" ")} == spaced
    newer = csv_lines(inbox / "qinghe" / "ExportOrderList202609140110.csv")[0]
    assert newer[61:] == ["发货时间", "确认收货打款金额", "商家编码"]
    assert [old for old, new in zip(orders, newer, strict=False) if old != new] == ["买家实际支付金额"]
    ads = next((inbox / "qinghe").glob("计划报表_20260907_*.csv"))
    assert len(csv_lines(ads)[0]) == 28
    assert csv_lines(ads)[0][0] == "日期"
    stock = xls_lines(inbox / "qinghe" / "库存_20260913235500.xls")[0]
    assert (len(stock), stock[0], stock[-1]) == (21, "商家编码", "主供应商")
    lines = xls_lines(next((inbox / "qinghe").glob("【*_2026-09-07.xls")))
    assert any("演示数据" in line[0] for line in lines[:4])
    assert (len(lines[4]), lines[4][0], lines[4][-1]) == (40, "统计日期", "结构化详情引导成交占比")


def test_xls_are_true_biff(inbox: Path) -> None:
    for path in inbox.rglob("*.xls"):
        assert path.read_bytes()[:8] == bytes.fromhex("d0cf11e0a1b11ae1"), path.name


def test_traffic_cells_look_exported(traffic: pd.DataFrame) -> None:
    assert traffic["支付金额"].str.contains(r"^\d,\d{3}\.\d\d$").any()
    assert traffic["商品支付转化率"].str.fullmatch(r"\d+\.\d\d%|-").all()
    assert (traffic["聚划算支付金额"] == "-").all()


def test_products(traffic: pd.DataFrame, stock: pd.DataFrame) -> None:
    products = traffic[["商品ID", "货号", "商品名称"]].drop_duplicates()
    assert len(products) == products["商品ID"].nunique() == products["货号"].nunique() == 64
    assert products["商品ID"].str.fullmatch(r"\d{12}").all()
    assert products["商品名称"].str.contains("【演示】").all()
    assert products["商品名称"].is_unique  # orders name their product by its title only
    assert (stock["商家编码"] == stock["货品编号"] + "-01").all()
    assert set(stock["货品编号"]) == set(products["货号"])


def test_people_are_invented(inbox: Path) -> None:
    rows = rows_of(inbox, "ExportOrderList*.csv")  # with the broken ones
    assert rows["买家会员名"].str.startswith("演示买家").all()
    assert rows["收货人姓名"].str.startswith("演示收货人").all()
    assert rows["买家支付宝账号"].str.endswith("@example.com").all()
    assert rows["收货地址"].str.contains("演示路").all()
    for phone in ("联系电话", "联系手机"):
        assert rows[phone].str.fullmatch(r"'13000\d{6}").all()


def test_people_in_the_other_files_are_invented_too(inbox: Path) -> None:
    refunds = rows_of(inbox, "退款_*.xlsx")
    assert refunds["买家会员名称"].str.startswith("演示买家").all()
    assert refunds["卖家退货地址"].str.contains("演示路").all()
    parcels = rows_of(inbox, "包裹跟踪表_*.xlsx", header_line=4)
    parcels = parcels[parcels["标记"] != "示例"]
    assert len(parcels) > 1500
    assert parcels["收件人"].str.startswith("演示收货人").all()
    assert parcels["联系电话"].str.fullmatch(r"130\d{8}").all()
    assert parcels["运单号"].str.fullmatch(r"DEMO(SF|ZT)\d{9}").all()
    reviews = rows_of(inbox, "评价主题表_*.xlsx", header_line=4)
    assert reviews.loc[reviews["标记"] != "示例", "买家昵称"].str.startswith("演示买家").all()


@pytest.mark.slow
def test_same_bytes_each_time_and_nothing_twice(inbox: Path, tmp_path: Path) -> None:
    again = write_demo(tmp_path)
    assert len(again) == FILES
    for path in again:
        first = inbox / path.relative_to(tmp_path)
        assert path.read_bytes() == first.read_bytes()
        assert path.stat().st_mtime_ns == first.stat().st_mtime_ns
    spoilt = again[7]
    spoilt.write_bytes(b"half a file")
    assert write_demo(tmp_path) == [spoilt]
    assert spoilt.read_bytes() == (inbox / spoilt.relative_to(tmp_path)).read_bytes()
    assert write_demo(tmp_path) == []


@pytest.mark.slow
def test_until_holds_back_later_files(inbox: Path, tmp_path: Path) -> None:
    """Two nights after one another: each brings what was exported since the one before."""
    every = {path.relative_to(inbox): exported(path) for path in inbox.glob("*/*")}
    first, second = datetime(2026, 11, 14, 6), datetime(2026, 11, 15, 6)
    before = {path.relative_to(tmp_path) for path in write_demo(tmp_path, until=NIGHTS[0])}
    assert before == {name for name, moment in every.items() if moment < first}
    since = {path.relative_to(tmp_path) for path in write_demo(tmp_path, until=NIGHTS[1])}
    assert since == {name for name, moment in every.items() if first <= moment < second}
    assert len(since) == A_NIGHT
    evening = datetime(2026, 11, 15, 6)
    assert len(before) + len(since) == FILES - sum(moment >= evening for moment in every.values())


def test_export_moments_are_those_in_the_names(inbox: Path) -> None:
    for path in inbox.rglob("库存_*.xls"):
        assert datetime.strptime(path.stem, "库存_%Y%m%d%H%M%S") == exported(path)
    for path in inbox.rglob("*.csv"):
        stamp = re.findall(r"\d{12,14}", path.name)[-1].ljust(14, "0")
        assert datetime.strptime(stamp, "%Y%m%d%H%M%S") == exported(path)
    for path in inbox.rglob("【*.xls"):
        day = date.fromisoformat(path.name[-14:-4]) if "(1)" not in path.name else None
        if day:
            assert exported(path) == datetime.combine(day + timedelta(days=1), time(0, 40))


# ---- the shop ----------------------------------------------------------------------------------


def test_traffic_is_complete(traffic: pd.DataFrame) -> None:
    """Every product has a row for every day, but for the planted week without rows."""
    rows = newest(traffic, ["shop", "day", "商品ID"])
    assert len(rows) == 64 * 70 - 7
    assert rows["day"].min().date() == FIRST_DAY
    assert rows["day"].max().date() == LAST_DAY
    assert (rows["buyers"] <= rows["visitors"]).all()
    assert (number(rows["商品加购人数"]) <= rows["visitors"]).all()


def test_orders_give_the_traffic_reports_payments(traffic: pd.DataFrame, orders: pd.DataFrame) -> None:
    """Newest state of each order, by product and day of payment: buyers, pieces, money."""
    final = newest(orders, ["id"])
    final = final[final["paid"].notna()]
    bought = final.assign(
        day=final["paid"].dt.normalize(),
        pieces=pd.to_numeric(final["宝贝总数量"]),
        money=gross(final),
    )
    expected = bought.groupby(["宝贝标题", "day"]).agg(
        buyers=("买家会员名", "nunique"), pieces=("pieces", "sum"), money=("money", "sum")
    )
    rows = newest(traffic, ["shop", "day", "商品ID"])
    rows = rows.assign(pieces=number(rows["支付件数"]), money=number(rows["支付金额"]))
    found = rows[rows["buyers"] > 0].set_index(["商品名称", "day"])[["buyers", "pieces", "money"]]
    assert found.index.is_unique
    assert len(found) == len(expected)
    difference = found.sort_index() - expected.sort_index()  # missing where only one has the day
    assert difference.notna().all().all()
    assert difference.abs().max().max() < 0.005


def shop_days(inbox: Path) -> pd.DataFrame:
    days = rows_of(inbox, "店铺整体_自助取数_*.xls")
    return days.assign(day=pd.to_datetime(days["统计日期"])).set_index(["shop", "day"])


def gross(orders: pd.DataFrame) -> pd.Series:
    """What was paid before refunds: 天猫 states it without them."""
    return pd.to_numeric(orders["买家实际支付金额"]) + pd.to_numeric(orders["退款金额"])


def bought_by_day(orders: pd.DataFrame) -> pd.DataFrame:
    """Buyers and money of each shop and day of payment, from the newest state of each order."""
    final = newest(orders, ["shop", "id"])
    paid = final[final["paid"].notna()]
    return (
        paid.assign(day=paid["paid"].dt.normalize(), money=gross(paid))
        .groupby(["shop", "day"])
        .agg(buyers=("买家会员名", "nunique"), money=("money", "sum"))
    )


def test_the_shops_days_are_those_of_its_orders(inbox: Path, orders: pd.DataFrame) -> None:
    """Each buyer counts once a day, and the shop's visitors are fewer than those of its products together."""
    bought = bought_by_day(orders)
    days = shop_days(inbox)
    days = days[days.index.get_level_values("day").date >= FIRST_DAY]
    assert len(days) == 2 * 70
    assert (number(days["支付买家数"]) == bought["buyers"]).all()
    assert ((number(days["支付金额"]) - bought["money"]).abs() < 0.005).all()
    assert (number(days["支付买家数"]) < number(days["访客数"])).all()


def test_last_years_days_are_those_52_weeks_before(inbox: Path) -> None:
    days = shop_days(inbox)
    then = days[days.index.get_level_values("day").date < FIRST_DAY]
    assert set(then.index.get_level_values("shop")) == {"qinghe"}
    found = list(then.index.get_level_values("day").date)
    assert found == [FIRST_DAY - timedelta(days=364 - n) for n in range(70)]
    sale, *others = (number(then["支付金额"]).loc["qinghe", f"2025-11-{day}"] for day in (11, 10, 12, 13, 14))
    assert sale > max(others)  # the big sale keeps its date, whatever its weekday


def test_last_years_orders_are_the_sales_week_and_nobody_we_know(
    inbox: Path, orders: pd.DataFrame, orders_last_year: pd.DataFrame
) -> None:
    bought = bought_by_day(orders_last_year)
    assert list(bought.index) == [("qinghe", pd.Timestamp(2025, 11, day)) for day in range(10, 17)]
    days = shop_days(inbox).loc[bought.index]
    assert (number(days["支付买家数"]) == bought["buyers"]).all()
    assert ((number(days["支付金额"]) - bought["money"]).abs() < 0.005).all()
    assert not set(orders_last_year["买家会员名"]) & set(orders["买家会员名"])
    assert not set(orders_last_year["id"]) & set(orders["id"])
    paid = orders_last_year[orders_last_year["paid"].notna()]
    assert set(paid["订单状态"]) == {"交易成功", "交易关闭"}
    shipped = pd.to_datetime(paid["发货时间"].replace("", None))
    assert (shipped - paid["paid"]).max() < pd.Timedelta(hours=48)


def test_refunds_are_those_of_the_order_list(inbox: Path, orders: pd.DataFrame) -> None:
    final = newest(orders[orders["shop"] == "qinghe"], ["id"])
    listed = pd.to_numeric(final.set_index("id")["退款金额"])
    refunds = newest(rows_of(inbox, "退款_*.xlsx"), ["退款编号"])
    done = refunds[refunds["退款状态"] == "退款成功"].set_index("订单编号")
    given_back = listed[listed > 0]
    assert set(done.index) == set(given_back.index)
    assert ((pd.to_numeric(done["退给买家金额"]) - given_back).abs() < 0.005).all()
    assert (done["退款申请时间"] < done["退款完结时间"]).all()
    assert (done["退款申请时间"] > done["订单付款时间"]).all()


def test_orders_look_like_a_shops(orders: pd.DataFrame) -> None:
    final = newest(orders, ["id"])
    a_day = final.groupby(["shop", final["created"].dt.date]).size()
    assert a_day.min() >= 60
    assert a_day.max() <= 150
    assert a_day.loc[:, date(2026, 11, 11)].min() > a_day.median() * 1.15
    assert set(final["订单关闭原因"]) == {"订单未关闭", "买家未付款", "退款"}
    assert set(final["宝贝总数量"]) == {"1", "2", "3"}
    unpaid = final["paid"].isna()
    assert (final.loc[unpaid, "买家实际支付金额"] == "0.00").all()
    assert set(final.loc[unpaid, "订单状态"]) == {"等待买家付款", "交易关闭"}
    refunded = pd.to_numeric(final["退款金额"]) > 0
    assert 0.02 < refunded.mean() < 0.08
    assert not (refunded & unpaid).any()
    assert orders["打款商家金额"].str.fullmatch(r"\d+\.\d\d元").all()


def test_order_files_hold_their_days_and_late_changes(orders: pd.DataFrame) -> None:
    assert not orders.duplicated(["shop", "file", "id"]).any()
    assert (orders["created"] < orders["exported"]).all()
    assert not (orders["paid"] > orders["exported"]).any()
    versions = orders.sort_values("exported").groupby("id")["订单状态"].agg(["first", "last"])
    late = versions[versions["first"] == "等待买家付款"]["last"]
    assert {"卖家已发货，等待买家确认", "交易成功", "交易关闭"} <= set(late)
    last_week = orders[orders["exported"] >= pd.Timestamp(2026, 11, 10)]
    age = (last_week["exported"].dt.normalize() - last_week["created"].dt.normalize()).dt.days
    assert (age == 1).any()
    assert (age > 1).any()


# ---- low conversion ----------------------------------------------------------------------------
