"""A rule that waits for a profit names its unknown parts, and every workbook and export to complete."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language
from shopwatch.core.settings import Settings
from shopwatch.notify.entries import blocked_rule

DAYS = [date(2026, 11, 2), date(2026, 11, 3)]
COSTS = ["shopwatch_product_costs", "shopwatch_selling_costs"]


def reason(inputs: list[str], exports: list[str], language: Language, code: str = "missing_days") -> str:
    """The reason that a rule of the week's profit is blocked for."""
    row: dict[str, Any] = {
        "shop": "qinghe",
        "shop_title": "青禾",
        "metric": "profit",
        "grain": "week",
        "period": DAYS[0],
        "reason": code,
        "entities": 1,
        "missing_days": DAYS if code == "missing_days" else [],
        "missing_exports": exports,
        "missing_inputs": inputs,
        "absent_ad_accounts": [],
        "is_refund_unknown": False,
        "refund_exports": [],
        "unknown_days": [],
        "refunds_until": None,
        "unknown_shipping_days": [],
        "short_exports": [],
        "short_days": [],
    }
    catalog = Catalog(Settings())
    return blocked_rule(row, catalog.rules["revenue_falling"], catalog, language).reason


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "部分商品的成本、部分销售费用未知（11-02 至 11-03）：请补全商品成本与价格表、销售费用表"),
        (
            "en",
            "costs of some products, some selling costs unknown for 11-02 – 11-03: "
            "complete Product costs and prices, Selling costs",
        ),
    ],
)
def test_all_that_is_unknown_is_named_with_all_workbooks(language: Language, expected: str) -> None:
    assert reason(["goods_costs", "selling_costs"], COSTS, language) == expected


def test_an_export_that_is_absent_stands_beside_what_is_unknown() -> None:
    text = reason(["goods_costs", "orders"], ["shopwatch_product_costs", "tmall_orders"], "en")
    unknown, absent = text.split("; ")
    assert unknown == "costs of some products unknown for 11-02 – 11-03: complete Product costs and prices"
    assert absent.endswith(": no data for 11-02 – 11-03")
    assert "cost" not in absent


def test_without_a_profit_the_reason_names_exports_alone() -> None:
    text = reason(["orders", "product_costs"], ["tmall_orders"], "en")
    assert text.endswith(": no data for 11-02 – 11-03")
    assert "unknown" not in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "商品没有成本：请填进商品成本与价格表"),
        ("en", "no cost of the product: enter it in Product costs and prices"),
    ],
)
def test_a_product_without_a_cost_waits_for_the_workbook(language: Language, expected: str) -> None:
    assert reason([], [], language, "unknown_goods_costs") == expected
    assert Catalog(Settings()).contracts["shopwatch_product_costs"].title.of(language) in expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "11-02 至 11-03 之前 30 天的订单不全：请把缺的订单导出，放入店铺文件夹"),
        (
            "en",
            "Orders of the 30 days before 11-02 – 11-03 are incomplete: export the missing ones into the shop's folder",
        ),
    ],
)
def test_days_before_which_orders_are_missing_ask_for_those(language: Language, expected: str) -> None:
    assert reason(["orders_of_30_days"], [], language) == expected
