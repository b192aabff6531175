"""Last year's exports that qinghe used to set its targets: shop days, and the orders of the big sale's week.

They are this year's trade moved back by 52 weeks: fewer visitors and orders, a lower price, no story. The buyers
differ, because buyers from before the ten weeks must count as new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from demo.adverts import ad_days
from demo.containers import gbk_csv, xls
from demo.history import Trade
from demo.orderlist import header_of, order_row
from demo.shopdays import DAY_HEADER, day_row, shop_days, spent_on, visitors_of
from demo.story import BIG_SALE, DAYS, LAST_WEEK
from demo.timetable import Export
from demo.trade import BIG_SALE_PRICE, Order, numbered

EXPORTED = datetime(2026, 10, 30, 17, 20)
WEEKS_BACK = timedelta(weeks=52)
BIG_SALE_THEN = date(2025, 11, 11)
ORDERS = 0.86  # share of this year's
VISITORS = 0.9
PRICE = 0.96
STRANGERS = 20_000  # offset of buyer numbers, so that they denote other people
SHIPPED_WITHIN = timedelta(hours=30)


def reports(trade: Trade) -> Iterator[Export]:
    """店铺日数据 for the days comparable to the ten weeks, and the order list for those comparable to the last week."""
    folder = trade.shop.folder
    days = f"店铺整体_自助取数_{day_then(DAYS[0])}_{day_then(DAYS[-1])}.xls"
    yield Export(folder, days, EXPORTED, _day_builder(trade))
    moment = EXPORTED + timedelta(minutes=5)
    yield Export(folder, f"ExportOrderList{moment:%Y%m%d%H%M}.csv", moment, _order_builder(trade, moment))


def day_then(day: date) -> date:
    """Comparable day of last year: same weekday, except that the big sale swaps with the day in its place."""
    if day == BIG_SALE:
        return BIG_SALE_THEN
    then = day - WEEKS_BACK
    return BIG_SALE - WEEKS_BACK if then == BIG_SALE_THEN else then


def _day_builder(trade: Trade) -> Callable[[], bytes]:
    return lambda: xls("店铺整体", _day_rows(trade))


def _day_rows(trade: Trade) -> Iterator[Sequence[str]]:
    yield DAY_HEADER
    then = {day_then(day): day for day in DAYS}
    sold = shop_days(_orders(trade), sorted(then))
    ads = ad_days(trade.shop)
    for day, now in sorted(then.items()):
        visitors, seen = (round(VISITORS * count) for count in visitors_of(trade, now))
        yield day_row(trade.shop, day, (visitors, seen), sold[day], spent_on(now, ads))


def _order_builder(trade: Trade, moment: datetime) -> Callable[[], bytes]:
    return lambda: gbk_csv(_order_rows(trade, moment))


def _order_rows(trade: Trade, moment: datetime) -> Iterator[Sequence[str]]:
    yield header_of(trade.shop)
    week = {day_then(day) for day in LAST_WEEK}
    for order in reversed(_orders(trade)):
        if _counts_on(order) in week:
            yield order_row(trade.shop, order, moment)


def _counts_on(order: Order) -> date:
    return (order.paid or order.created).date()


def _orders(trade: Trade) -> list[Order]:
    kept = (order for order in trade.orders if Random(f"shopwatch demo then {order.number}").random() < ORDERS)
    return numbered(trade.shop, [_then(order) for order in kept])


def _then(order: Order) -> Order:
    """Order moved to last year; shipped in time even if the story delays this year's."""
    now = _counts_on(order)
    back = now - day_then(now)
    cents = round(order.product.cents * (BIG_SALE_PRICE if now == BIG_SALE else 1) * PRICE)

    def earlier(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment - back

    paid, shipped = earlier(order.paid), earlier(order.shipped)
    if paid is not None and shipped is not None:
        shipped = min(shipped, paid + SHIPPED_WITHIN)
    is_whole = order.refund_cents == order.cents
    return replace(
        order,
        buyer=order.buyer + STRANGERS,
        unit_cents=cents,
        created=order.created - back,
        paid=paid,
        shipped=shipped,
        confirmed=earlier(order.confirmed),
        closed=earlier(order.closed),
        refunded=earlier(order.refunded),
        refund_cents=cents * order.quantity // (1 if is_whole else 10) if order.refund_cents else 0,
    )
