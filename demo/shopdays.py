"""生意参谋 for the whole shop: daily figures, and traffic sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from demo.adverts import AdDay, ad_days
from demo.catalogue import Shop
from demo.containers import money, percent, ratio, xls
from demo.history import Trade
from demo.story import DAYS
from demo.timetable import Export, lately, morning_after
from demo.trade import Order

_DAY_COLUMNS = (
    "统计日期,访客数,无线端访客数,浏览量,商品访客数,商品浏览量,平均停留时长,跳失率,加购人数,加购件数,商品收藏买家数,"
    "下单金额,下单买家数,下单件数,下单转化率,支付金额,支付买家数,支付件数,支付子订单数,支付转化率,客单价,UV价值,"
    "老访客数,新访客数,支付新买家数,支付老买家数,老买家支付金额,全站推广花费,关键词推广花费,精准人群推广花费,"
    "智能场景花费,淘宝客佣金,成功退款金额"
)
DAY_HEADER = tuple(_DAY_COLUMNS.split(","))

_SOURCE_COLUMNS = (
    "一级来源,二级来源,三级来源,访客数,浏览量,支付金额,浏览量占比,店内跳转人数,跳出本店人数,收藏人数,加购人数,"
    "下单买家数,下单转化率,支付件数,支付买家数,支付转化率"
)
SOURCE_HEADER = tuple(_SOURCE_COLUMNS.split(","))

SEEN_TWICE = 0.74  # share of the product visitors: the shop counts a visitor of two products once
SOURCE_DAYS = DAYS[-14:]
# sources with their share of the shop's visitors and paying buyers; _source_rows adds the sums
SOURCES = (
    ("淘内免费", "手淘搜索", 0.34, 0.38),
    ("淘内免费", "手淘推荐", 0.24, 0.13),
    ("付费推广", "关键词推广", 0.13, 0.14),
    ("付费推广", "人群推广", 0.10, 0.07),
    ("自主访问", "购物车", 0.07, 0.17),
    ("自主访问", "我的淘宝", 0.06, 0.08),
    ("淘外网站", "淘外APP", 0.04, 0.01),
)


@dataclass
class ShopDay:
    """Order totals of one shop day; money in cents."""

    ordering: set[int] = field(default_factory=set)
    paying: set[int] = field(default_factory=set)
    old: set[int] = field(default_factory=set)
    orders: int = 0
    pieces: int = 0
    ordered_pieces: int = 0
    cents: int = 0
    old_cents: int = 0
    ordered_cents: int = 0
    refund_cents: int = 0


def shop_days(orders: Sequence[Order], dates: Sequence[date] = DAYS) -> dict[date, ShopDay]:
    """Order totals per day; a buyer counts once per day."""
    days = {day: ShopDay() for day in dates}
    for order in orders:
        placed = days[order.created.date()]
        placed.ordering.add(order.buyer)
        placed.ordered_pieces += order.quantity
        placed.ordered_cents += order.cents
        if order.refunded is not None and order.refunded.date() in days:
            days[order.refunded.date()].refund_cents += order.refund_cents
    known: set[int] = set()
    paid = sorted((order.paid, order.number, order) for order in orders if order.paid is not None)
    for moment, _, order in paid:
        day = days[moment.date()]
        if order.buyer in known:
            day.old.add(order.buyer)
            day.old_cents += order.cents
        known.add(order.buyer)
        day.paying.add(order.buyer)
        day.orders += 1
        day.pieces += order.quantity
        day.cents += order.cents
    return days


def day_reports(trade: Trade) -> Iterator[Export]:
    """店铺日数据: one row per day."""
    for first, last in lately():
        name = f"店铺整体_自助取数_{first}_{last}.xls"
        yield Export(trade.shop.folder, name, morning_after(last, 0, 45), _day_builder(trade, first, last))


def _day_builder(trade: Trade, first: date, last: date) -> Callable[[], bytes]:
    return lambda: xls("店铺整体", _day_rows(trade, first, last))


def spent_on(day: date, rows: Sequence[AdDay]) -> dict[str, int]:
    """Ad spend of one day in cents, by scene."""
    spent: dict[str, int] = {}
    for row in rows:
        if row.day == day:
            spent[row.plan.scene[1]] = spent.get(row.plan.scene[1], 0) + row.spend_cents
    return spent


def visitors_of(trade: Trade, day: date) -> tuple[int, int]:
    """Visitors of the shop, and the sum of its products' visitors."""
    seen = sum(visit.visitors for (_, other), visit in trade.visits.items() if other == day)
    return round(seen * SEEN_TWICE), seen


def _day_rows(trade: Trade, first: date, last: date) -> Iterator[Sequence[str]]:
    yield DAY_HEADER
    days = shop_days(trade.orders)
    ads = ad_days(trade.shop)
    for day in DAYS:
        if first <= day <= last:
            yield day_row(trade.shop, day, visitors_of(trade, day), days[day], spent_on(day, ads))


def day_row(shop: Shop, day: date, seen_by: tuple[int, int], sold: ShopDay, spent: dict[str, int]) -> list[str]:
    """Report row of a day; ``seen_by`` as returned by ``visitors_of``, ``spent`` in cents by scene."""
    rng = Random(f"shopwatch demo shop {shop.folder} {day}")
    visitors, seen = seen_by
    views = round(visitors * (2.4 + 0.6 * rng.random()))
    carts = len(sold.paying) + round(visitors * (0.05 + 0.02 * rng.random()))
    returning = round(visitors * (0.16 + 0.04 * rng.random()))
    cells = {
        "统计日期": day.isoformat(),
        "访客数": f"{visitors:,}",
        "无线端访客数": f"{round(visitors * 0.93):,}",
        "浏览量": f"{views:,}",
        "商品访客数": f"{round(visitors * 0.96):,}",
        "商品浏览量": f"{seen * 2:,}",
        "平均停留时长": f"{30 + 20 * rng.random():.2f}",
        "跳失率": percent(0.45 + 0.1 * rng.random(), 1),
        "加购人数": f"{carts:,}",
        "加购件数": f"{carts + sold.pieces // 3:,}",
        "商品收藏买家数": f"{round(visitors * 0.03):,}",
        "下单金额": money(sold.ordered_cents, ","),
        "下单买家数": f"{len(sold.ordering):,}",
        "下单件数": f"{sold.ordered_pieces:,}",
        "下单转化率": percent(len(sold.ordering), visitors),
        "支付金额": money(sold.cents, ","),
        "支付买家数": f"{len(sold.paying):,}",
        "支付件数": f"{sold.pieces:,}",
        "支付子订单数": f"{sold.orders:,}",
        "支付转化率": percent(len(sold.paying), visitors),
        "客单价": ratio(sold.cents / 100, len(sold.paying)),
        "UV价值": ratio(sold.cents / 100, visitors),
        "老访客数": f"{returning:,}",
        "新访客数": f"{visitors - returning:,}",
        "支付新买家数": f"{len(sold.paying - sold.old):,}",
        "支付老买家数": f"{len(sold.old):,}",
        "老买家支付金额": money(sold.old_cents, ","),
        "全站推广花费": money(spent.get("货品全站推广", 0), ","),
        "关键词推广花费": money(spent.get("关键词推广", 0), ","),
        "精准人群推广花费": money(spent.get("人群推广", 0), ","),
        "智能场景花费": money(spent.get("内容营销", 0), ","),
        "淘宝客佣金": "0.00",
        "成功退款金额": money(sold.refund_cents, ","),
    }
    return [cells[name] for name in DAY_HEADER]


def source_reports(trade: Trade) -> Iterator[Export]:
    """流量来源: one file per day with one row per source, sums per group and a total."""
    for day in SOURCE_DAYS:
        name = f"流量来源_无线_{day}_{day}.xls"
        yield Export(trade.shop.folder, name, morning_after(day, 0, 50), _source_builder(trade, day))


def _source_builder(trade: Trade, day: date) -> Callable[[], bytes]:
    return lambda: xls("流量来源", _source_rows(trade, day))


def _source_rows(trade: Trade, day: date) -> Iterator[Sequence[str]]:
    yield ("【生意参谋平台】流量来源",)
    yield (f"店铺：{trade.shop.title}",)
    yield (f"统计日期：{day} ~ {day}",)
    yield ("终端：无线端",)
    yield ("说明：本文件为演示数据，店铺与数字均为虚构",)
    yield SOURCE_HEADER
    sold = shop_days(trade.orders)[day]
    visitors, _ = visitors_of(trade, day)
    named = [
        (group, source, round(visitors * seen), round(len(sold.paying) * bought))
        for group, source, seen, bought in SOURCES
    ]
    for group in dict.fromkeys(group for group, *_ in SOURCES):
        below = [row for row in named if row[0] == group]
        total = (sum(row[2] for row in below), sum(row[3] for row in below))
        yield _source_row(trade, sold, (group, "汇总"), *total)
        for _, source, seen, bought in below:
            yield _source_row(trade, sold, (group, source), seen, bought)


def _source_row(trade: Trade, sold: ShopDay, names: tuple[str, str], visitors: int, buyers: int) -> list[str]:
    cents = sold.cents * buyers // max(1, len(sold.paying))
    views = round(visitors * 2.6)
    carts = buyers + round(visitors * 0.05)
    cells = [f"{n:,}" for n in (visitors, views)]
    cells += [money(cents, ","), "-", f"{round(visitors * 0.3):,}", f"{round(visitors * 0.5):,}"]
    cells += [f"{round(visitors * 0.03):,}", f"{carts:,}", f"{buyers:,}", percent(buyers, visitors)]
    return [*names, "汇总", *cells, f"{buyers:,}", f"{buyers:,}", percent(buyers, visitors)]
