"""Ad plan days and the rows of the 计划报表 of 万相台无界."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from demo.catalogue import Plan, Shop
from demo.containers import money, percent, ratio
from demo.story import (
    BIG_SALE,
    CLICK_PRICES,
    DAYS,
    PAUSED_MISSING,
    PAUSED_WEEKS,
    ROI_CASES,
    SPEND_DAYS,
    RoiCase,
    week_of,
)

_COLUMNS = (
    "日期,场景ID,场景名字,原二级场景ID,原二级场景名字,计划ID,计划名字,主体ID,主体类型,主体名称,展现量,点击量,"
    "花费,点击率,平均点击花费,千次展现花费,总预售成交金额,直接成交金额,间接成交金额,总成交金额,总成交笔数,"
    "点击转化率,投入产出比,含预售投产比,总成交成本,总购物车数,加购率,加购成本"
)
HEADER = tuple(_COLUMNS.split(","))


@dataclass(frozen=True)
class AdDay:
    """One day of one plan; money in cents. ``revenue_cents`` None is written as ``-``."""

    day: date
    plan: Plan
    spend_cents: int
    revenue_cents: int | None
    impressions: int
    clicks: int
    carts: int


def ad_days(shop: Shop) -> list[AdDay]:
    """All plan days of the ten weeks, sorted by day and plan."""
    rows = [row for plan in shop.plans for row in _plan_days(plan)]
    return sorted(rows, key=lambda row: (row.day, row.plan.plan_id))


def _plan_days(plan: Plan) -> list[AdDay]:
    rng = Random(f"shopwatch demo ads {plan.plan_id}")
    cases = {case.week: case for case in ROI_CASES if case.plan_id == plan.plan_id}
    rows: list[AdDay] = []
    for first in range(0, len(DAYS), 7):
        days = DAYS[first : first + 7]
        # draw for every week, so that a planted week does not change the others
        spend = [round(plan.cents * _budget(day) * (0.85 + 0.3 * rng.random())) for day in days]
        revenue = [round(cents * (3.7 + 1.6 * rng.random())) for cents in spend]
        case = cases.get(week_of(days[0]))
        if case is not None:
            spend, revenue = _to_the_cent(case, spend)
        for day, usual, earned in zip(days, spend, revenue, strict=True):
            paid = SPEND_DAYS.get((plan.plan_id, day), usual)
            rows.append(_ad_day(day, plan, paid, earned, rng))
    return rows


def _budget(day: date) -> float:
    return 1.3 if day == BIG_SALE else 1.0


def _to_the_cent(case: RoiCase, weights: Sequence[int]) -> tuple[list[int], list[int]]:
    """Split the case's week over its days; both sums are exact."""
    spend = _split(case.spend_cents, weights)
    return spend, _split(case.revenue_cents, spend)


def _split(total: int, weights: Sequence[int]) -> list[int]:
    parts = [total * weight // sum(weights) for weight in weights[:-1]]
    return [*parts, total - sum(parts)]


def _ad_day(day: date, plan: Plan, spend: int, revenue: int, rng: Random) -> AdDay:
    drawn = 90 + 60 * rng.random()
    clicks = max(1, round(spend / (100 * CLICK_PRICES.get((plan.plan_id, week_of(day)), drawn / 100))))
    impressions = round(clicks / (0.03 + 0.02 * rng.random()))
    carts = round(clicks * (0.08 + 0.06 * rng.random()))
    week = week_of(day)
    if week in PAUSED_WEEKS.get(plan.plan_id, ()):
        return AdDay(day, plan, 0, None if week == PAUSED_MISSING else 0, 0, 0, 0)
    return AdDay(day, plan, spend, revenue, impressions, clicks, carts)


def report_row(shop: Shop, row: AdDay) -> list[str]:
    """Report row in the order of HEADER."""
    product = shop.product(row.plan.code)
    spend = "0" if row.spend_cents == 0 else money(row.spend_cents)
    return [
        row.day.isoformat(),
        *row.plan.scene,
        *row.plan.sub_scene,
        row.plan.plan_id,
        row.plan.name,
        product.item_id,
        "商品",
        product.title,
        str(row.impressions),
        str(row.clicks),
        spend,
        percent(row.clicks, row.impressions),
        ratio(row.spend_cents / 100, row.clicks),
        ratio(row.spend_cents * 10, row.impressions),
        "0",
        *_result_cells(row, product.cents),
        str(row.carts),
        percent(row.carts, row.clicks),
        ratio(row.spend_cents / 100, row.carts),
    ]


def _result_cells(row: AdDay, price_cents: int) -> list[str]:
    """Cells from 直接成交金额 to 总成交成本."""
    if row.revenue_cents is None:
        return ["-"] * 8
    direct = row.revenue_cents * 7 // 10
    deals = 0 if row.revenue_cents == 0 else max(1, round(row.revenue_cents / price_cents))
    roi = ratio(row.revenue_cents, row.spend_cents)
    return [
        _amount(direct),
        _amount(row.revenue_cents - direct),
        _amount(row.revenue_cents),
        str(deals),
        percent(deals, row.clicks),
        roi,
        roi,
        ratio(row.spend_cents / 100, deals),
    ]


def _amount(cents: int) -> str:
    return money(cents) if cents else "0"
