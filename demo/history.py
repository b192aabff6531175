"""Complete simulated history of one shop."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from demo.aftermath import with_aftermath
from demo.catalogue import Shop
from demo.trade import Figures, Key, Order, Visits, figures, orders, stock_levels, visits


@dataclass(frozen=True)
class Trade:
    """Simulated history of one shop: orders, visits, daily figures and stock levels."""

    shop: Shop
    orders: list[Order]
    visits: dict[Key, Visits]
    figures: dict[Key, Figures]
    levels: dict[Key, int]


@cache
def trade_of(shop: Shop) -> Trade:
    """Ten weeks of the shop; deterministic."""
    seen = visits(shop)
    sold = with_aftermath(shop, orders(shop, seen))
    counted = figures(shop, sold)
    return Trade(shop, sold, seen, counted, stock_levels(shop, counted))
