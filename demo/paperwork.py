"""Workbooks filled in by the demo shops' staff: targets, plans, set-up, prices, competitors, keywords.

The rows of story.py's cases are mixed with ordinary ones, because a workbook is a complete table; docs/demo.md
identifies them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from demo.catalogue import MUMIAN, QINGHE, Product, Shop
from demo.story import COMPETITORS_WATCHED, DAYS, LAST_DAY, PRICE_CASES
from demo.workbooks import Cell, Row

MONDAYS = DAYS[::7]
LISTED = date(2026, 6, 1)  # listing date of the ordinary products

Book = tuple[str, datetime, list[Row]]  # contract, hand-in time, rows


def books(shop: Shop) -> Iterator[Book]:
    """Workbooks of the shop, in order of hand-in."""
    yield "targets", datetime(2026, 10, 30, 18), TARGETS[shop.folder]
    for moment, plan in PLANS[shop.folder]:
        yield "campaign_plan", moment, plan
    for moment, mondays in ((datetime(2026, 11, 2, 11), MONDAYS[:9]), (datetime(2026, 11, 15, 17), MONDAYS[9:])):
        yield "competitors", moment, [row for day in mondays for row in _competitor_checks(shop, day)]
    if shop.exports_all:
        yield "product_costs", datetime(2026, 9, 7, 9), list(_costs(shop))
        yield "product_costs", datetime(2026, 11, 13, 16), list(_new_prices(shop))
        yield "selling_costs", datetime(2026, 9, 7, 9, 10), RATES
        yield "checklist", datetime(2026, 9, 7, 9, 30), CHECKLIST
        for day in (*MONDAYS[8:], LAST_DAY):
            yield "keywords", datetime.combine(day, time(15)), list(_keywords(day))


def _target(metric: str, period: str, starts_on: date, target: float, owner: str, action: str) -> Row:
    until = {} if period == "月" else {"until": date(2026, 12, 27)}
    row: dict[str, Cell] = {"metric": metric, "period": period, "starts_on": starts_on, "target": target}
    return row | until | {"owner": owner, "action": action}


NOVEMBER, W45, W46 = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 9)
TARGETS: dict[str, list[Row]] = {
    QINGHE.folder: [
        _target("成交额", "月", NOVEMBER, 308_000, "运营", "双11 冲量，月底会员日收尾"),
        _target("成交额", "周", W45, 78_000, "运营", "每周盘点低转化商品"),
        _target("支付转化率", "周", W45, 0.02, "运营", "每周优化 3 个低转化商品的主图"),
        _target("上新款数", "周", W45, 2, "商品", "每周上新 2 款"),
        _target("投入产出比", "周", W45, 3, "推广", "低效计划降价，预算转给高投产计划"),
        _target("店铺评分（DSR）", "周", W45, 4.8, "客服", "差评 24 小时内回访"),
    ],
    MUMIAN.folder: [
        _target("成交额", "月", NOVEMBER, 330_000, "运营", "双11 主推四件套与冬被"),
        _target("成交额", "周", W46, 82_000, "运营", "双11 当周加推"),
        _target("投入产出比", "周", W45, 3, "推广", "低效计划降价"),
    ],
}


def _campaign(campaign: str, kind: str, first: date, last: date, **more: Cell) -> Row:
    row: dict[str, Cell] = {"plan_month": f"{first:%Y-%m}", "campaign": campaign, "campaign_kind": kind}
    return row | {"starts_on": first, "ends_on": last} | more


def _warmup(first: date, days: int, product: Product, off: float) -> dict[str, Cell]:
    """Warm-up that starts ``days`` before the campaign, with a price from eight days before."""
    yuan = product.cents / 100
    return {
        "warmup_from": first - timedelta(days=days),
        "product_id": product.item_id,
        "promotion_price": round(yuan * 0.9, 2),
        "warmup_price": round(yuan * off, 2),
        "warmup_price_from": first - timedelta(days=8),
    }


DOUBLE_11, THANKS, DOUBLE_12 = date(2026, 11, 10), date(2026, 11, 22), date(2026, 12, 11)
QINGHE_NOVEMBER: list[Row] = [
    _campaign(
        "双11 茶器节", "平台大促", DOUBLE_11, date(2026, 11, 12),
        **_warmup(DOUBLE_11, 4, QINGHE.products[3], 0.95),
        mechanics="满199减30", budget=3_700, revenue_goal=26_500, owner="运营",
    ),
]  # fmt: skip
# added on the 13th
QINGHE_ADDED: list[Row] = [
    # three days before, without warm-up; likewise the next one, which is a day further off
    _campaign(
        "老客回馈日", "会员日", date(2026, 11, 18), date(2026, 11, 18),
        mechanics="第二件半价", budget=800, owner="运营",
    ),
    _campaign(
        "新品试用", "店铺活动", date(2026, 11, 19), date(2026, 11, 20),
        mechanics="满99减10", budget=600, owner="商品",
    ),
    # big promotion seven days before, without a warm-up price
    _campaign(
        "感恩季", "平台大促", THANKS, date(2026, 11, 24),
        warmup_from=date(2026, 11, 18), mechanics="满299减40", budget=5_000, revenue_goal=36_000, owner="推广",
    ),
    # neither department nor budget; a cancelled campaign raises no alert
    _campaign("周末闪购", "店铺活动", date(2026, 11, 28), date(2026, 11, 29), mechanics="限时八折"),
    _campaign("直播专场", "平台活动", date(2026, 11, 27), date(2026, 11, 27), mechanics="满减", plan_state="已取消"),
]  # fmt: skip
QINGHE_DECEMBER: list[Row] = [
    _campaign(
        "双12 年终礼", "平台大促", DOUBLE_12, date(2026, 12, 13),
        **_warmup(DOUBLE_12, 4, QINGHE.products[31], 0.95),
        mechanics="满299减40", budget=12_000, revenue_goal=60_000, owner="运营",
    ),
]  # fmt: skip
MUMIAN_NOVEMBER: list[Row] = [
    _campaign(
        "双11 暖冬节", "平台大促", DOUBLE_11, date(2026, 11, 12),
        **_warmup(DOUBLE_11, 4, MUMIAN.products[13], 0.95),
        mechanics="第二件半价", budget=3_700, revenue_goal=36_000, owner="运营",
    ),
    # eight days before, no warm-up price yet
    _campaign(
        "暖冬返场", "平台大促", date(2026, 11, 23), date(2026, 11, 25),
        warmup_from=date(2026, 11, 19), mechanics="满199减20", budget=3_000, revenue_goal=30_000, owner="运营",
    ),
]  # fmt: skip
PLANS: dict[str, list[tuple[datetime, list[Row]]]] = {
    QINGHE.folder: [
        (datetime(2026, 10, 26, 15), QINGHE_NOVEMBER),
        (datetime(2026, 11, 13, 20), [*QINGHE_NOVEMBER, *QINGHE_ADDED, *QINGHE_DECEMBER]),
    ],
    MUMIAN.folder: [(datetime(2026, 10, 26, 15), MUMIAN_NOVEMBER)],
}


def _item(area: str, item: str, owner: str, due_on: date, **days: date) -> Row:
    return {"area": area, "item": item, "owner": owner, "due_on": due_on, **days}


CHECKLIST: list[Row] = [
    _item("资质", "营业执照", "运营", date(2026, 8, 3), done_on=date(2026, 8, 1)),
    _item("资质", "品牌授权", "运营", date(2026, 8, 10), done_on=date(2026, 8, 7), expires_on=date(2027, 8, 6)),
    _item("店铺页面", "店铺首页", "运营", date(2026, 8, 20), done_on=date(2026, 8, 19)),
    _item("店铺页面", "商品详情页", "商品", date(2026, 8, 25), done_on=date(2026, 8, 25)),
    _item("店铺页面", "30天无理由退货承诺", "客服", date(2026, 8, 25), done_on=date(2026, 8, 20)),
    _item("支付", "支付渠道与优惠", "运营", date(2026, 8, 25), done_on=date(2026, 8, 22)),
    _item("物流", "运费模板（含偏远地区）", "仓储", date(2026, 8, 28), done_on=date(2026, 8, 26)),
    _item("物流", "快递签约", "仓储", date(2026, 8, 28), done_on=date(2026, 8, 24), expires_on=date(2027, 8, 23)),
    _item("物流", "电子面单", "仓储", date(2026, 8, 28), done_on=date(2026, 8, 26)),
    _item("客服工具", "客服自动回复", "客服", date(2026, 8, 30), done_on=date(2026, 8, 30)),
    _item("店铺页面", "双12 首页预告", "运营", date(2026, 11, 14)),  # overdue since the 15th
    _item("客服工具", "双12 快捷短语", "客服", date(2026, 11, 15)),  # due today
    _item("资质", "质检报告", "商品", date(2026, 8, 12), done_on=date(2026, 8, 12), expires_on=date(2026, 12, 14)),
    _item("资质", "商标注册证", "运营", date(2026, 8, 12), done_on=date(2026, 8, 11), expires_on=date(2026, 12, 16)),
    _item("售后规则", "售后规则公示", "客服", date(2026, 8, 30), done_on=date(2026, 8, 29)),
]

COMPETITORS = ("山居器物（虚构）", "云间日用（虚构）", "半亩生活（虚构）")
LOOKED_AT = (0, 8, 20)  # indexes of our products for comparison


def _competitor_checks(shop: Shop, day: date) -> Iterator[Row]:
    for number, (competitor, at) in enumerate(zip(COMPETITORS, LOOKED_AT, strict=True)):
        if number == COMPETITORS_WATCHED[shop.folder]:
            return
        ours = shop.products[at]
        price = PRICE_CASES.get((ours.code, day), round(ours.cents / 100 * (0.93 + 0.06 * number), 2))
        yield {
            "checked_on": day,
            "competitor": competitor,
            "competitor_product": f"{ours.title.removeprefix('【演示】')}同款",
            "product_id": ours.item_id,
            "competitor_price": price,
            "price_low": 15,
            "price_high": 399,
            "competitor_pieces": 300 + 40 * number,
            "competitor_score": 4.7,
            "competitor_campaign": "第二件半价",
            "bad_review_theme": "包装",
            "our_edge": "加厚气柱包装并写进详情页",
        }


USUAL_COST = 0.45  # share of the everyday price, besides 8% for packing and freight
PRICE_CHANGES: tuple[dict[str, Cell], ...] = (
    {"code": "QH-TEA-013", "cost": 27.20},  # margin just below 30%
    {"code": "QH-TEA-027", "cost": 89.60},  # just above
    {"code": "QH-TEA-030", "valid_from": date(2026, 11, 14), "member_price": 62.0},  # above the everyday price, 59
    {
        "code": "QH-TEA-031",
        "valid_from": date(2026, 11, 14),
        "member_price": 32.0,
        "campaign_price": 32.0,
    },  # all equal
)
NEW_PRODUCTS = (
    ("冷泡茶壶", date(2026, 11, 3)),
    ("随行茶水杯", date(2026, 11, 6)),
    ("竹节茶夹", date(2026, 11, 11)),
)

CATEGORIES = {"TEA": "茶具", "TEX": "家纺"}


def _price_row(product: Product, valid_from: date, cost: float, listed_on: date) -> Row:
    yuan = product.cents / 100
    return {
        "product_id": product.item_id,
        "product_name": product.title,
        "valid_from": valid_from,
        "cost": cost,
        "other_cost": round(yuan * 0.08, 2),
        "everyday_price": yuan,
        "member_price": round(yuan * 0.95, 2),
        "campaign_price": round(yuan * 0.9, 2),
        "restock_days": 10,
        "listed_on": listed_on,
        "category": CATEGORIES[product.code.split("-")[1]],
    }


def _costs(shop: Shop) -> Iterator[Row]:
    for number, product in enumerate(shop.products):
        cost = round(product.cents / 100 * USUAL_COST, 2)
        yield _price_row(product, DAYS[0], cost, LISTED + timedelta(days=number))


def _new_prices(shop: Shop) -> Iterator[Row]:
    """Changed prices, each after the product's previous line, and new products."""
    for number, product in enumerate(shop.products):
        usual = round(product.cents / 100 * USUAL_COST, 2)
        changes = [row for row in PRICE_CHANGES if row["code"] == product.code]
        for change in changes:
            listed_on = LISTED + timedelta(days=number)
            yield _price_row(product, DAYS[0], usual, listed_on)
            changed = {name: cell for name, cell in change.items() if name != "code"}
            yield {**_price_row(product, MONDAYS[-1], usual, listed_on), **changed}
    for number, (name, listed_on) in enumerate(NEW_PRODUCTS, start=33):
        product = Product(str(710000001000 + number), f"QH-TEA-{number:03d}", f"【演示】{name}", 6_600)
        yield _price_row(product, listed_on, 30.0, listed_on)


# Packing and freight are in the cost workbook's 8%.
RATES: list[Row] = [
    {"kind": kind, "basis": basis, "rate": rate, "valid_from": DAYS[0]}
    for kind, basis, rate in (
        ("平台佣金", "退款后净额", 0.05),
        ("支付手续费", "支付金额", 0.006),
        ("运费", "已含在商品成本中", 0),
        ("退货运费", "每笔退货订单", 6),
        ("退货可再售", "退货商品成本", 0.9),
        ("税费", "退款后净额", 0.01),
    )
]

CORE = ("茶具", "盖碗", "紫砂壶", "茶杯", "公道杯", "茶盘", "茶壶", "青禾茶具", "功夫茶具")
LONG_TAIL = (
    "紫砂壶 宜兴 小容量", "青釉盖碗 手工 送礼", "旅行茶具 便携 一人用", "汝窑 主人杯 开片 可养", "茶盘 黑檀木 家用",
    "玻璃煮茶壶 电陶炉 加厚", "盖碗 白瓷 手绘 单个", "公道杯 耐热玻璃 竹把", "建盏 油滴 礼盒装", "茶具套装 办公室 一人",
    "茶叶罐 陶瓷 密封 小号", "急须壶 侧把 防烫",
)  # fmt: skip
# ad plan and daily cap of the paid keywords, which are the first of LONG_TAIL
PAID = (("60010000002", 162.0), ("60010000001", 140.0))
# our bid and the industry's average, in earlier lists and in the last one
USUAL_BIDS = ((1.50, 1.40), (1.10, 1.05))
LAST_BIDS = ((1.75, 1.40), (1.26, 1.05))  # 1.25 times the average, and exactly 1.2 times


def _keywords(day: date) -> Iterator[Row]:
    """Complete list of twenty keywords: twelve long-tail ones, in the last list eleven."""
    last = day == LAST_DAY
    for word in CORE if last else CORE[:-1]:
        kind = "品牌词" if word.startswith("青禾") else "核心词"
        yield {"checked_on": day, "keyword": word, "keyword_kind": kind, "channel": "自然搜索"}
    for number, word in enumerate(LONG_TAIL[: 11 if last else 12]):
        row: dict[str, Cell] = {"checked_on": day, "keyword": word, "keyword_kind": "长尾词"}
        if number >= len(PAID):
            yield row | {"channel": "自然搜索"}
            continue
        (campaign, cap), (bid, average) = PAID[number], (LAST_BIDS if last else USUAL_BIDS)[number]
        paid: dict[str, Cell] = {"channel": "付费推广", "tool": "万相台", "campaign_id": campaign, "daily_cap": cap}
        yield row | paid | {"bid": bid, "industry_bid": average}
