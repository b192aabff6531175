"""The demo's exports read back without the loader, and its three rules in pandas."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fastexcel
import pandas as pd

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY, LAST_DAY = date(2026, 9, 7), date(2026, 11, 15)
SHOPS = ("qinghe", "mumian")
DOCS = Path(__file__).resolve().parents[3] / "docs" / "demo.md"
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
    rows["买家实际支付金额"] = rows["买家实际支付金额"].fillna(rows["买家实付金额"])  # qinghe's list is the newer one
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
    """Weeks below 1% of each product up to ``last_week``, broken at 1.2% once two were reached.

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


def week_counts(traffic: pd.DataFrame, code: str) -> dict[str, tuple[int, int]]:
    """Visitors and buyers of one product by week."""
    weekly = conversions(traffic)
    rows = weekly[weekly["货号"] == code]
    return {row.week: (int(row.visitors), int(row.buyers)) for row in rows.itertuples()}


# ---- the files ---------------------------------------------------------------------------------
