"""评价主题表: product reviews by theme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random

from demo.catalogue import Shop
from demo.history import Trade
from demo.refunds import blaming
from demo.story import DAYS, PLANTED_REVIEWS, REVIEWED_FAULT
from demo.trade import Order
from demo.workbooks import Cell

FIRST_REVIEWED = DAYS[-28]
A_DAY = 2
OWN_COLUMNS = ("买家昵称", "评价内容")


def weeks(trade: Trade) -> Iterator[tuple[datetime, list[Mapping[str, Cell]]]]:
    """Reviews per week, recorded on Sunday evening."""
    for first in range(DAYS.index(FIRST_REVIEWED), len(DAYS), 7):
        days = DAYS[first : first + 7]
        rows: list[Mapping[str, Cell]] = [
            row for day in days for row in (*_ordinary(trade, day), *_planted(trade.shop, day), *_blaming(trade, day))
        ]
        yield datetime.combine(days[-1], time(22, 30)), rows


def _ordinary(trade: Trade, day: date) -> Iterator[dict[str, Cell]]:
    """Positive reviews of orders confirmed on the day."""
    rng = Random(f"shopwatch demo reviews {trade.shop.folder} {day}")
    confirmed = [order for order in trade.orders if order.confirmed is not None and order.confirmed.date() == day]
    for _ in range(A_DAY):
        order = confirmed[int(rng.random() * len(confirmed))]
        stars = 5 if rng.random() < 0.8 else 4
        yield _row(day, order.product.item_id, stars, order) | {"answered_on": day + timedelta(days=1)}


def _planted(shop: Shop, day: date) -> Iterator[dict[str, Cell]]:
    for review in PLANTED_REVIEWS:
        if review.day == day:
            row = _row(day, shop.product(review.code).item_id, review.stars, None)
            wish: dict[str, Cell] = {"wish": review.wish} if review.wish else {}
            yield row | {"theme": review.theme} | wish


def _blaming(trade: Trade, day: date) -> Iterator[dict[str, Cell]]:
    if day == REVIEWED_FAULT + timedelta(days=1):
        order = blaming(trade)[REVIEWED_FAULT]
        yield _row(day, order.product.item_id, 1, order) | {"theme": "与描述不符"}


def _row(day: date, product_id: str, stars: int, order: Order | None) -> dict[str, Cell]:
    who = order.buyer if order is not None else 9000 + stars
    known: dict[str, Cell] = {"order_id": order.number} if order is not None else {}
    content = f"演示买家{who:04d}说：东西收到了"
    row: dict[str, Cell] = {"reviewed_on": day, "product_id": product_id, "stars": stars}
    return row | known | {"买家昵称": f"演示买家{who:04d}", "评价内容": content}
