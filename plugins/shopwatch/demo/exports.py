"""The files that the demo shops export: names, moments and rows, as the real exports have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from . import adverts, orderlist
from .catalogue import Product, Shop
from .containers import gbk_csv, money, percent, ratio, xls
from .story import ARRIVES_TWICE, CORRECTED, DAYS, LAST_WEEK
from .trade import (
    SETTLED_AFTER,
    Figures,
    Key,
    Order,
    Visits,
    figures,
    orders,
    price_on,
    stock_levels,
    visits,
)

_TRAFFIC_COLUMNS = (
    "统计日期,商品ID,商品名称,主商品ID,商品类型,货号,商品状态,商品标签,商品访客数,商品浏览量,平均停留时长,"
    "商品详情页跳出率,商品收藏人数,商品加购件数,商品加购人数,下单买家数,下单件数,下单金额,下单转化率,支付买家数,"
    "支付件数,总支付商品件数,支付金额,总支付金额,商品支付转化率,支付新买家数,支付老买家数,老买家支付金额,"
    "聚划算支付金额,访客平均价值,成功退款金额,竞争力评分,年累计支付金额,月累计支付金额,月累计支付件数,"
    "搜索引导支付转化率,搜索引导访客数,搜索引导支付买家数,结构化详情引导转化率,结构化详情引导成交占比"
)
TRAFFIC_HEADER = tuple(_TRAFFIC_COLUMNS.split(","))

_STOCK_COLUMNS = (
    "商家编码,条码,货品编号,货品名称,规格名称,规格码,品牌,库存,可发库存,可用库存,警戒库存下限,警戒库存上限,"
    "未付款量,预订单量,待审核量,待发货量,锁定量,待采购量,采购在途,实际库存,主供应商"
)
STOCK_HEADER = tuple(_STOCK_COLUMNS.split(","))


@dataclass(frozen=True)
class Export:
    """One file: its name, the moment of its export in the shop's time, and how to make its bytes."""

    folder: str
    name: str
    moment: datetime
    build: Callable[[], bytes]


@dataclass(frozen=True)
class Trade:
    """Everything that happened in one shop."""

    shop: Shop
    orders: list[Order]
    visits: dict[Key, Visits]
    figures: dict[Key, Figures]
    levels: dict[Key, int]


@cache
def trade_of(shop: Shop) -> Trade:
    """The shop's ten weeks, the same each time."""
    seen = visits(shop)
    sold = orders(shop, seen)
    counted = figures(shop, sold)
    return Trade(shop, sold, seen, counted, stock_levels(shop, counted))


def shop_exports(shop: Shop) -> Iterator[Export]:
    """Every file that the shop exports; nothing is built before ``build`` is called."""
    trade = trade_of(shop)
    yield from _order_lists(trade)
    yield from _traffic(trade)
    yield from _plan_reports(trade)
    yield from _stock(trade)


def _windows() -> list[tuple[date, date]]:
    """First and last day of each closed week, then each day of the last week."""
    weeks = [(DAYS[n], DAYS[n + 6]) for n in range(0, len(DAYS) - 7, 7)]
    return weeks + [(day, day) for day in LAST_WEEK]


def _morning_after(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(hour, minute))


def _order_lists(trade: Trade) -> Iterator[Export]:
    before = datetime.combine(DAYS[0], time())
    for first, last in _windows():
        moment = _morning_after(last, 1, 10)
        name = f"ExportOrderList{moment:%Y%m%d%H%M}.csv"
        yield Export(trade.shop.folder, name, moment, _order_builder(trade, first, before, moment))
        before = moment


def _order_builder(trade: Trade, first: date, before: datetime, moment: datetime) -> Callable[[], bytes]:
    return lambda: gbk_csv(orderlist.order_list(trade.shop, trade.orders, first, before, moment))


def _traffic(trade: Trade) -> Iterator[Export]:
    folder = trade.shop.folder
    for day in DAYS:
        stem = f"【生意参谋平台】商品_全部_{day}_{day}"
        again = f"{stem} (1).xls"
        final = _traffic_builder(trade, day, first_version=False)
        corrected = (folder, day) == (CORRECTED.folder, CORRECTED.day)
        first = _traffic_builder(trade, day, first_version=True) if corrected else final
        yield Export(folder, f"{stem}.xls", _morning_after(day, 0, 40), first)
        if corrected:
            yield Export(folder, again, CORRECTED.exported_anew, final)
        if (folder, day) == ARRIVES_TWICE[:2]:
            yield Export(folder, again, ARRIVES_TWICE[2], final)


def _traffic_builder(trade: Trade, day: date, first_version: bool) -> Callable[[], bytes]:
    return lambda: xls("商品_全部", _traffic_rows(trade, day, first_version))


def _traffic_rows(trade: Trade, day: date, first_version: bool) -> Iterator[Sequence[str]]:
    yield ("【生意参谋平台】商品_全部",)
    yield (f"店铺：{trade.shop.title}",)
    yield (f"统计周期：{day} ~ {day}",)
    yield ("说明：本文件为演示数据，店铺、商品与数字均为虚构",)
    yield TRAFFIC_HEADER
    for product in trade.shop.products:
        visit = trade.visits.get((product.code, day))
        if visit is not None:
            figure = trade.figures[product.code, day]
            if first_version and product.code == CORRECTED.code:
                figure = _payments_missing(figure, price_on(product, day))
            yield _traffic_row(product, day, visit.visitors, figure)


def _payments_missing(figure: Figures, price_cents: int) -> Figures:
    """The day as first exported: payments of all but ``first_buyers`` had not been counted yet."""
    buyers = CORRECTED.first_buyers
    cents = buyers * price_cents
    return replace(
        figure,
        pay_buyers=buyers,
        pay_pieces=buyers,
        pay_cents=cents,
        old_buyers=0,
        old_cents=0,
        year_cents=figure.year_cents - figure.pay_cents + cents,
        month_cents=figure.month_cents - figure.pay_cents + cents,
        month_pieces=figure.month_pieces - figure.pay_pieces + buyers,
    )


def _traffic_row(product: Product, day: date, visitors: int, figure: Figures) -> list[str]:
    rng = Random(f"shopwatch demo page {product.code} {day}")
    views = round(visitors * (1.6 + 0.8 * rng.random()))
    carts = min(visitors, figure.pay_buyers + round(visitors * (0.04 + 0.04 * rng.random())))
    searching = round(visitors * (0.3 + 0.2 * rng.random()))
    searched = min(searching, round(figure.pay_buyers * 0.4))
    ordering = len(figure.ordering)
    return [
        day.isoformat(),
        product.item_id,
        product.title,
        product.item_id,
        "普通商品",
        product.code,
        "当前在线",
        "-",
        f"{visitors:,}",
        f"{views:,}",
        f"{25 + 30 * rng.random():.2f}" if visitors else "-",
        percent(0.4 + 0.3 * rng.random(), 1) if visitors else "-",
        f"{round(visitors * 0.03):,}",
        f"{carts + figure.pay_pieces // 3:,}",
        f"{carts:,}",
        f"{ordering:,}",
        f"{figure.ordered_pieces:,}",
        money(figure.ordered_cents, ","),
        percent(ordering, visitors),
        f"{figure.pay_buyers:,}",
        f"{figure.pay_pieces:,}",
        f"{figure.pay_pieces:,}",
        money(figure.pay_cents, ","),
        money(figure.pay_cents, ","),
        percent(figure.pay_buyers, visitors),
        f"{figure.pay_buyers - figure.old_buyers:,}",
        f"{figure.old_buyers:,}",
        money(figure.old_cents, ","),
        "-",
        ratio(figure.pay_cents / 100, visitors),
        money(figure.refund_cents, ","),
        f"{40 + 50 * rng.random():.1f}",
        money(figure.year_cents, ","),
        money(figure.month_cents, ","),
        f"{figure.month_pieces:,}",
        percent(searched, searching),
        f"{searching:,}",
        f"{searched:,}",
        "-",
        "-",
    ]


def _plan_reports(trade: Trade) -> Iterator[Export]:
    rows = adverts.ad_days(trade.shop)
    for first, last in _windows():
        start = first - timedelta(days=first.weekday())  # daily files grow from Monday
        moment = _morning_after(last, 1, 30)
        name = f"计划报表_{start:%Y%m%d}_{last:%Y%m%d}_{moment:%Y%m%d%H%M%S}.csv"
        chosen = [row for row in rows if start <= row.day <= last]
        yield Export(trade.shop.folder, name, moment, _plan_builder(trade.shop, chosen))


def _plan_builder(shop: Shop, rows: list[adverts.AdDay]) -> Callable[[], bytes]:
    return lambda: gbk_csv([adverts.HEADER, *(adverts.report_row(shop, row) for row in rows)])


def _stock(trade: Trade) -> Iterator[Export]:
    for _, last in _windows():
        moment = datetime.combine(last, time(23, 55))
        name = f"库存_{moment:%Y%m%d%H%M%S}.xls"
        yield Export(trade.shop.folder, name, moment, _stock_builder(trade, last, moment))


def _stock_builder(trade: Trade, day: date, moment: datetime) -> Callable[[], bytes]:
    return lambda: xls("库存", _stock_rows(trade, day, moment))


def _stock_rows(trade: Trade, day: date, moment: datetime) -> Iterator[Sequence[str | int]]:
    unpaid: dict[str, int] = {}
    unshipped: dict[str, int] = {}
    for order in trade.orders:
        if not order.created <= moment < order.created + SETTLED_AFTER:
            continue
        code = order.product.code
        if order.waits_for_payment(moment):
            unpaid[code] = unpaid.get(code, 0) + order.quantity
        elif order.waits_for_shipment(moment):
            unshipped[code] = unshipped.get(code, 0) + order.quantity
    yield STOCK_HEADER
    for product in trade.shop.products:
        level = trade.levels[product.code, day]
        to_pay, to_ship = unpaid.get(product.code, 0), unshipped.get(product.code, 0)
        yield _stock_row(trade.shop, product, level, to_pay, to_ship)


def _stock_row(shop: Shop, product: Product, level: int, to_pay: int, to_ship: int) -> Sequence[str | int]:
    """``level`` is what can be sold; what is sold but not shipped still lies in the warehouse."""
    held = level + to_ship
    counted = [held, level, level, 10, 500, to_pay, 0, 0, to_ship, 0, 0, 0, held]
    names = [
        product.sku,
        product.barcode,
        product.code,
        product.title,
        "默认规格",
        "01",
        shop.brand,
    ]
    return [*names, *counted, "演示供应商"]
