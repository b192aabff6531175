"""Exports of the demo shops: names, moments and rows in the form of the real exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from demo.catalogue import Product, Shop
from demo.containers import gbk_csv, xls
from demo.history import Trade, trade_of
from demo.story import DAYS, ON_HAND
from demo.timetable import Export, morning_after, windows
from demo.trade import SETTLED_AFTER
from demo.workbooks import workbook

from . import adverts, lastyear, orderlines, orderlist, paperwork, parcels, refunds, reviews, service, shopdays, sycm

_STOCK_COLUMNS = (
    "商家编码,条码,货品编号,货品名称,规格名称,规格码,品牌,库存,可发库存,可用库存,警戒库存下限,警戒库存上限,"
    "未付款量,预订单量,待审核量,待发货量,锁定量,待采购量,采购在途,实际库存,主供应商"
)
STOCK_HEADER = tuple(_STOCK_COLUMNS.split(","))


def shop_exports(shop: Shop) -> Iterator[Export]:
    """All exports of the shop; content is built only when ``build`` is called."""
    trade = trade_of(shop)
    yield from _order_lists(trade)
    yield from sycm.product_reports(trade)
    yield from shopdays.day_reports(trade)
    yield from _plan_reports(trade)
    yield from _stock(trade)
    yield from service.score_reports(shop)
    for name, moment, rows in paperwork.books(shop):
        yield workbook(shop.folder, name, moment, rows)
    if shop.exports_all:
        yield from _of_all_stages(trade)


def _of_all_stages(trade: Trade) -> Iterator[Export]:
    """Exports specific to a shop that covers all seven stages."""
    folder = trade.shop.folder
    yield from shopdays.source_reports(trade)
    yield from orderlines.reports(trade)
    yield from refunds.reports(trade)
    yield from service.agent_reports(trade)
    yield from lastyear.reports(trade)
    for moment, parcel_rows in parcels.looks(trade):
        yield workbook(folder, "parcels", moment, parcel_rows, parcels.OWN_COLUMNS)
    for moment, review_rows in reviews.weeks(trade):
        yield workbook(folder, "reviews", moment, review_rows, reviews.OWN_COLUMNS)


def _order_lists(trade: Trade) -> Iterator[Export]:
    before = datetime.combine(DAYS[0], time())
    for first, last in windows():
        moment = morning_after(last, 1, 10)
        name = f"ExportOrderList{moment:%Y%m%d%H%M}.csv"
        yield Export(trade.shop.folder, name, moment, _order_builder(trade, first, before, moment))
        before = moment


def _order_builder(trade: Trade, first: date, before: datetime, moment: datetime) -> Callable[[], bytes]:
    return lambda: gbk_csv(orderlist.order_list(trade.shop, trade.orders, first, before, moment))


def _plan_reports(trade: Trade) -> Iterator[Export]:
    rows = adverts.ad_days(trade.shop)
    for first, last in windows():
        start = first - timedelta(days=first.weekday())  # daily files are cumulative from Monday
        moment = morning_after(last, 1, 30)
        name = f"计划报表_{start:%Y%m%d}_{last:%Y%m%d}_{moment:%Y%m%d%H%M%S}.csv"
        chosen = [row for row in rows if start <= row.day <= last]
        yield Export(trade.shop.folder, name, moment, _plan_builder(trade.shop, chosen))


def _plan_builder(shop: Shop, rows: list[adverts.AdDay]) -> Callable[[], bytes]:
    return lambda: gbk_csv([adverts.HEADER, *(adverts.report_row(shop, row) for row in rows)])


def _stock(trade: Trade) -> Iterator[Export]:
    for _, last in windows():
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
        coming = level - ON_HAND.get((product.code, day), level)
        yield _stock_row(trade.shop, product, level, to_pay, to_ship, coming)


def _stock_row(shop: Shop, product: Product, level: int, to_pay: int, to_ship: int, coming: int) -> Sequence[str | int]:
    """``level``: sellable pieces, including those ``coming``. Sold but unshipped pieces are still in the warehouse."""
    held = level + to_ship - coming
    counted = [held, level, level, 10, 500, to_pay, 0, 0, to_ship, 0, 0, coming, held]
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
