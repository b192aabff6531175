"""Several alerts together never put more at stake than can be lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from review_tables import alert
from shopwatch.core.i18n import page_words
from shopwatch.core.settings import Settings
from shopwatch.judge.stakes import Stake, together
from shopwatch.review.sections import todo_lines


def stake(entity_type: str, entity: str, money: int | None, shop: str = "tea", currency: str = "CNY") -> Stake:
    return Stake(shop, entity_type, entity, None if money is None else Decimal(money), currency)


CASES = {
    "nothing is known": ([stake("product", "p1", None)], {}),
    "two rules about one product": ([stake("product", "p1", 300), stake("product", "p1", 200)], {"CNY": 300}),
    "two products": ([stake("product", "p1", 300), stake("product", "p2", 200)], {"CNY": 500}),
    "a product and a unit that share an id": ([stake("product", "1", 300), stake("sku", "1", 200)], {"CNY": 500}),
    "the whole shop has its products in it": ([stake("product", "p1", 300), stake("shop", "tea", 900)], {"CNY": 900}),
    "the products are more than one rule about the shop counts": (
        [stake("product", "p1", 300), stake("product", "p2", 200), stake("shop", "tea", 400)],
        {"CNY": 500},
    ),
    "a week's target is in the month's": (
        [stake("target", "revenue/week", 9000), stake("target", "revenue/month", 24000), stake("shop", "tea", 7000)],
        {"CNY": 24000},
    ),
    "two shops": ([stake("shop", "tea", 900), stake("product", "p1", 300, "home")], {"CNY": 1200}),
    "two currencies": ([stake("shop", "tea", 900), stake("shop", "uk", 5, "uk", "GBP")], {"CNY": 900, "GBP": 5}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_alerts_put_at_stake_together(case: str) -> None:
    stakes, expected = CASES[case]
    assert together(stakes) == expected
    assert together(reversed(stakes)) == expected


def test_the_review_says_it_once() -> None:
    week = alert(entity_type="target", entity="revenue/week", at_stake=Decimal("9000.00"))
    month = week | {"entity": "revenue/month", "at_stake": Decimal("24000.00")}
    assert todo_lines(page_words(Settings().include, "zh"), "CNY", [week, month], []) == (
        "2 项预警待处理，涉及金额 ¥24,000。",
    )
