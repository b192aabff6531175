"""Story of the demo shops: calendar and planted cases, as tables.

Everything else is an ordinary shop (see trade.py) without alerts. docs/demo.md lists the same cases with the alerts
that they must and must not raise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 9, 7)
LAST_DAY = date(2026, 11, 15)
DAYS = tuple(FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
LAST_WEEK = DAYS[-7:]
BIG_SALE = date(2026, 11, 11)
NIGHTS: tuple[date, ...] = LAST_WEEK[-3:]


def week_of(day: date) -> str:
    """ISO week of a day, such as ``2026-W46``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


Week7 = tuple[int, int, int, int, int, int, int]  # one number per day, Monday to Sunday


@dataclass(frozen=True)
class PlannedWeek:
    """Daily visitors and paying buyers of one product; None: in no file of the week.

    Each buyer of a planned week buys one piece, so ``buyers`` also counts the pieces sold.
    """

    code: str
    week: str
    visitors: Week7 | None
    buyers: Week7 | None


NOBODY = (0, 0, 0, 0, 0, 0, 0)

PLANNED_WEEKS: tuple[PlannedWeek, ...] = (
    # two weeks below 1% (0.78%, 0.57%): fires when W46 has closed
    PlannedWeek("QH-TEA-005", "2026-W45", (92, 88, 90, 86, 84, 98, 102), (1, 0, 1, 1, 0, 1, 1)),
    PlannedWeek("QH-TEA-005", "2026-W46", (96, 98, 142, 92, 86, 92, 94), (1, 0, 2, 0, 0, 1, 0)),
    # three visitors a week, no buyer: below the minimum of 100 visitors
    PlannedWeek("QH-TEA-012", "2026-W44", (0, 1, 0, 1, 0, 1, 0), NOBODY),
    PlannedWeek("QH-TEA-012", "2026-W45", (0, 1, 0, 1, 0, 1, 0), NOBODY),
    PlannedWeek("QH-TEA-012", "2026-W46", (0, 1, 0, 1, 0, 1, 0), NOBODY),
    # below 1% (0.77%), no rows, below 1% (0.74%): the missing week neither counts nor resets
    PlannedWeek("QH-TEA-019", "2026-W44", (70, 72, 76, 72, 70, 80, 80), (1, 0, 1, 0, 1, 0, 1)),
    PlannedWeek("QH-TEA-019", "2026-W45", None, None),
    PlannedWeek("QH-TEA-019", "2026-W46", (72, 74, 100, 72, 70, 76, 76), (0, 1, 1, 0, 0, 1, 1)),
    # one week below 1% (0.83%): pending only
    PlannedWeek("MM-TEX-007", "2026-W46", (80, 82, 118, 80, 76, 82, 82), (1, 0, 2, 0, 1, 0, 1)),
    # two weeks below 1% (0.86%, 0.67%), then 2.42%: fires for W45, resolved with W46
    PlannedWeek("MM-TEX-014", "2026-W44", (78, 80, 82, 80, 78, 90, 92), (1, 0, 1, 1, 0, 1, 1)),
    PlannedWeek("MM-TEX-014", "2026-W45", (82, 84, 84, 82, 80, 92, 96), (0, 1, 1, 0, 1, 0, 1)),
    PlannedWeek("MM-TEX-014", "2026-W46", (84, 84, 122, 82, 78, 84, 86), (2, 1, 4, 2, 1, 2, 3)),
    # most buyers of the week (2.10%) on the Thursday with the wrong first export: see CORRECTED
    PlannedWeek("MM-TEX-021", "2026-W45", (58, 60, 62, 260, 56, 62, 62), (1, 0, 1, 9, 0, 1, 1)),
    # healthy weeks with exactly the sales that the stock cases below need
    PlannedWeek("QH-TEA-003", "2026-W46", (74, 76, 112, 74, 70, 76, 78), (2, 2, 4, 2, 2, 2, 2)),
    PlannedWeek("QH-TEA-008", "2026-W46", (74, 76, 112, 74, 70, 76, 78), (2, 2, 4, 2, 2, 2, 3)),
    PlannedWeek("QH-TEA-016", "2026-W46", (74, 76, 112, 74, 70, 76, 78), (2, 1, 4, 2, 2, 5, 0)),
    PlannedWeek("MM-TEX-010", "2026-W46", (84, 86, 130, 84, 80, 88, 88), (2, 2, 4, 2, 3, 5, 4)),
    PlannedWeek("MM-TEX-025", "2026-W46", (84, 86, 130, 84, 80, 88, 88), (2, 2, 4, 2, 6, 2, 2)),
)


@dataclass(frozen=True)
class StockCase:
    """SKU that is not restocked: ``level`` pieces are available on the evening of ``day``.

    Earlier evenings follow from the sales since; ``restocked``: (day, level) of a delivery.
    """

    code: str
    day: date
    level: int
    restocked: tuple[date, int] | None = None


STOCK_CASES: tuple[StockCase, ...] = (
    StockCase("QH-TEA-003", LAST_DAY, 11),  # one above the limit: no alert
    StockCase("QH-TEA-008", LAST_DAY, 10),  # 13 the day before: fires on the last night
    StockCase("QH-TEA-016", LAST_DAY, 7),  # 7 the day before as well: fires on the second night
    StockCase("MM-TEX-010", LAST_DAY, 0),  # 9, 4, 0: fires on the first night
    StockCase("MM-TEX-025", date(2026, 11, 13), 6, (date(2026, 11, 14), 120)),  # fires, resolved
    StockCase("QH-TEA-017", LAST_DAY, 40),  # hot seller with 6 days of cover
    StockCase("MM-TEX-028", LAST_DAY, 52),  # hot seller with slightly more than 7 days
)


@dataclass(frozen=True)
class RoiCase:
    """Whole week of a plan, exact to the cent; ``roi`` in hundredths, so 210 is 2.10."""

    plan_id: str
    week: str
    spend_cents: int
    roi: int

    @property
    def revenue_cents(self) -> int:
        return self.spend_cents * self.roi // 100


ROI_CASES: tuple[RoiCase, ...] = (
    RoiCase("60010000002", "2026-W46", 84_000, 210),  # 840.00 returns 1,764.00: fires
    RoiCase("60010000003", "2026-W46", 70_000, 340),  # 700.00 returns 2,380.00: no alert
)

# prefix of a shop's 货号, and week -> price level as a share of the everyday price
PRICE_WEEKS: Mapping[tuple[str, str], float] = {
    ("QH", "2026-W38"): 0.94,
    ("QH", "2026-W40"): 0.95,
    ("QH", "2026-W43"): 0.80,  # revenue 19.2% down: not a fifth, but unusual
    ("MM", "2026-W38"): 0.87,
    ("MM", "2026-W39"): 0.97,
    ("MM", "2026-W40"): 0.85,
    ("MM", "2026-W43"): 0.76,  # revenue 23.8% down, not unusual in weeks as uneven as these
}
PILED_UP: Mapping[str, int] = {"QH-TEA-021": 190}  # overstock in pieces
# 货号 and day -> pieces in the warehouse minus those to be shipped, if sellable stock is still on its way
ON_HAND: Mapping[tuple[str, date], int] = {
    ("QH-TEA-004", LAST_DAY): -2,
    ("QH-TEA-014", LAST_DAY): 0,
}
# 货号 and week -> cart rate: falls by more than 30 % in two consecutive weeks, and in one only
CART_WEEKS: Mapping[tuple[str, str], float] = {
    ("QH-TEA-029", "2026-W45"): 0.055,
    ("QH-TEA-029", "2026-W46"): 0.035,
    ("QH-TEA-020", "2026-W46"): 0.050,
}

SPEND_DAYS: Mapping[tuple[str, date], int] = {  # ad plan and day -> cents
    ("60010000001", LAST_DAY): 15_120,
}
CLICK_PRICES: Mapping[tuple[str, str], float] = {  # ad plan and week -> price per click: 38 % and 27% more
    ("60020000001", "2026-W45"): 1.00,
    ("60020000001", "2026-W46"): 1.38,
    ("60020000003", "2026-W45"): 1.00,
    ("60020000003", "2026-W46"): 1.27,
}

PAUSED_WEEKS: Mapping[str, tuple[str, ...]] = {
    "60020000005": ("2026-W44", "2026-W45", "2026-W46"),  # spend 0: ROI is not applicable
}
PAUSED_MISSING = "2026-W46"  # a paused plan's revenue is written as 0 before this week, as - in it


@dataclass(frozen=True)
class BrokenRow:
    """Row that must go to quarantine; ``column`` None: the line is cut after CUT_COLUMNS columns."""

    line: int
    column: str | None
    text: str


BROKEN_FILE = ("mumian", datetime(2026, 11, 15, 1, 10))
CUT_COLUMNS = 5
BROKEN_ROWS: tuple[BrokenRow, ...] = (
    BrokenRow(9, "买家应付货款", "一百二"),
    BrokenRow(24, "订单编号", "6.93E+18"),
    BrokenRow(43, "订单创建时间", "2026-13-45 10:00:00"),
    BrokenRow(61, None, ""),
)

# shop, day of the traffic file, time of its second download
ARRIVES_TWICE = ("qinghe", date(2026, 11, 4), datetime(2026, 11, 5, 9, 12))


@dataclass(frozen=True)
class Correction:
    """Traffic file that was exported again because its first export lacked buyers of one product."""

    folder: str
    day: date
    code: str
    first_buyers: int
    exported_anew: datetime


CORRECTED = Correction("mumian", date(2026, 11, 5), "MM-TEX-021", 1, datetime(2026, 11, 7, 9, 0))


@dataclass(frozen=True)
class LateParcels:
    """First ``count`` parcels handed to the carrier in a week and delivered after more than seven days."""

    carrier: str
    week: str
    count: int


@dataclass(frozen=True)
class StuckParcels:
    """First ``count`` parcels handed to the carrier on a day and never scanned."""

    carrier: str
    day: date
    count: int


@dataclass(frozen=True)
class Review:
    """Review below five stars; texts match the workbook's drop-downs."""

    day: date
    code: str
    stars: int
    theme: str
    wish: str = ""


# first and last day of a cohort's first purchase, and the share of its returning buyers who are lost
LOST_BUYERS: Mapping[str, tuple[tuple[date, date, float], ...]] = {
    "qinghe": (
        (date(2026, 10, 3), date(2026, 10, 9), 0.25),
        (date(2026, 10, 10), date(2026, 10, 16), 0.40),
    ),
}
STRANGERS = 5000  # offset of buyer numbers, so that they denote other people

# ---- stage 5: fulfilment -----------------------------------------------------------------------

SHIP_WITHIN = timedelta(hours=48)
# week in which orders were due, and number of them shipped twenty minutes late
SHIPPED_LATE: Mapping[str, tuple[tuple[str, int], ...]] = {
    "qinghe": (("2026-W45", 28), ("2026-W46", 36)),
}
# days whose first paid order is still in the warehouse: for more than 48 hours, and for slightly less
HELD_UP: Mapping[str, tuple[date, ...]] = {
    "qinghe": (date(2026, 11, 12),),
    "mumian": (date(2026, 11, 14),),
}
HELD_UNTIL = datetime(2026, 11, 17, 10)
# week of payment, and refunded share of its money: just below and just above 10%
REFUND_WEEKS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "qinghe": (("2026-W45", 0.099),),
    "mumian": (("2026-W46", 0.108),),
}
LATE_PARCELS: tuple[LateParcels, ...] = (
    LateParcels("中通", "2026-W45", 20),
    LateParcels("顺丰", "2026-W45", 13),
)
STUCK_PARCELS: tuple[StuckParcels, ...] = (
    StuckParcels("中通", date(2026, 11, 13), 2),
    StuckParcels("顺丰", date(2026, 11, 15), 2),  # less than a day without a scan
)

# ---- stage 6: service --------------------------------------------------------------------------

# week of settlement -> hours between request and refund, least and most; default 4 to 16
REFUND_HOURS: Mapping[str, tuple[float, float]] = {
    "2026-W45": (20, 27),
    "2026-W46": (30, 44),
}
# shop and day -> description, logistics and service score in hundredths; default 4.86, 4.84, 4.88
SCORES: Mapping[tuple[str, date], tuple[int, int, int]] = {
    ("qinghe", LAST_DAY): (485, 479, 487),
    ("mumian", LAST_DAY): (480, 484, 488),
}
# agent and week -> seconds to the first answer, percentage of satisfied buyers
AGENT_WEEKS: Mapping[tuple[str, str], tuple[int, int]] = {
    ("青禾茶具旗舰店:小青", "2026-W46"): (72, 96),
    ("青禾茶具旗舰店:小禾", "2026-W46"): (59, 97),
    ("青禾茶具旗舰店:小茗", "2026-W46"): (31, 88),
    ("青禾茶具旗舰店:小瓷", "2026-W46"): (26, 91),
}
# Complaints: five in a week are below 1% of its orders, seven are above. The day's first refund blames the shop for
# the reason given here; one of these buyers also writes a bad review, which makes one complaint.
PLANTED_FAULTS: Mapping[date, str] = {
    date(2026, 11, 4): "质量问题",
    date(2026, 11, 10): "商品与描述不符",
    date(2026, 11, 12): "少件/漏发",
}
REVIEWED_FAULT = date(2026, 11, 10)
# bad reviews without a known order; a recurring wish is a product idea
PLANTED_REVIEWS: tuple[Review, ...] = (
    *(Review(date(2026, 11, 2 + n), f"QH-TEA-{10 + n:03d}", 2, "物流") for n in range(4)),
    *(Review(date(2026, 11, 9 + n), f"QH-TEA-{10 + n:03d}", 1, "包装") for n in range(5)),
    Review(date(2026, 10, 21), "QH-TEA-009", 4, "尺码规格", "更多尺码"),
    Review(date(2026, 11, 4), "QH-TEA-009", 3, "尺码规格", "更多尺码"),
    Review(date(2026, 11, 12), "QH-TEA-009", 4, "尺码规格", "更多尺码"),
    Review(date(2026, 10, 28), "QH-TEA-024", 4, "其他", "更多颜色"),
    Review(date(2026, 11, 11), "QH-TEA-024", 4, "其他", "更多颜色"),
)

# ---- stage 1: market ---------------------------------------------------------------------------

# our product and day of the check -> competitor's price; default slightly below ours
PRICE_CASES: Mapping[tuple[str, date], float] = {
    ("QH-TEA-021", date(2026, 11, 9)): 56.00,  # ours, 69.00, is 1.23 times that
    ("QH-TEA-009", date(2026, 11, 9)): 41.00,  # ours, 49.00, is 1.195 times that
}
COMPETITORS_WATCHED: Mapping[str, int] = {"qinghe": 3, "mumian": 2}
