"""The orders and refunds of a shop's history in the exports of each platform: name and content of each file."""

from __future__ import annotations

from collections.abc import Iterator

import marketplace_files as marketplaces
import order_files
from amazon_files import settled, settlement
from shop_history import PRICE, Order

Files = Iterator[tuple[str, bytes]]


def tmall_orders(orders: list[Order]) -> Files:
    yield (
        "ExportOrderList{stamp}.csv",
        order_files.tmall_list_old(
            order_files.tmall_listed(
                f"48{one.number:017d}",
                f"{PRICE - one.refunded}.00",
                **{
                    "退款金额": f"{one.refunded}.00",
                    "订单创建时间": f"{one.day} 09:00:00",
                    "订单付款时间 ": f"{one.day} 09:05:00",
                },
            )
            for one in orders
        ),
    )


def jd_orders(orders: list[Order]) -> Files:
    times = [{"下单时间": f"{one.day} 09:00:00", "付款确认时间": f"{one.day} 09:05:00"} for one in orders]
    yield (
        "京东订单.csv",
        order_files.jd_csv(
            order_files.jd_line(f"29{one.number:010d}", 结算金额=f"{PRICE}.00", **at)
            for one, at in zip(orders, times, strict=True)
        ),
    )


def doudian_orders(orders: list[Order]) -> Files:
    yield (
        "抖店订单.csv",
        order_files.doudian_csv(
            order_files.doudian_line(
                f"69{one.number:017d}",
                f"69{one.number:017d}",
                订单应付金额=f"{PRICE}.00",
                订单提交时间=f"{one.day} 09:00:00",
                支付完成时间=f"{one.day} 09:05:00",
            )
            for one in orders
        ),
    )


def shopify_orders(orders: list[Order]) -> Files:
    rows = [
        order_files.shopify_order(
            f"#{one.number}",
            ("SKU-1", "1", f"{PRICE}.00"),
            **{
                "Subtotal": f"{PRICE}.00",
                "Shipping": "0.00",
                "Total": f"{PRICE}.00",
                "Currency": "USD",
                "Refunded Amount": f"{one.refunded}.00",
                "Created at": f"{one.day} 10:15:00 -0400",
                "Paid at": f"{one.day} 10:20:00 -0400",
                "Id": f"555{one.number}",
                "Fulfillment Status": "fulfilled",
                "Fulfilled at": f"{one.day} 16:00:00 -0400",
            },
        )
        for one in orders
    ]
    yield "orders_export_1.csv", order_files.shopify_csv(line for lines in rows for line in lines)


def amazon_orders(orders: list[Order]) -> Files:
    yield (
        "amazon_orders.txt",
        order_files.amazon_txt(
            order_files.amazon_item(
                f"111-{one.number:014d}",
                **{
                    "purchase-date": f"{one.day}T10:15:00-07:00",
                    "last-updated-date": f"{one.day}T18:00:00-07:00",
                    "quantity": "1",
                    "currency": "USD",
                    "item-price": f"{PRICE}.00",
                    "item-tax": "0.00",
                    "shipping-price": "0.00",
                    "shipping-tax": "0.00",
                    "item-promotion-discount": "0.00",
                    "ship-promotion-discount": "0.00",
                },
            )
            for one in orders
        ),
    )


def pinduoduo_orders(orders: list[Order]) -> Files:
    yield (
        "拼多多订单.csv",
        marketplaces.pinduoduo_csv(
            marketplaces.pinduoduo_order(
                f"{one.day:%y%m%d}-{one.number:015d}",
                **{
                    "用户实付金额(元)": f"{PRICE}.00",
                    "支付时间": f"{one.day} 09:05:00",
                    "拼单成交时间": f"{one.day} 09:06:00",
                    "发货时间": f"{one.day} 16:00:00",
                    "订单状态": "已发货，待签收",
                },
            )
            for one in orders
        ),
    )


def jd_refunds(orders: list[Order]) -> Files:
    yield (
        "京东退款.csv",
        marketplaces.jd_refunds(
            marketplaces.jd_refund(
                f"71{one.number:08d}",
                f"29{one.number:010d}",
                退款金额=f"{one.refunded}.00",
                申请时间=f"{one.refunded_on} 10:00:00",
                审核时间=f"{one.refunded_on} 18:00:00",
            )
            for one in orders
            if one.refunded
        ),
    )


def doudian_refunds(orders: list[Order]) -> Files:
    yield (
        "抖店售后.csv",
        marketplaces.doudian_refunds_csv(
            marketplaces.doudian_refund(
                f"72{one.number:08d}",
                f"69{one.number:017d}",
                f"69{one.number:017d}",
                **{
                    "退商品金额（元）": f"{one.refunded}.00",
                    "退运费金额（元）": "0.00",
                    "售后申请时间": f"{one.refunded_on} 10:00:00",
                    "商家退款时间": f"{one.refunded_on} 18:00:00",
                    "售后完结时间": f"{one.refunded_on} 18:00:03",
                },
            )
            for one in orders
            if one.refunded
        ),
    )


def pinduoduo_refunds(orders: list[Order]) -> Files:
    yield (
        "拼多多售后.csv",
        marketplaces.pinduoduo_refunds(
            marketplaces.pinduoduo_refund(
                f"73{one.number:08d}",
                f"{one.day:%y%m%d}-{one.number:015d}",
                **{
                    "退款金额(元)": f"{one.refunded}.00",
                    "申请时间": f"{one.refunded_on} 10:00:00",
                    "同意退款时间": f"{one.refunded_on} 18:00:00",
                },
            )
            for one in orders
            if one.refunded
        ),
    )


def amazon_refunds(orders: list[Order]) -> Files:
    yield (
        "settlement.txt",
        settlement(
            *(
                settled(
                    f"111-{one.number:014d}",
                    "ItemPrice",
                    "Principal",
                    f"-{one.refunded}.00",
                    posted_date=f"{one.refunded_on}",
                    posted_date_time=f"{one.refunded_on} 22:00:00 UTC",
                )
                for one in orders
                if one.refunded
            )
        ),
    )
