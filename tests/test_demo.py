"""The demo's files, read back without the loader: planted cases are there, and nothing else is."""

from __future__ import annotations

import csv
import io
import itertools
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fastexcel
import pandas as pd
import pytest

from shopwatch.demo import NIGHTS, write_demo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY, LAST_DAY = date(2026, 9, 7), date(2026, 11, 15)
SHOPS = ("qinghe", "mumian")
DOCS = Path(__file__).parents[1] / "docs" / "demo.md"
BROKEN_FILE = "ExportOrderList202611150110.csv"

# 货号 of the cases
LOW, THREE_VISITORS, GAP = "QH-TEA-005", "QH-TEA-012", "QH-TEA-019"
ONE_WEEK, RECOVERS, CORRECTED = "MM-TEX-007", "MM-TEX-014", "MM-TEX-021"
ROI_LOW, ROI_JUST_OK, ROI_PAUSED = "60010000002", "60010000003", "60020000005"
STOCK_11, STOCK_10, STOCK_7 = "QH-TEA-003-01", "QH-TEA-008-01", "QH-TEA-016-01"
STOCK_0, STOCK_RESTOCKED = "MM-TEX-010-01", "MM-TEX-025-01"


# ---- reading back ------------------------------------------------------------------------------


def exported(path: Path) -> datetime:
    """The file's modification time, in the shops' time, without zone."""
    return datetime.fromtimestamp(path.stat().st_mtime, SHANGHAI).replace(tzinfo=None)


def csv_lines(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("gbk"), newline="")))


def xls_lines(path: Path) -> list[list[str]]:
    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string")
    return [[cell or "" for cell in row.values()] for row in sheet.to_arrow().to_pylist()]


def rows_of(inbox: Path, pattern: str, header_line: int = 1) -> pd.DataFrame:
    """The rows of all such files, as wide as their header, with shop, file and export moment."""
    rows = []
    for path in sorted(inbox.glob(f"*/{pattern}")):
        lines = csv_lines(path) if path.suffix == ".csv" else xls_lines(path)
        header = [name.strip() for name in lines[header_line - 1]]
        about = {"shop": path.parent.name, "file": path.name, "exported": exported(path)}
        for line in lines[header_line:]:
            if len(line) == len(header):
                rows.append(about | dict(zip(header, line, strict=True)))
    return pd.DataFrame(rows)


def number(column: pd.Series) -> pd.Series:
    """Numbers out of text with thousands separators; ``-`` is missing."""
    return pd.to_numeric(column.str.replace(",", "").where(column != "-"))


def newest(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One row a key: the one out of the file that was exported last."""
    return frame.sort_values("exported", kind="stable").drop_duplicates(key, keep="last")


def read_traffic(inbox: Path) -> pd.DataFrame:
    rows = rows_of(inbox, "【生意参谋平台】*.xls", header_line=5)
    rows["day"] = pd.to_datetime(rows["统计日期"])
    rows["visitors"], rows["buyers"] = number(rows["商品访客数"]), number(rows["支付买家数"])
    return rows.assign(week=week_labels(rows["day"]))


def read_orders(inbox: Path) -> pd.DataFrame:
    """The good rows of all order lists; header cells without their trailing spaces."""
    rows = rows_of(inbox, "ExportOrderList*.csv")
    rows["id"] = rows["订单编号"].str.extract(r'^="(\d{19})"$')
    good = rows["id"].notna() & rows["买家应付货款"].str.fullmatch(r"[\d.]+")
    rows = rows[good & ~rows["订单创建时间"].str.contains("-13-")].copy()
    rows["created"] = pd.to_datetime(rows["订单创建时间"])
    rows["paid"] = pd.to_datetime(rows["订单付款时间"].replace("", None))
    return rows


def read_ads(inbox: Path) -> pd.DataFrame:
    rows = rows_of(inbox, "计划报表_*.csv")
    rows["day"] = pd.to_datetime(rows["日期"])
    rows["spend"], rows["revenue"] = number(rows["花费"]), number(rows["总成交金额"])
    return rows.assign(week=week_labels(rows["day"]))


def read_stock(inbox: Path) -> pd.DataFrame:
    rows = rows_of(inbox, "库存_*.xls")
    named = pd.to_datetime(rows["file"].str.extract(r"(\d{14})")[0], format="%Y%m%d%H%M%S")
    return rows.assign(day=named.dt.date, available=pd.to_numeric(rows["可用库存"]))


def week_labels(days: pd.Series) -> pd.Series:
    iso = days.dt.isocalendar()
    return iso["year"].astype(str) + "-W" + iso["week"].astype(str).str.zfill(2)


# ---- the three rules, computed here ------------------------------------------------------------


def conversions(traffic: pd.DataFrame) -> pd.DataFrame:
    """Visitors, buyers and conversion of each product and week."""
    rows = newest(traffic, ["shop", "day", "商品ID"])
    weekly = rows.groupby(["货号", "week"], as_index=False)[["visitors", "buyers"]].sum()
    return weekly.assign(conversion=weekly["buyers"] / weekly["visitors"])


def roas(ads: pd.DataFrame) -> pd.DataFrame:
    """Spend, revenue and ROI of each plan and week; no ROI where nothing was spent."""
    rows = newest(ads, ["shop", "day", "计划ID"])
    weekly = rows.groupby(["计划ID", "week"], as_index=False)[["spend", "revenue"]].sum().round(2)
    return weekly.assign(roi=(weekly["revenue"] / weekly["spend"]).where(weekly["spend"] > 0))


def conversion_streaks(weekly: pd.DataFrame, last_week: str) -> dict[str, int]:
    """Weeks below 1 % of each product up to ``last_week``, broken at 1.2 % once two were reached.

    Weeks under 100 visitors prove nothing, weeks without rows neither count nor reset.
    """
    streaks: dict[str, int] = {}
    for row in weekly[weekly["week"] <= last_week].sort_values("week").to_dict("records"):
        code, streak = row["货号"], streaks.get(row["货号"], 0)
        if row["visitors"] < 100:
            continue
        if row["conversion"] < 0.01:
            streaks[code] = streak + 1
        elif streak < 2 or row["conversion"] >= 0.012:
            streaks[code] = 0
    return streaks


def firing(night: date, traffic: pd.DataFrame, ads: pd.DataFrame, stock: pd.DataFrame) -> set[tuple[str, str]]:
    """(rule, entity) of every alert that is open after ``night``, from the files out by then."""
    deadline = pd.Timestamp(datetime.combine(night + timedelta(days=1), time(6)))
    traffic, ads, stock = (rows[rows["exported"] < deadline] for rows in (traffic, ads, stock))
    closed = night if night.weekday() == 6 else night - timedelta(days=night.weekday() + 1)
    year, week, _ = closed.isocalendar()
    last_week = f"{year}-W{week:02d}"
    streaks = conversion_streaks(conversions(traffic), last_week)
    weekly = roas(ads)
    low_roi = weekly[(weekly["week"] == last_week) & (weekly["roi"] < 3)]
    low_stock = stock[(stock["day"] == night) & (stock["available"] <= 10)]
    return (
        {("conversion_low", code) for code, streak in streaks.items() if streak >= 2}
        | {("roas_low", plan) for plan in low_roi["计划ID"]}
        | {("stock_low", sku) for sku in low_stock["商家编码"]}
    )


# ---- fixtures ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "inbox"
    write_demo(folder)
    return folder


@pytest.fixture(scope="module")
def traffic(inbox: Path) -> pd.DataFrame:
    return read_traffic(inbox)


@pytest.fixture(scope="module")
def orders(inbox: Path) -> pd.DataFrame:
    return read_orders(inbox)


@pytest.fixture(scope="module")
def ads(inbox: Path) -> pd.DataFrame:
    return read_ads(inbox)


@pytest.fixture(scope="module")
def stock(inbox: Path) -> pd.DataFrame:
    return read_stock(inbox)


def week_counts(traffic: pd.DataFrame, code: str) -> dict[str, tuple[int, int]]:
    """Visitors and buyers of one product by week."""
    weekly = conversions(traffic)
    rows = weekly[weekly["货号"] == code]
    return {row.week: (int(row.visitors), int(row.buyers)) for row in rows.itertuples()}


# ---- the files ---------------------------------------------------------------------------------


def test_every_file_is_there(inbox: Path) -> None:
    def count(shop: str, pattern: str) -> int:
        return len(list((inbox / shop).glob(pattern)))

    for shop in SHOPS:
        assert count(shop, "ExportOrderList*.csv") == 9 + 7
        assert count(shop, "【生意参谋平台】商品_全部_*.xls") == 70 + 1
        assert count(shop, "计划报表_*.csv") == 9 + 7
        assert count(shop, "库存_*.xls") == 9 + 7
    assert sum(path.is_file() for path in inbox.rglob("*")) == 238


def test_headers_are_verbatim(inbox: Path) -> None:
    orders = csv_lines(inbox / "qinghe" / "ExportOrderList202609140110.csv")[0]
    spaced = {"收货地址 ", "联系电话 ", "订单付款时间 ", "宝贝标题 ", "宝贝种类 ", "物流单号 "}
    assert len(orders) == 61
    assert {name for name in orders if name.endswith(" ")} == spaced
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


def test_same_bytes_each_time_and_nothing_twice(inbox: Path, tmp_path: Path) -> None:
    again = write_demo(tmp_path)
    assert len(again) == 238
    for path in again:
        first = inbox / path.relative_to(tmp_path)
        assert path.read_bytes() == first.read_bytes()
        assert path.stat().st_mtime_ns == first.stat().st_mtime_ns
    spoilt = again[7]
    spoilt.write_bytes(b"half a file")
    assert write_demo(tmp_path) == [spoilt]
    assert spoilt.read_bytes() == (inbox / spoilt.relative_to(tmp_path)).read_bytes()
    assert write_demo(tmp_path) == []


def test_until_holds_back_later_files(inbox: Path, tmp_path: Path) -> None:
    """Two nights after one another: each brings what was exported since the one before."""
    every = {path.relative_to(inbox): exported(path) for path in inbox.glob("*/*")}
    first, second = datetime(2026, 11, 14, 6), datetime(2026, 11, 15, 6)
    before = {path.relative_to(tmp_path) for path in write_demo(tmp_path, until=NIGHTS[0])}
    assert before == {name for name, moment in every.items() if moment < first}
    since = {path.relative_to(tmp_path) for path in write_demo(tmp_path, until=NIGHTS[1])}
    assert since == {name for name, moment in every.items() if first <= moment < second}
    assert len(since) == 2 * 4  # one file of each kind and shop
    assert len(before) + len(since) == 238 - 8


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
        money=pd.to_numeric(final["买家实际支付金额"]),
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


def test_only_planted_products_convert_badly(traffic: pd.DataFrame) -> None:
    weekly = conversions(traffic)
    proven = weekly[weekly["visitors"] >= 100]
    low = proven[proven["conversion"] < 0.016]
    assert {(row.货号, row.week): f"{row.conversion:.2%}" for row in low.itertuples()} == {
        (LOW, "2026-W45"): "0.78%",
        (LOW, "2026-W46"): "0.57%",
        (GAP, "2026-W44"): "0.77%",
        (GAP, "2026-W46"): "0.74%",
        (ONE_WEEK, "2026-W46"): "0.83%",
        (RECOVERS, "2026-W44"): "0.86%",
        (RECOVERS, "2026-W45"): "0.67%",
    }
    unproven = weekly[weekly["visitors"] < 100]
    assert set(zip(unproven["货号"], unproven["week"], strict=True)) == {
        (THREE_VISITORS, f"2026-W{week}") for week in (44, 45, 46)
    }


def test_conversion_cases(traffic: pd.DataFrame) -> None:
    low, three, gap = (week_counts(traffic, code) for code in (LOW, THREE_VISITORS, GAP))
    assert (low["2026-W45"], low["2026-W46"]) == ((640, 5), (700, 4))
    assert [three[f"2026-W{week}"] for week in (44, 45, 46)] == [(3, 0)] * 3
    assert (gap["2026-W44"], gap["2026-W46"]) == ((520, 4), (540, 4))
    assert "2026-W45" not in gap
    one, recovers = (week_counts(traffic, code) for code in (ONE_WEEK, RECOVERS))
    assert one["2026-W46"] == (600, 5)
    weeks = [recovers[f"2026-W{week}"] for week in (44, 45, 46)]
    assert weeks == [(580, 5), (600, 4), (620, 15)]


def test_the_missing_week_is_in_no_file(traffic: pd.DataFrame, orders: pd.DataFrame) -> None:
    week = traffic[(traffic["shop"] == "qinghe") & (traffic["week"] == "2026-W45")]
    assert week["day"].nunique() == 7
    assert GAP not in set(week["货号"])
    title = traffic.loc[traffic["货号"] == GAP, "商品名称"].iloc[0]
    days = pd.Series(orders.loc[orders["宝贝标题"] == title, ["created", "paid"]].stack())
    assert "2026-W45" not in set(week_labels(days))


def test_arrives_corrected(traffic: pd.DataFrame) -> None:
    rows = traffic[(traffic["shop"] == "mumian") & (traffic["day"] == "2026-11-05")]
    product = rows[rows["货号"] == CORRECTED].sort_values("exported")
    assert list(product["exported"]) == [
        pd.Timestamp(2026, 11, 6, 0, 40),
        pd.Timestamp(2026, 11, 7, 9, 0),
    ]
    assert list(product["buyers"]) == [1, 9]
    assert [" (1)" in name for name in product["file"]] == [False, True]
    with_first = traffic[traffic["exported"] != pd.Timestamp(2026, 11, 7, 9, 0)]
    assert week_counts(with_first, CORRECTED)["2026-W45"] == (620, 5)  # 0.81 %
    assert week_counts(traffic, CORRECTED)["2026-W45"] == (620, 13)  # 2.10 %
    others = rows[rows["货号"] != CORRECTED].drop(columns=["file", "exported"])
    assert others.duplicated(keep=False).all()


def test_arrives_twice(inbox: Path) -> None:
    first = inbox / "qinghe" / "【生意参谋平台】商品_全部_2026-11-04_2026-11-04.xls"
    second = first.with_name(f"{first.stem} (1).xls")
    assert first.read_bytes() == second.read_bytes()
    assert exported(second) == datetime(2026, 11, 5, 9, 12)


# ---- ROI ---------------------------------------------------------------------------------------


def test_only_the_planted_plan_is_below_its_roi(ads: pd.DataFrame) -> None:
    weekly = roas(ads)
    assert len(weekly) == 10 * 10
    low = weekly[weekly["roi"] < 3.3]
    assert [tuple(row) for row in low[["计划ID", "week", "spend", "revenue"]].to_numpy()] == [
        (ROI_LOW, "2026-W46", 840.00, 1764.00)
    ]
    just_ok = weekly[(weekly["计划ID"] == ROI_JUST_OK) & (weekly["week"] == "2026-W46")].iloc[0]
    assert (just_ok["spend"], just_ok["revenue"]) == (700.00, 2380.00)
    idle = weekly[weekly["spend"] == 0]
    assert set(zip(idle["计划ID"], idle["week"], strict=True)) == {
        (ROI_PAUSED, f"2026-W{week}") for week in (44, 45, 46)
    }
    assert (idle["revenue"] == 0).all()
    paused = ads[(ads["计划ID"] == ROI_PAUSED) & (ads["spend"] == 0)]
    assert set(paused["花费"]) == {"0"}
    assert set(paused["总成交金额"]) == {"0", "-"}


def test_daily_plan_files_are_cumulative(inbox: Path) -> None:
    files = sorted((inbox / "mumian").glob("计划报表_20261109_*.csv"))
    contents = [csv_lines(path) for path in files]
    assert [len({line[0] for line in lines[1:]}) for lines in contents] == [1, 2, 3, 4, 5, 6, 7]
    for earlier, later in itertools.pairwise(contents):
        assert later[: len(earlier)] == earlier


# ---- stock -------------------------------------------------------------------------------------


def levels(stock: pd.DataFrame, sku: str) -> list[int]:
    """The last four evenings of one SKU, 12 to 15 November."""
    rows = stock[(stock["商家编码"] == sku) & (stock["day"] >= date(2026, 11, 12))]
    return [int(level) for level in rows.sort_values("day")["available"]]


def test_stock_cases(stock: pd.DataFrame) -> None:
    assert levels(stock, STOCK_11) == [17, 15, 13, 11]
    assert levels(stock, STOCK_10) == [17, 15, 13, 10]
    assert levels(stock, STOCK_7) == [14, 12, 7, 7]
    assert levels(stock, STOCK_0) == [12, 9, 4, 0]
    assert levels(stock, STOCK_RESTOCKED) == [12, 6, 120, 118]


def test_only_planted_skus_run_out(stock: pd.DataFrame) -> None:
    low = stock[stock["available"] <= 10]
    found = {(row.商家编码, row.day.day): int(row.available) for row in low.itertuples()}
    assert found == {
        (STOCK_10, 15): 10,
        (STOCK_7, 14): 7,
        (STOCK_7, 15): 7,
        (STOCK_0, 13): 9,
        (STOCK_0, 14): 4,
        (STOCK_0, 15): 0,
        (STOCK_RESTOCKED, 13): 6,
    }
    planted = {STOCK_11, STOCK_10, STOCK_7, STOCK_0, STOCK_RESTOCKED}
    assert set(stock.loc[stock["available"] < 25, "商家编码"]) == planted


# ---- broken rows -------------------------------------------------------------------------------


def test_broken_rows(inbox: Path, orders: pd.DataFrame) -> None:
    lines = csv_lines(inbox / "mumian" / BROKEN_FILE)
    header = lines[0]
    assert lines[9 - 1][header.index("买家应付货款")] == "一百二"
    assert lines[24 - 1][header.index("订单编号")] == "6.93E+18"
    assert lines[43 - 1][header.index("订单创建时间")] == "2026-13-45 10:00:00"
    assert len(lines[61 - 1]) == 5
    good = orders[(orders["shop"] == "mumian") & (orders["file"] == BROKEN_FILE)]
    assert len(good) == len(lines) - 1 - 4


def test_no_other_file_has_broken_rows(inbox: Path, orders: pd.DataFrame) -> None:
    read = orders.groupby(["shop", "file"]).size()
    for (shop, name), count in read.items():
        broken = 4 if (shop, name) == ("mumian", BROKEN_FILE) else 0
        assert len(csv_lines(inbox / shop / name)) == 1 + count + broken
    assert read.size == 32


# ---- the three nights --------------------------------------------------------------------------

OPEN = {
    NIGHTS[0]: {
        ("conversion_low", RECOVERS),
        ("stock_low", STOCK_0),
        ("stock_low", STOCK_RESTOCKED),
    },
    NIGHTS[1]: {
        ("conversion_low", RECOVERS),
        ("stock_low", STOCK_0),
        ("stock_low", STOCK_7),
    },
    NIGHTS[2]: {
        ("conversion_low", LOW),
        ("conversion_low", GAP),
        ("roas_low", ROI_LOW),
        ("stock_low", STOCK_0),
        ("stock_low", STOCK_7),
        ("stock_low", STOCK_10),
    },
}


@pytest.mark.parametrize("night", NIGHTS)
def test_alerts_of_the_night(night: date, traffic: pd.DataFrame, ads: pd.DataFrame, stock: pd.DataFrame) -> None:
    """Only the files that are out by then count; nothing is open but what was planted."""
    assert firing(night, traffic, ads, stock) == OPEN[night]


def test_no_earlier_week_fires(traffic: pd.DataFrame, ads: pd.DataFrame) -> None:
    weekly, spent = conversions(traffic), roas(ads)
    for week in (f"2026-W{number}" for number in range(37, 45)):
        assert max(conversion_streaks(weekly, week).values()) < 2
        assert not (spent.loc[spent["week"] == week, "roi"] < 3).any()


def test_pending_products(traffic: pd.DataFrame) -> None:
    """A single week below 1 %: held while the next one is missing, cleared by a good one."""

    def pending(week: str) -> set[str]:
        streaks = conversion_streaks(conversions(traffic), week)
        return {code for code, streak in streaks.items() if streak == 1}

    assert pending("2026-W43") == set()
    assert pending("2026-W44") == {GAP, RECOVERS}
    assert pending("2026-W45") == {GAP, LOW}
    assert pending("2026-W46") == {ONE_WEEK}


def test_the_document_names_every_case() -> None:
    text = DOCS.read_text(encoding="utf-8")
    products = (LOW, THREE_VISITORS, GAP, ONE_WEEK, RECOVERS, CORRECTED)
    skus = (STOCK_11, STOCK_10, STOCK_7, STOCK_0, STOCK_RESTOCKED)
    for name in (*products, *skus, ROI_LOW, ROI_JUST_OK, ROI_PAUSED, BROKEN_FILE):
        assert name in text
