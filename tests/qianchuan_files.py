"""Reports of 千川, 标准推广 and 全域推广, as downloaded; invented rows of 2026-11-02."""

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


GOODS = headers(
    "商品ID,商品名称,日期,整体展示次数,整体点击次数,整体点击率,整体转化率,整体消耗,整体成交金额,整体支付ROI,整体成交订单成本,用户实际支付金额,"
    "电商平台补贴金额,净成交ROI,净成交金额,净成交订单成本,净成交金额结算率,1小时内退款率"
)
LIVE_ACCOUNTS = headers(
    "抖音号名称,抖音号ID,日期,整体消耗,整体成交订单数,整体成交金额,整体支付ROI,整体成交订单成本,用户实际支付金额,电商平台补贴金额,净成交ROI,净成交金额,"
    "净成交金额结算率,1小时内退款率"
)
LIVE_CREATIVES = headers(
    "素材ID,素材视频名称,素材创建时间,全域素材视频类型,日期,整体展现次数,整体点击次数,整体消耗,基础消耗,整体成交金额,"
    "整体成交订单数,净成交金额,净成交订单数,1小时内退款率"
)
SOLD = {"整体成交金额": "1,250.00", "整体成交订单数": "5", "净成交金额": "1,000.00", "1小时内退款率": "20.00%"}


def _with_total(titles: list[str], *rows: dict[str, str]) -> bytes:
    total = {"日期": "全部", "整体消耗": "999.00", **SOLD}
    return xlsx_bytes(table(titles, [total, *({"日期": DAY, **SOLD, **row} for row in rows)], "-"))


def goods() -> bytes:
    cells = {"商品ID": CELLS["商品ID"], "商品名称": "青瓷茶杯", "整体展示次数": "9,000", "整体点击次数": "300"}
    return _with_total(GOODS, {**cells, "整体消耗": "420.50"})


def live_accounts() -> bytes:
    names = [("青禾茶具", "7100000000001", "300.00"), ("青禾直播间", "7100000000002", "80.00")]
    return _with_total(
        LIVE_ACCOUNTS, *({"抖音号名称": name, "抖音号ID": uid, "整体消耗": spend} for name, uid, spend in names)
    )


def live_creatives() -> bytes:
    cells = {"素材ID": "7595518584757682230", "素材视频名称": "开场", "整体展现次数": "1,000", "整体点击次数": "50"}
    return _with_total(LIVE_CREATIVES, {**cells, "整体消耗": "210.00", "基础消耗": "200.00"})


QIANCHUAN_REPORTS: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("qianchuan_plans", "标准推广计划.xlsx", by_plan),
    ("qianchuan_products", "标准推广商品.csv", by_product),
    ("qianchuan_goods", "全域推商品.xlsx", goods),
    ("qianchuan_live_accounts", "全域推抖音号.xlsx", live_accounts),
    ("qianchuan_live_creatives", "全域推直播素材.xlsx", live_creatives),
)
"""Contract, name as downloaded, content."""
