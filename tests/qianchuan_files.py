"""Reports of 千川's standard promotion by plan and by product, as downloaded; invented rows of 2026-11-02."""

from __future__ import annotations

from collections.abc import Callable

from files import DAY, csv_bytes, headers, table, xlsx_bytes

PLANS = headers(
    "推广类型,账户名称,账户ID,计划ID,计划名称,商品ID,商品名称,抖音号ID,抖音号名称,日期,消耗(元),展示次数,点击率(%),点击次数,转化数,"
    "转化率(%),转化成本(元),7日总支付ROI,直接成交订单数,直接成交金额(元),直接支付ROI,直接下单订单数,直接下单金额(元),直接下单ROI,"
    "7日间接成交金额(元)"
)
PRODUCTS = headers(
    "商品id,商品名称,日期,消耗(元),展示次数,点击率(%),点击次数,平均千次展现费用(元),直接成交金额(元),直接支付ROI,直接成交订单数,"
    "店铺首单新客人数,账户,账户ID,下单平台,成交智能优惠券金额"
)
CELLS = {
    "日期": DAY,
    "商品ID": "3650000000000000001",
    "商品id": "3650000000000000001",
    "商品名称": "青瓷茶杯",
}


def by_plan(*days: str) -> bytes:
    cells = {**CELLS, "推广类型": "标准推广", "计划名称": "茶杯-放量", "展示次数": "1,200", "点击次数": "30"}
    rows = [
        {**cells, "日期": day, "计划ID": "1790000000000001", "消耗(元)": "60.00", "直接成交金额(元)": "180.00"}
        | {"直接成交订单数": "2", "抖音号ID": "7100000000001", "7日间接成交金额(元)": "99.00"}
        for day in days or (DAY,)
    ]
    unsold = {**cells, "日期": DAY, "计划ID": "1790000000000002", "消耗(元)": "15.50", "抖音号ID": "7100000000002"}
    return xlsx_bytes(table(PLANS, [{"计划ID": "全部", "消耗(元)": "75.50"}, *rows, unsold], "-"))


def by_product() -> bytes:
    row = {
        "消耗(元)": "42.00",
        "展示次数": "900",
        "点击次数": "21",
        "直接成交金额(元)": "126.00",
        "直接成交订单数": "1",
    }
    return csv_bytes(table(PRODUCTS, [{**CELLS, **row, "账户": "青禾"}], "-"), "utf-8-sig")


STANDARD_PROMOTION: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("qianchuan_plans", "标准推广计划.xlsx", by_plan),
    ("qianchuan_products", "标准推广商品.csv", by_product),
)
"""Contract, name as downloaded, content."""
