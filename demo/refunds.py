"""淘宝退款: refund requests with amount, request time and settlement time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from demo.catalogue import Shop
from demo.containers import money, xlsx
from demo.history import Trade
from demo.orderlist import REGIONS
from demo.story import PLANTED_FAULTS, REFUND_HOURS, week_of
from demo.timetable import Export, lately, morning_after
from demo.trade import Order

_COLUMNS = (
    "订单编号,退款编号,支付宝交易号,订单付款时间,商品id,宝贝标题,买家会员名称,买家实际支付金额,退款总额,退给买家金额,"
    "退给平台金额,售后类型,货物状态,退款状态,退款申请时间,退款完结时间,超时时间,买家退款原因,买家退款说明,"
    "部分退款/全额退款,客服介入状态,退货物流单号,卖家真实姓名,卖家退货地址,卖家手机"
)
HEADER = tuple(_COLUMNS.split(","))
REASONS = ("不想要了", "尺寸拍错", "多拍/拍错/不喜欢", "协商一致退款", "7天无理由退换货")


def reports(trade: Trade) -> Iterator[Export]:
    """Refunds requested or settled in the days of the report, in their state at its end."""
    for first, last in lately():
        moment = morning_after(last, 1, 20)
        name = f"退款_{moment:%Y%m%d%H%M}.xlsx"
        yield Export(trade.shop.folder, name, moment, _builder(trade, first, last))


def _builder(trade: Trade, first: date, last: date) -> Callable[[], bytes]:
    return lambda: xlsx("退款", _rows(trade, first, last))


def _rows(trade: Trade, first: date, last: date) -> Iterator[Sequence[str]]:
    yield HEADER
    faults = {order.number: PLANTED_FAULTS[day] for day, order in blaming(trade).items()}
    for order in trade.orders:
        if order.refunded is None:
            continue
        applied = applied_at(order)
        if first <= applied.date() <= last or first <= order.refunded.date() <= last:
            yield _row(trade.shop, order, applied, last, faults)


def applied_at(order: Order) -> datetime:
    """Request time of a refund: after payment, and by the story's number of hours before settlement."""
    assert order.paid is not None
    assert order.refunded is not None
    rng = Random(f"shopwatch demo refund {order.number}")
    least, most = REFUND_HOURS.get(week_of(order.refunded.date()), (4.0, 16.0))
    wanted = order.refunded - timedelta(seconds=int(3600 * (least + (most - least) * rng.random())))
    return max(wanted, order.paid + timedelta(minutes=10))


def blaming(trade: Trade) -> dict[date, Order]:
    """Orders whose buyers blame the shop: for each planted day, its first refund request."""
    asked = sorted((applied_at(order), order.number, order) for order in trade.orders if order.refunded is not None)
    return {day: next(order for at, _, order in asked if at.date() == day) for day in PLANTED_FAULTS}


def _row(shop: Shop, order: Order, applied: datetime, last: date, faults: Mapping[str, str]) -> list[str]:
    assert order.refunded is not None
    rng = Random(f"shopwatch demo reason {order.number}")
    done = order.refunded.date() <= last
    whole = order.refund_cents == order.cents
    cells = {
        "订单编号": order.number,
        "退款编号": f"1{order.number}",
        "支付宝交易号": f"2026{order.number}",
        "订单付款时间": str(order.paid),
        "商品id": order.product.item_id,
        "宝贝标题": order.product.title,
        "买家会员名称": f"演示买家{order.buyer:04d}",
        "买家实际支付金额": money(order.cents),
        "退款总额": money(order.refund_cents),
        "退给买家金额": money(order.refund_cents),
        "退给平台金额": "0.00",
        "售后类型": "仅退款" if order.shipped is None or not whole else "退货退款",
        "货物状态": "未收到货" if order.shipped is None else "已收到货",
        "退款状态": "退款成功" if done else "买家已经申请退款，等待卖家同意",
        "退款申请时间": str(applied),
        "退款完结时间": str(order.refunded) if done else "",
        "买家退款原因": faults.get(order.number) or REASONS[int(rng.random() * len(REASONS))],
        "买家退款说明": f"请退给演示买家{order.buyer:04d}，谢谢",
        "部分退款/全额退款": "全额退款" if whole else "部分退款",
        "客服介入状态": "无需客服介入",
        "卖家真实姓名": f"演示收货人{9000 + shop.digit}",
        "卖家退货地址": f"{REGIONS[0]} 演示区 演示路{9000 + shop.digit}号",
        "卖家手机": f"130{9000 + shop.digit:08d}",
    }
    return [cells.get(name, "") for name in HEADER]
