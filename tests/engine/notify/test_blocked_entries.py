"""Rules that wait for the same number are one entry of a mail, and what most rules wait for comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shopwatch.notify.message import BlockedRule, merge_blocked

MONDAY = date(2026, 11, 9)
REVENUE = BlockedRule(("成交额下滑",), "青禾", "成交额", "week", MONDAY, 1, "缺 天猫订单列表：11-12")
UNUSUAL = replace(REVENUE, rules=("成交额异常",), entities=3)
STOCK = replace(REVENUE, rules=("库存预警",), metric_title="可用库存", grain="day")


def test_rules_that_wait_for_the_same_number_are_one_entry() -> None:
    merged = replace(REVENUE, rules=("成交额下滑", "成交额异常"), entities=3)
    assert merge_blocked([STOCK, REVENUE, UNUSUAL]) == (merged, STOCK)


def test_what_differs_in_shop_period_or_reason_stays_apart() -> None:
    others = [
        replace(REVENUE, shop_title="木棉"),
        replace(REVENUE, period=date(2026, 11, 2)),
        replace(REVENUE, reason="缺 天猫订单列表：11-13"),
    ]
    assert merge_blocked([REVENUE, *others]) == (REVENUE, *others)
