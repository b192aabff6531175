"""Ten ordinary weeks of a shop as typed rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

NIGHT = date(2026, 5, 17)
"""A Sunday without a sale or a holiday in the two weeks before it."""
DAYS = tuple(NIGHT - timedelta(days=back) for back in reversed(range(70)))
WEEKS = [DAYS[start : start + 7] for start in range(0, 70, 7)]
PRICE = 100


class Order(NamedTuple):
    """A paid order of one piece; ``refunded`` of its money has gone back."""

    number: int
    day: date
    refunded: int = 0

    @property
    def refunded_on(self) -> date:
        return min(self.day + timedelta(days=2), NIGHT)


class Traffic(NamedTuple):
    """Visitors and paying buyers of a product and day."""

    day: date
    product: str
    visitors: int = 200
    buyers: int = 6


class Visit(NamedTuple):
    """Visitors (or sessions) and paying buyers of the whole shop and day."""

    day: date
    visitors: int = 200
    buyers: int = 6


class Ad(NamedTuple):
    """Spend of a campaign and day, and the revenue that the platform attributes to it; 0 is left blank."""

    day: date
    campaign: str
    spend: int = 50
    revenue: int = 250


class Stock(NamedTuple):
    """Pieces of a stock-keeping unit that can be sold."""

    day: date
    sku: str
    available: int = 100


class Price(NamedTuple):
    """A line of the shop's own workbook of costs and prices."""

    product: str
    cost: int = 40
    everyday: int = 110
    member: int = 105
    campaign: int = 95


@dataclass
class History:
    """What happened in a shop, as it was exported on the morning after ``last``."""

    last: date = NIGHT
    orders: list[Order] = field(default_factory=list)
    traffic: list[Traffic] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    ads: list[Ad] = field(default_factory=list)
    stock: list[Stock] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)

    def __getitem__(self, kind: str) -> list[NamedTuple]:
        rows: list[NamedTuple] = getattr(self, "orders" if kind == "refunds" else kind)
        return rows

    def end(self, last: date) -> None:
        """Forget all that was exported later than on the morning after the day."""
        self.last = last
        for kind in ("orders", "traffic", "visits", "ads", "stock"):
            setattr(self, kind, [row for row in self[kind] if row.day <= last])

    def only_last_days(self, number: int) -> None:
        """Keep of what some platforms export a day at a time only so many days."""
        for kind in ("traffic", "visits", "ads", "stock"):
            setattr(self, kind, [row for row in self[kind] if row.day > self.last - timedelta(days=number)])


PRODUCTS = tuple(f"B00000000{number}" for number in range(1, 5))
"""Ids as Amazon has them; the other platforms take any."""
SKUS = tuple(f"SKU-{number}" for number in range(1, 6))
CAMPAIGNS = tuple(f"60010000{number}" for number in range(1, 3))


def ordinary() -> History:
    """Five orders a day, two of each week refunded; conversion 3%, ROAS 5, margin 60%, stock for weeks."""
    orders = [
        Order(place * 5 + number, day, PRICE if place % 7 in (1, 4) and number == 0 else 0)
        for place, day in enumerate(DAYS)
        for number in range(5)
    ]
    return History(
        NIGHT,
        orders,
        [Traffic(day, product) for day in DAYS for product in PRODUCTS],
        [Visit(day) for day in DAYS],
        [Ad(day, campaign) for day in DAYS[-14:] for campaign in CAMPAIGNS],
        [Stock(day, sku) for day in DAYS[-4:] for sku in SKUS],
        [Price(product) for product in PRODUCTS],
    )
