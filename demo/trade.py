"""Simulation of an ordinary shop's ten weeks: visitors, orders, daily figures and stock, with the story on top.

All draws use ``random()`` of ``random.Random`` with a fixed text as seed, so that every machine and Python version
draws the same. Money is in cents (int), without rounding drift.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from demo.catalogue import Product, Shop
from demo.story import (
    BIG_SALE,
    DAYS,
    FIRST_DAY,
    LAST_DAY,
    PILED_UP,
    PLANNED_WEEKS,
    PRICE_WEEKS,
    STOCK_CASES,
    StockCase,
    week_of,
)

WEEKDAY = (1.0, 0.98, 0.97, 0.96, 0.95, 1.08, 1.12)
BIG_SALE_LIFT = 1.4
BIG_SALE_PRICE = 0.9
GROWTH_A_WEEK = 0.012
LATE_SHARE = 0.03  # paid the morning after
UNPAID_SHARE = 0.18  # share of the product days with one order that is never paid
OLD_BUYER_SHARE = 0.22
COME_BACK_AMONG = 1800  # a returning buyer is one of the last so many; buyers from before the ten weeks count as new
REFUND_SHARE = 0.05
RESTOCK_BELOW = 45
RESTOCK_PIECES = 120
PAY_WITHIN = timedelta(hours=24)
SETTLED_AFTER = timedelta(days=14)  # by then every order has reached its final state
HOURS = (8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22)

Key = tuple[str, date]  # 货号 and day


@dataclass(frozen=True)
class Visits:
    """One product day: visitors, and buyers who paid for the product on that day."""

    visitors: int
    buyers: int
    planned: bool


@dataclass(frozen=True)
class Order:
    """Order of one product, with the moments of its state changes."""

    number: str
    buyer: int
    product: Product
    quantity: int
    unit_cents: int
    created: datetime
    paid: datetime | None = None
    shipped: datetime | None = None
    confirmed: datetime | None = None
    closed: datetime | None = None
    refunded: datetime | None = None
    refund_cents: int = 0

    @property
    def cents(self) -> int:
        return self.unit_cents * self.quantity

    def waits_for_shipment(self, moment: datetime) -> bool:
        """True if paid and neither shipped nor closed at ``moment``."""
        return happened(self.paid, moment) and not (happened(self.shipped, moment) or happened(self.closed, moment))

    def waits_for_payment(self, moment: datetime) -> bool:
        """True if created and neither paid nor closed at ``moment``."""
        return self.created <= moment and not (happened(self.paid, moment) or happened(self.closed, moment))


def happened(event: datetime | None, moment: datetime) -> bool:
    """True if ``event`` had taken place by ``moment``."""
    return event is not None and event <= moment


def planned_days() -> dict[Key, Visits | None]:
    """Product days of the story; None if the product is in no file."""
    days: dict[Key, Visits | None] = {}
    for week in PLANNED_WEEKS:
        for n, day in enumerate(day for day in DAYS if week_of(day) == week.week):
            if week.visitors is None or week.buyers is None:
                days[week.code, day] = None
            else:
                days[week.code, day] = Visits(week.visitors[n], week.buyers[n], planned=True)
    return days


def visits(shop: Shop) -> dict[Key, Visits]:
    """Visitors and paying buyers per product and day; product days without rows are omitted."""
    planned = planned_days()
    found: dict[Key, Visits] = {}
    for product in shop.products:
        for key, ordinary in _ordinary_days(product):
            visit = planned.get(key, ordinary)
            if visit is not None:
                found[key] = visit
    return found


def _ordinary_days(product: Product) -> Iterator[tuple[Key, Visits]]:
    rng = Random(f"shopwatch demo visits {product.code}")
    popularity = 420 + 850 * rng.random() ** 3  # visitors a week: few products are popular
    conversion = 0.022 + 0.012 * rng.random()
    for first in range(0, len(DAYS), 7):
        days = DAYS[first : first + 7]
        weekly = popularity / 7 * (1 + GROWTH_A_WEEK * (first // 7))
        visitors = [max(20, round(weekly * _pull(day) * (0.88 + 0.24 * rng.random()))) for day in days]
        weekly_conversion = conversion * (0.94 + 0.12 * rng.random())
        buyers = _spread(math.ceil(weekly_conversion * sum(visitors)), visitors, rng)
        for day, seen, paying in zip(days, visitors, buyers, strict=True):
            yield (product.code, day), Visits(seen, paying, planned=False)


def _pull(day: date) -> float:
    return WEEKDAY[day.weekday()] * (BIG_SALE_LIFT if day == BIG_SALE else 1.0)


def _spread(total: int, weights: list[int], rng: Random) -> list[int]:
    """Distribute ``total`` items over days by weight; the sum is exactly ``total``."""
    counts = [0] * len(weights)
    for _ in range(total):
        mark = rng.random() * sum(weights)
        day = 0
        while mark >= weights[day] and day < len(weights) - 1:
            mark -= weights[day]
            day += 1
        counts[day] += 1
    return counts


@dataclass
class _Buyers:
    """Source of buyers, new or returning; returning buyers are not repeated within a day."""

    rng: Random
    known: int = 0
    today: set[int] = field(default_factory=set)

    def next(self) -> int:
        if self.known and self.rng.random() < OLD_BUYER_SHARE:
            old = self.known - int(self.rng.random() * COME_BACK_AMONG)
            if old > 0 and old not in self.today:
                self.today.add(old)
                return old
        self.known += 1
        self.today.add(self.known)
        return self.known


def orders(shop: Shop, seen: dict[Key, Visits]) -> list[Order]:
    """All orders by creation time; those paid on a day are that day's buyers."""
    rng = Random(f"shopwatch demo orders {shop.folder}")
    buyers = _Buyers(rng)
    drafts: list[Order] = []
    for day in DAYS:
        buyers.today.clear()
        for product in shop.products:
            visit = seen.get((product.code, day))
            if visit is None:
                continue
            for _ in range(visit.buyers):
                drafts.append(_paid_order(product, day, visit, buyers.next(), rng))
            if not visit.planned and rng.random() < UNPAID_SHARE:
                drafts.append(_unpaid_order(product, day, buyers.next(), rng))
    return numbered(shop, drafts)


def _moment(day: date, rng: Random) -> datetime:
    hour = HOURS[int(rng.random() * len(HOURS))]
    return datetime.combine(day, time(hour)) + timedelta(seconds=int(rng.random() * 3600))


def _hours(rng: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=int(3600 * (least + (most - least) * rng.random())))


def price_on(product: Product, day: date) -> int:
    """Price in cents: everyday, of a discount week, or of the big sale's day."""
    usual = PRICE_WEEKS.get((product.code[:2], week_of(day)), 1.0)
    return round(product.cents * (BIG_SALE_PRICE if day == BIG_SALE else usual))


def _paid_order(product: Product, day: date, visit: Visits, buyer: int, rng: Random) -> Order:
    late = not visit.planned and day != FIRST_DAY and rng.random() < LATE_SHARE
    if late:
        created = datetime.combine(day - timedelta(days=1), time(21)) + _hours(rng, 0, 2.5)
        paid = datetime.combine(day, time(8)) + _hours(rng, 0, 2)
    else:
        created = _moment(day, rng)
        paid = created + timedelta(seconds=40 + int(rng.random() * 900))
    quantity = 1
    if not visit.planned:
        draw = rng.random()
        quantity = 3 if draw > 0.98 else 2 if draw > 0.90 else 1
    shipped = paid + _hours(rng, 4, 30)
    order = Order(
        number="",
        buyer=buyer,
        product=product,
        quantity=quantity,
        unit_cents=price_on(product, created.date()),
        created=created,
        paid=paid,
        shipped=shipped,
        confirmed=shipped + _hours(rng, 60, 150),
    )
    return order if visit.planned or rng.random() >= REFUND_SHARE else _refund(order, rng)


def _refund(order: Order, rng: Random) -> Order:
    """Add a refund: half are whole and close the order, half are a tenth of its money."""
    assert order.paid is not None
    assert order.shipped is not None
    if rng.random() < 0.5:
        moment = order.shipped + _hours(rng, 20, 100)
        return replace(order, refunded=moment, refund_cents=order.cents // 10)
    moment = order.paid + _hours(rng, 2, 90)
    shipped = order.shipped if order.shipped < moment else None
    return replace(
        order,
        shipped=shipped,
        confirmed=None,
        closed=moment,
        refunded=moment,
        refund_cents=order.cents,
    )


def _unpaid_order(product: Product, day: date, buyer: int, rng: Random) -> Order:
    created = _moment(day, rng)
    return Order("", buyer, product, 1, price_on(product, day), created, closed=created + PAY_WITHIN)


def numbered(shop: Shop, drafts: list[Order]) -> list[Order]:
    """Orders by creation time, each with its number."""
    drafts.sort(key=lambda order: (order.created, order.product.code, order.buyer))
    return [replace(order, number=order_number(shop, order.created, n)) for n, order in enumerate(drafts, 1)]


def order_number(shop: Shop, created: datetime, serial: int) -> str:
    """19-digit order number, as on the platform; unique across shops and orders."""
    return f"693{shop.digit}{created:%y%m%d}{serial:06d}{serial * 37 % 1000:03d}"


@dataclass
class Figures:
    """Figures of one product day as counted by 生意参谋: by time of order, payment and refund."""

    ordering: set[int] = field(default_factory=set)
    ordered_pieces: int = 0
    ordered_cents: int = 0
    pay_buyers: int = 0
    old_buyers: int = 0
    pay_pieces: int = 0
    pay_cents: int = 0
    old_cents: int = 0
    refund_cents: int = 0
    year_cents: int = 0  # since the demo's first day
    month_cents: int = 0
    month_pieces: int = 0


def figures(shop: Shop, sold: Iterable[Order]) -> dict[Key, Figures]:
    """Figures of every product day, with running totals of month and year."""
    by_day = {(product.code, day): Figures() for product in shop.products for day in DAYS}
    paid: list[tuple[datetime, Order]] = []
    for order in sold:
        created = by_day[order.product.code, order.created.date()]
        created.ordering.add(order.buyer)
        created.ordered_pieces += order.quantity
        created.ordered_cents += order.cents
        if order.refunded is not None and order.refunded.date() <= LAST_DAY:
            by_day[order.product.code, order.refunded.date()].refund_cents += order.refund_cents
        if order.paid is not None:
            paid.append((order.paid, order))
    known: set[int] = set()
    for moment, order in sorted(paid, key=lambda pair: (pair[0], pair[1].number)):
        _count_payment(by_day[order.product.code, moment.date()], order, order.buyer in known)
        known.add(order.buyer)
    _run_totals(shop, by_day)
    return by_day


def _count_payment(day: Figures, order: Order, old: bool) -> None:
    day.pay_buyers += 1  # a buyer pays at most one order per day
    day.pay_pieces += order.quantity
    day.pay_cents += order.cents
    day.old_buyers += old
    day.old_cents += order.cents if old else 0


def _run_totals(shop: Shop, by_day: dict[Key, Figures]) -> None:
    for product in shop.products:
        year = month = pieces = 0
        for day in DAYS:
            if day.day == 1:
                month = pieces = 0
            row = by_day[product.code, day]
            year, month, pieces = (
                year + row.pay_cents,
                month + row.pay_cents,
                pieces + row.pay_pieces,
            )
            row.year_cents, row.month_cents, row.month_pieces = year, month, pieces


def stock_levels(shop: Shop, by_day: dict[Key, Figures]) -> dict[Key, int]:
    """Sellable pieces on the evening of each day, by 货号."""
    cases = {case.code: case for case in STOCK_CASES}
    levels: dict[Key, int] = {}
    for product in shop.products:
        sold = {day: by_day[product.code, day].pay_pieces for day in DAYS}
        case = cases.get(product.code)
        evenings = _planted_levels(case, sold) if case else _ordinary_levels(product, sold)
        levels |= {(product.code, day): level for day, level in evenings.items()}
    return levels


def _ordinary_levels(product: Product, sold: dict[date, int]) -> dict[date, int]:
    """Levels of an ordinary SKU: a delivery arrives on the day with fewer than RESTOCK_BELOW pieces left."""
    level = PILED_UP.get(product.code, 0) + 80 + int(120 * Random(f"shopwatch demo stock {product.code}").random())
    evenings: dict[date, int] = {}
    for day in DAYS:
        level -= sold[day]
        if level < RESTOCK_BELOW:
            level += RESTOCK_PIECES
        evenings[day] = level
    return evenings


def _planted_levels(case: StockCase, sold: dict[date, int]) -> dict[date, int]:
    """Levels of a planted SKU: the story's level, with sales added before it and subtracted after it."""
    evenings: dict[date, int] = {}
    for day in DAYS:
        if day <= case.day:
            evenings[day] = case.level + sum(n for other, n in sold.items() if day < other <= case.day)
        elif case.restocked and day >= case.restocked[0]:
            start, level = case.restocked
            evenings[day] = level - sum(n for other, n in sold.items() if start < other <= day)
        else:
            evenings[day] = evenings[day - timedelta(days=1)] - sold[day]
    return evenings
