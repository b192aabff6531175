"""天猫 order line list: the SKU of each order, at the moment of an export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time

from demo.containers import gbk_csv, money
from demo.history import Trade
from demo.orderlist import exported, status_at
from demo.story import DAYS
from demo.timetable import Export, morning_after, windows
from demo.trade import Order, happened

_COLUMNS = (
    "子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,支付单号,"
    "买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间,商品ID"
)
HEADER = tuple(_COLUMNS.split(","))
FIRST_WEEK = 8  # the shop has exported its lines since W45


def reports(trade: Trade) -> Iterator[Export]:
    """One file per order list since then, ten minutes later."""
    before = datetime.combine(DAYS[0], time())
    for number, (first, last) in enumerate(windows()):
        moment = morning_after(last, 1, 20)
        if number >= FIRST_WEEK:
            name = f"ExportOrderDetailList{moment:%Y%m%d%H%M}.csv"
            yield Export(trade.shop.folder, name, moment, _builder(trade, first, before, moment))
        before = moment


def _builder(trade: Trade, first: date, before: datetime, moment: datetime) -> Callable[[], bytes]:
    return lambda: gbk_csv(_rows(trade, first, before, moment))


def _rows(trade: Trade, first: date, before: datetime, moment: datetime) -> Iterator[Sequence[str]]:
    yield HEADER
    for order in exported(trade.orders, first, before, moment):
        yield _row(order, moment)


def _row(order: Order, moment: datetime) -> list[str]:
    """Single line of an order; it carries the order's own number, as on the platform."""
    paid = order.cents if happened(order.paid, moment) else 0
    refunded = order.refund_cents if happened(order.refunded, moment) else 0
    cells = {
        "子订单编号": f'="{order.number}"',
        "主订单编号": f'="{order.number}"',
        "标题": order.product.title,
        "价格": money(order.unit_cents),
        "购买数量": str(order.quantity),
        "外部系统编号": order.product.code,
        "商品属性": "规格：默认规格",
        "备注": f"演示买家{order.buyer:04d}",
        "订单状态": status_at(order, moment)[0],
        "商家编码": order.product.sku,
        "支付单号": f'="2026{order.number}"' if paid else "",
        "买家应付货款": money(order.cents),
        "买家实际支付金额": money(paid - refunded),
        "退款状态": "退款成功" if refunded else "没有申请退款",
        "退款金额": money(refunded),
        "订单创建时间": str(order.created),
        "订单付款时间": str(order.paid) if paid else "",
        "商品ID": order.product.item_id,
    }
    return [cells.get(name, "") for name in HEADER]
