"""The exports in which each platform tells a shop's history.

``EXPORTS[platform][kind]`` writes the rows of one kind as the platform's own files; a kind that no contract reads of a
platform is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import history_orders
import history_reports
from shop_history import History

Files = Iterator[tuple[str, bytes]]
EXPORTS: dict[str, dict[str, Callable[..., Files]]] = {
    "tmall": {
        "orders": history_orders.tmall_orders,
        "traffic": history_reports.sycm_products,
        "visits": history_reports.sycm_shop,
        "ads": history_reports.wanxiang,
        "stock": history_reports.wangdiantong,
        "prices": history_reports.prices,
    },
    "jd": {
        "orders": history_orders.jd_orders,
        "refunds": history_orders.jd_refunds,
        "traffic": history_reports.shangzhi_products,
        "visits": history_reports.shangzhi_shop,
        "ads": history_reports.kuaiche,
        "stock": history_reports.jushuitan,
        "prices": history_reports.prices,
    },
    "doudian": {
        "orders": history_orders.doudian_orders,
        "refunds": history_orders.doudian_refunds,
        "traffic": history_reports.luopan_products,
        "visits": history_reports.luopan_shop,
        "ads": history_reports.qianchuan,
        "stock": history_reports.jushuitan,
        "prices": history_reports.prices,
    },
    "pinduoduo": {
        "orders": history_orders.pinduoduo_orders,
        "refunds": history_orders.pinduoduo_refunds,
        "traffic": history_reports.pinduoduo_products,
        "ads": history_reports.promotions,
        "stock": history_reports.jushuitan,
        "prices": history_reports.prices,
    },
    "shopify": {
        "orders": history_orders.shopify_orders,
        "visits": history_reports.ga4,
        "ads": history_reports.meta,
        "stock": history_reports.jushuitan,
        "prices": history_reports.prices,
    },
    "amazon": {
        "orders": history_orders.amazon_orders,
        "refunds": history_orders.amazon_refunds,
        "traffic": history_reports.amazon_products,
        "visits": history_reports.amazon_shop,
        "ads": history_reports.sponsored_products,
        "stock": history_reports.jushuitan,
        "prices": history_reports.prices,
    },
}
"""Stock and costs come from the warehouse system and the shop's own workbook, whatever the platform."""
WHERE = {"shopify": ("USD", "America/New_York"), "amazon": ("USD", "America/Los_Angeles")}
"""Currency and time zone of a shop that is not in China."""


def files_of(platform: str, history: History, kinds: Sequence[str]) -> Files:
    """Name and content of a shop's exports of some kinds."""
    stamp = f"{history.last + timedelta(days=1):%Y%m%d}2200"
    for kind in kinds:
        if kind in EXPORTS[platform] and history[kind]:
            for name, content in EXPORTS[platform][kind](history[kind]):
                yield name.format(stamp=stamp), content
