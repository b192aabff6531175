"""Profit of a shop that is worked out by hand, from its files to its KPIs: three products, two campaigns, returns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from files import WANXIANG, csv_bytes, drop, plan, table
from order_files import shopify_csv, shopify_order
from shopwatch.core.settings import Settings
from warehouses import take_in

SHOP = "tea: {title: Tea, platform: shopify, currency: USD, timezone: America/New_York, language: en}\n"
FULFILLED = {"Currency": "USD", "Fulfilled at": "2026-11-02 18:00:00 -0500"}
ORDERS = [
    # 2 pots at 50 and a cup at 20, 8 postage, 9.60 tax on top
    shopify_order(
        "#1", ("Pot", "2", "50.00"), ("Cup", "1", "20.00"),
        **FULFILLED, Subtotal="120.00", Shipping="8.00", Taxes="9.60", Total="137.60",
    ),
    # 3 cups at 20, 5 postage, 4.80 tax: all of it went back
    shopify_order(
        "#2", ("Cup", "3", "20.00"),
        **FULFILLED, Subtotal="60.00", Shipping="5.00", Taxes="4.80", Total="69.80",
        **{"Financial Status": "refunded", "Refunded Amount": "69.80"},
    ),
    # a tray at 80, 6.40 tax: a quarter of it went back, 20 and 1.60 of the tax
    shopify_order(
        "#3", ("Tray", "1", "80.00"),
        **FULFILLED, Subtotal="80.00", Shipping="0.00", Taxes="6.40", Total="86.40",
        **{"Financial Status": "partially_refunded", "Refunded Amount": "21.60"},
    ),
]  # fmt: skip
COSTS = [
    "Product ID,SKU,Product name,Valid from,Unit cost,Other cost per piece,Everyday price,Member price,Campaign price,"
    "Restock days,Listed on"
]
COST_ROWS = {
    "Pot": "Pot,,,2026-10-01,20,2,50,50,50,,",
    "Cup": "Cup,,,2026-10-01,8,,20,20,20,,",
    "Tray": "Tray,,,2026-10-01,30,1,80,80,80,,",
}
RATES = """Cost,Charged on,Rate or amount,Valid from
Platform commission,Amount after refunds,0.05,2026-10-01
Payment fee,Paid amount,0.029,2026-10-01
Payment fee,Each order,0.30,2026-10-01
Freight,Each order,6,2026-10-01
Return freight,Each returned order,4.5,2026-10-01
Returned goods sold again,Cost of returned goods,0.6,2026-10-01
Tax,Amount after refunds,0.01,2026-10-01
"""
# One campaign advertises the cup, the other the shop.
PLANS = [
    plan(1, 主体类型="商品", 主体ID="Cup", 花费="15.00", 总成交金额="60.00"),
    plan(2, 主体类型="店铺", 主体ID="tea", 花费="12.00", 总成交金额="20.00"),
]
COLUMNS = (
    "revenue, refunded, goods, goods_returned, commission, payment_fees, freight, return_freight, tax, ad_spend, "
    "margin_before_ads, profit"
)


def lines(text: str) -> bytes:
    return csv_bytes([line.split(",") for line in text.splitlines()], "utf-8")


def built(home: Path, products: tuple[str, ...] = ("Pot", "Cup", "Tray"), rates: str = RATES) -> Settings:
    """The shop after a night, with the costs of some products and some rates."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "shops.yaml").write_text(SHOP, "utf-8")
    settings = Settings(home=home, settle_seconds=0)
    drop(settings, "tea/orders.csv", shopify_csv([row for order in ORDERS for row in order]))
    drop(settings, "tea/costs.csv", lines("\n".join([*COSTS, *(COST_ROWS[product] for product in products)])))
    drop(settings, "tea/plans.csv", csv_bytes(table([*WANXIANG, "主体类型"], PLANS)))
    drop(settings, "tea/rates.csv", lines(rates))
    take_in(settings)
    return settings


def rows(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return built(tmp_path_factory.mktemp("profit"))


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


@pytest.mark.slow
def test_each_product_agrees_to_the_cent(shop: Settings) -> None:
    """Of each order freight is 6, of #1 two thirds for two pots; payment is 2.9 % and 0.30 an order."""
    found = rows(shop, f"select product_id, {COLUMNS} from marts.fct_product_profit_day order by product_id nulls last")
    assert {product: amounts for product, *amounts in found} == {
        # 80 paid, 60 back; 4 pieces at 8, 3 came back and 60 % of their cost with them; commission 5 % of 20;
        # 2.9 % of 80 and 0.30 for 1 1/3 orders; freight 6 for 1 1/3 orders; a return; tax 1 % of 20; 15 for ads
        "Cup": [*money("80", "60", "32", "14.40", "1.00", "2.72", "8", "4.50", "0.20", "15", "-14.02", "-29.02")],
        # 100 paid; 2 pieces at 22; commission 5 % of 100; 2.90 and 0.20; freight for 2/3 of an order; tax 1 %
        "Pot": [*money("100", "0", "44", "0", "5.00", "3.10", "4", "0", "1.00", "0", "42.90", "42.90")],
        # 80 paid, 20 back without its tax; a piece at 31, a quarter of it came back: 7.75, of which 60 %
        "Tray": [*money("80", "20", "31", "4.65", "3.00", "2.62", "6", "4.50", "0.60", "0", "16.93", "16.93")],
        # postage 8 and 5, of which 5 went back; 5 %, 2.9 % and 1 % of it; 12 of the ads name no product
        None: [*money("13", "5", "0", "0", "0.40", "0.38", "0", "0", "0.08", "12", "7.14", "-4.86")],
    }


def test_the_shop_agrees_to_the_cent(shop: Settings) -> None:
    """273 - 85 - 107 + 19.05 - 9.40 - 8.82 - 18 - 9 - 1.88 = 52.95 before ads; 27 of ads leave 25.95."""
    (found,) = rows(shop, f"select {COLUMNS}, profit_unallocated, unknown from marts.fct_profit_day")
    whole = money("273", "85", "107", "19.05", "9.40", "8.82", "18", "9", "1.88", "27", "52.95", "25.95", "-4.86")
    assert found == (*whole, [])
    # what is worked out without products: paid without the tax on top, and spend
    assert rows(shop, "select revenue - 20.80, spend from marts.fct_shop_week") == [money("273", "27")]


def test_kpis_give_the_profit(shop: Settings) -> None:
    """A campaign's margin is the shop's, 52.95 of 273: 60 x 0.19396 - 15 = -3.36, 20 x 0.19396 - 12 = -8.12."""
    found = rows(
        shop,
        "select metric, entity, grain, numerator from kpi.fct_kpi "
        "where metric in ('profit', 'product_profit', 'campaign_profit') and grain = 'week'",
    )
    assert {(metric, entity): float(value) for metric, entity, _, value in found} == {
        ("profit", "tea"): 25.95,
        ("product_profit", "Cup"): -29.02,
        ("product_profit", "Pot"): 42.90,
        ("product_profit", "Tray"): 16.93,
        ("campaign_profit", "60010000001"): -3.36,
        ("campaign_profit", "60010000002"): -8.12,
    }


@pytest.mark.slow
def test_what_drove_the_roas_of_two_campaigns_agrees_with_the_calculation(tmp_path: Path) -> None:
    """ROAS falls from 80 / 27 = 2.962963 to 102 / 36 = 2.833333, by 0.129630; the mean of both weeks is 2.898148.

    Campaign 1 goes from 15 of 27 of the spend at ROAS 4 to 30 of 36 at 3: mix (0.833333 - 0.555556) x (3.5 - 2.898148)
    = 0.167181, rate 0.694444 x (3 - 4) = -0.694444. Campaign 2 goes from 12 of 27 at 1.666667 to 6 of 36 at 2: mix
    (0.166667 - 0.444444) x (1.833333 - 2.898148) = 0.295782, rate 0.305556 x 0.333333 = 0.101852.
    """
    settings = built(tmp_path)
    later = [
        plan(1, "2026-11-09", 主体类型="商品", 主体ID="Cup", 花费="30.00", 总成交金额="90.00"),
        plan(2, "2026-11-09", 主体类型="店铺", 主体ID="tea", 花费="6.00", 总成交金额="12.00"),
    ]
    drop(settings, "tea/plans2.csv", csv_bytes(table([*WANXIANG, "主体类型"], later)), "2026-11-10T01:00:00")
    take_in(settings)
    found = rows(
        settings,
        "select driver, round(ratio, 6), round(ratio_compared, 6), round(mix_effect, 6), round(rate_effect, 6) "
        "from marts.fct_ratio_driver_week where metric = 'roas' and dimension = 'campaign' "
        "and week_start = '2026-11-09' order by rank",
    )
    assert found == [
        ("60010000001", 2.833333, 2.962963, 0.167181, -0.694444),
        ("60010000002", 2.833333, 2.962963, 0.295782, 0.101852),
    ]
    assert sum(mix + rate for *_, mix, rate in found) == pytest.approx(102 / 36 - 80 / 27, abs=2e-6)


@pytest.mark.slow
def test_an_unknown_cost_blocks_its_product_and_the_sums_over_it(tmp_path: Path) -> None:
    settings = built(tmp_path, ("Pot", "Cup"))
    found = rows(settings, "select product_id, profit, unknown from marts.fct_product_profit_day")
    assert {product: (profit, unknown) for product, profit, unknown in found} == {
        "Cup": (Decimal("-29.02"), []),
        "Pot": (Decimal("42.90"), []),
        "Tray": (None, ["goods_costs"]),
        None: (Decimal("-4.86"), []),
    }
    assert rows(settings, "select profit, unknown, products_unknown from marts.fct_profit_day") == [
        (None, ["goods_costs"], 1)
    ]
    coverage = "select missing_inputs from kpi.period_coverage where metric = 'profit' and period_start = '2026-11-02'"
    assert rows(settings, f"{coverage} and grain = 'day'") == [(["goods_costs"],)]
    export = "select export from kpi.metric_exports where metric = 'profit' and input = 'goods_costs'"
    assert rows(settings, export) == [("shopwatch_product_costs",)]


@pytest.mark.slow
def test_a_cost_that_nobody_declared_is_unknown_not_zero(tmp_path: Path) -> None:
    settings = built(tmp_path, rates=RATES.replace("Freight,Each order,6,2026-10-01\n", ""))
    found = rows(settings, "select profit, unknown, revenue from marts.fct_profit_day")
    assert found == [(None, ["selling_costs"], Decimal("273"))]
    missing = "select missing_inputs from kpi.period_coverage where metric = 'profit' and period_start = '2026-11-02'"
    assert rows(settings, f"{missing} and grain = 'day'") == [(["selling_costs"],)]
