"""Later events of the story on ordinary paid orders: late shipments, held-up orders, refunds and lost buyers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from demo.catalogue import Shop
from demo.story import (
    HELD_UNTIL,
    HELD_UP,
    LAST_DAY,
    LOST_BUYERS,
    REFUND_WEEKS,
    SHIP_WITHIN,
    SHIPPED_LATE,
    STRANGERS,
    week_of,
)
from demo.trade import Order


def with_aftermath(shop: Shop, orders: Iterable[Order]) -> list[Order]:
    """Apply the story's lost buyers, late shipments and refunds to the orders; payments stay the same."""
    by_number = {order.number: order for order in orders}
    for first, last, share in LOST_BUYERS.get(shop.folder, ()):
        by_number |= {order.number: order for order in _lost(by_number, first, last, share)}
    for week, count in SHIPPED_LATE.get(shop.folder, ()):
        due = [order for order in _shuffled(by_number) if _may_be_late(order) and week_of(_due(order).date()) == week]
        by_number |= {order.number: _ship(order, _due(order) + timedelta(minutes=20)) for order in due[:count]}
    for day in HELD_UP.get(shop.folder, ()):
        held = next(order for order in by_number.values() if _is_usual(order) and _paid(order).date() == day)
        by_number[held.number] = _ship(held, HELD_UNTIL)
    for week, most in REFUND_WEEKS.get(shop.folder, ()):
        by_number |= {order.number: order for order in _refund_week(by_number, week, most)}
    return list(by_number.values())


def _lost(orders: dict[str, Order], first: date, last: date, share: float) -> Iterable[Order]:
    """Reassign to strangers the later purchases of a share of the returning buyers who first bought within the days."""
    bought: dict[int, list[Order]] = {}
    for order in sorted(filter(_is_paid, orders.values()), key=lambda order: (_paid(order), order.number)):
        bought.setdefault(order.buyer, []).append(order)
    came_back = [own[1:] for own in bought.values() if len(own) > 1 and first <= _paid(own[0]).date() <= last]
    for later in came_back[: round(share * len(came_back))]:
        yield from (replace(order, buyer=order.buyer + STRANGERS) for order in later)


def _is_paid(order: Order) -> bool:
    return order.paid is not None


def _shuffled(orders: dict[str, Order]) -> list[Order]:
    """Orders in a reproducible pseudo-random sequence, independent of their days."""
    return sorted(orders.values(), key=lambda order: Random(f"shopwatch demo draw {order.number}").random())


def _paid(order: Order) -> datetime:
    assert order.paid is not None
    return order.paid


def _due(order: Order) -> datetime:
    return _paid(order) + SHIP_WITHIN


def _is_usual(order: Order) -> bool:
    """True if paid and never refunded."""
    return order.paid is not None and order.refunded is None


def _may_be_late(order: Order) -> bool:
    """True if usual and due before 23:00, so that a delay of minutes ends on the same day."""
    return _is_usual(order) and _due(order).hour < 23


def _ship(order: Order, moment: datetime) -> Order:
    assert order.shipped is not None
    assert order.confirmed is not None
    return replace(order, shipped=moment, confirmed=order.confirmed + (moment - order.shipped))


def _refund_week(orders: dict[str, Order], week: str, most: float) -> Iterable[Order]:
    """Refund whole orders paid in a week until the refunds approach a share of the week's money."""
    paid = [order for order in _shuffled(orders) if order.paid is not None and week_of(order.paid.date()) == week]
    known = datetime.combine(LAST_DAY, datetime.max.time())
    refunded = sum(order.refund_cents for order in paid if order.refunded is not None and order.refunded <= known)
    limit = most * sum(order.cents for order in paid)
    for order in paid:
        moment = None if order.shipped is None else order.shipped + timedelta(hours=26)
        if not _is_usual(order) or moment is None or moment > known or refunded + order.cents > limit:
            continue
        refunded += order.cents
        yield replace(order, confirmed=None, closed=moment, refunded=moment, refund_cents=order.cents)
