"""The demo's planted cases, and that nothing else crosses a rule."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from demo_files import (
    BROKEN_FILE,
    CORRECTED,
    DOCS,
    GAP,
    LOW,
    ONE_WEEK,
    RECOVERS,
    ROI_JUST_OK,
    ROI_LOW,
    ROI_PAUSED,
    STOCK_0,
    STOCK_7,
    STOCK_10,
    STOCK_11,
    STOCK_RESTOCKED,
    THREE_VISITORS,
    conversion_streaks,
    conversions,
    csv_lines,
    exported,
    firing,
    roas,
    week_counts,
    week_labels,
)

from demo import NIGHTS


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
    assert week_counts(with_first, CORRECTED)["2026-W45"] == (620, 5)  # 0.81%
    assert week_counts(traffic, CORRECTED)["2026-W45"] == (620, 13)  # 2.10%
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
    """A single week below 1%: held while the next one is missing, cleared by a good one."""

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
