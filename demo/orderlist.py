"""天猫 order list: state of each order at the moment of an export, with broken rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from demo.catalogue import Shop
from demo.containers import money
from demo.story import BROKEN_FILE, BROKEN_ROWS, CUT_COLUMNS
from demo.trade import SETTLED_AFTER, Order, happened, order_number

# six of these end in a space, as on the platform
_COLUMNS = (
    "订单编号,买家会员名,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,"
    "订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,"
    "买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,是否上传小票,是否代付,定金排名,"
    "修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,新零售交易类型,新零售导购门店名称,"
    "新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,预约门店,确认收货时间,打款商家金额,"
    "含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,配送类型,主订单编号"
)
HEADER = tuple(_COLUMNS.split(","))
# the platform's newer list renames the paid amount and has three more columns
NEWER_HEADER = (
    *(name.replace("买家实际支付金额", "买家实付金额") for name in HEADER),
    *("发货时间", "确认收货打款金额", "商家编码"),
)

REGIONS = (
    "浙江省 杭州市", "江苏省 苏州市", "广东省 广州市", "广东省 深圳市", "上海 上海市", "北京 北京市",
    "四川省 成都市", "山东省 青岛市", "福建省 厦门市", "湖北省 武汉市", "河南省 郑州市", "陕西省 西安市",
)  # fmt: skip


def order_list(
    shop: Shop, orders: Sequence[Order], first: date, before: datetime, moment: datetime
) -> list[Sequence[str]]:
    """Header and rows of one export at ``moment``, newest order first.

    Contains the orders created since ``first``, and earlier ones paid, shipped, closed or refunded since the export at
    ``before``.
    """
    chosen = exported(orders, first, before, moment)
    rows: list[Sequence[str]] = [
        header_of(shop),
        *(order_row(shop, order, moment) for order in reversed(chosen)),
    ]
    if (shop.folder, moment) == BROKEN_FILE:
        for line, cells in _broken_rows(shop, moment):
            rows.insert(line - 1, cells)
    return rows


def exported(orders: Sequence[Order], first: date, before: datetime, moment: datetime) -> list[Order]:
    """Orders created since ``first``, and those changed since the export at ``before``."""
    return [
        order
        for order in orders
        if order.created <= moment < order.created + SETTLED_AFTER
        and (order.created.date() >= first or _state(order, before) != _state(order, moment))
    ]


def header_of(shop: Shop) -> tuple[str, ...]:
    """Columns of the shop's order list."""
    return NEWER_HEADER if shop.exports_all else HEADER


def _state(order: Order, moment: datetime) -> tuple[bool, bool, bool, bool]:
    """State whose change puts an order into the next export; the buyer's confirmation is not part of it."""
    return (
        happened(order.paid, moment),
        happened(order.shipped, moment),
        happened(order.closed, moment),
        happened(order.refunded, moment),
    )


def order_row(shop: Shop, order: Order, moment: datetime) -> list[str]:
    """Row of one order, in the order of the header; columns without a value are empty."""
    cells = {
        **_who(order),
        **_what(shop, order),
        **_money(order, moment),
        **_progress(order, moment),
    }
    return [cells.get(name, "") for name in header_of(shop)]


def _who(order: Order) -> dict[str, str]:
    """Cells of the buyer; all people are invented."""
    region = REGIONS[order.buyer % len(REGIONS)]
    phone = f"'130{order.buyer:08d}"
    return {
        "买家会员名": f"演示买家{order.buyer:04d}",
        "买家支付宝账号": f"buyer{order.buyer:04d}@example.com",
        "收货人姓名": f"演示收货人{order.buyer:04d}",
        "收货地址 ": f"{region} 演示区 演示路{order.buyer}号",
        "联系电话 ": phone,
        "联系手机": phone,
    }


def _what(shop: Shop, order: Order) -> dict[str, str]:
    return {
        "订单编号": f'="{order.number}"',
        "主订单编号": f'="{order.number}"',
        "宝贝标题 ": order.product.title,
        "宝贝种类 ": "1",
        "宝贝总数量": str(order.quantity),
        "商家编码": order.product.sku,
        "店铺Id": f"90000000{shop.digit}",
        "店铺名称": shop.title,
        "运送方式": "快递",
        "是否手机订单": "手机订单",
        "是否代付": "否",
        "是否是O2O交易": "否",
        "是否信用购": "否",
        "配送类型": "普通配送",
        "订单创建时间": str(order.created),
    }


def _money(order: Order, moment: datetime) -> dict[str, str]:
    """Cells of the amounts; the paid amount is net of the refund, as on 天猫."""
    paid = order.cents if happened(order.paid, moment) else 0
    refunded = order.refund_cents if happened(order.refunded, moment) else 0
    settled = paid - refunded if happened(order.confirmed, moment) else 0
    return {
        "买家应付货款": money(order.cents),
        "买家应付邮费": "0.00",
        "买家支付积分": "0",
        "总金额": money(order.cents),
        "返点积分": "0",
        "买家实际支付金额": money(paid - refunded),
        "买家实付金额": money(paid - refunded),
        "买家实际支付积分": "0",
        "退款金额": money(refunded),
        "打款商家金额": f"{money(settled)}元",
        "确认收货打款金额": money(settled),
        "卖家服务费": "0.00元",
        "买家服务费": "0.00元",
        "天猫卡券抵扣": "0.00",
        "集分宝抵扣": "0.00",
    }


def _progress(order: Order, moment: datetime) -> dict[str, str]:
    status, reason = status_at(order, moment)
    cells = {"订单状态": status, "订单关闭原因": reason}
    if order.paid is not None and order.paid <= moment:
        cells |= {
            "订单付款时间 ": str(order.paid),
            "支付单号": f'="{order.paid.year}{order.number}"',
            "支付详情": "支付宝",
        }
    if happened(order.shipped, moment):
        cells |= {"发货时间": str(order.shipped), "物流公司": "演示速递", "物流单号 ": f"No:DEMO{order.number[-9:]}"}
    if order.confirmed is not None and order.confirmed <= moment:
        cells["确认收货时间"] = str(order.confirmed)
    return cells


def status_at(order: Order, moment: datetime) -> tuple[str, str]:
    """订单状态 and 订单关闭原因 at ``moment``."""
    if happened(order.closed, moment):
        return "交易关闭", "买家未付款" if order.paid is None else "退款"
    if happened(order.confirmed, moment):
        return "交易成功", "订单未关闭"
    if happened(order.shipped, moment):
        return "卖家已发货，等待买家确认", "订单未关闭"
    if happened(order.paid, moment):
        return "买家已付款，等待卖家发货", "订单未关闭"
    return "等待买家付款", "订单未关闭"


def _broken_rows(shop: Shop, moment: datetime) -> Iterator[tuple[int, list[str]]]:
    """Broken rows of the story with their line in the file: good orders, each corrupted in one place.

    They are not part of any sales: the traffic report ignores them.
    """
    for n, broken in enumerate(BROKEN_ROWS):
        created = datetime(moment.year, moment.month, moment.day) - timedelta(hours=10 - n)
        order = Order(
            number=order_number(shop, created, 900_001 + n),
            buyer=9001 + n,
            product=shop.products[n],
            quantity=1,
            unit_cents=shop.products[n].cents,
            created=created,
            paid=created + timedelta(minutes=3),
        )
        cells = order_row(shop, order, moment)
        if broken.column is None:
            cells = cells[:CUT_COLUMNS]
        else:
            cells[header_of(shop).index(broken.column)] = broken.text
        yield broken.line, cells
