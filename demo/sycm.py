"""生意参谋: daily product reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from random import Random

from demo.catalogue import Product
from demo.containers import money, percent, ratio, xls
from demo.history import Trade
from demo.story import ARRIVES_TWICE, CART_WEEKS, CORRECTED, DAYS, week_of
from demo.timetable import Export, morning_after
from demo.trade import Figures, price_on

_TRAFFIC_COLUMNS = (
    "统计日期,商品ID,商品名称,主商品ID,商品类型,货号,商品状态,商品标签,商品访客数,商品浏览量,平均停留时长,"
    "商品详情页跳出率,商品收藏人数,商品加购件数,商品加购人数,下单买家数,下单件数,下单金额,下单转化率,支付买家数,"
    "支付件数,总支付商品件数,支付金额,总支付金额,商品支付转化率,支付新买家数,支付老买家数,老买家支付金额,"
    "聚划算支付金额,访客平均价值,成功退款金额,竞争力评分,年累计支付金额,月累计支付金额,月累计支付件数,"
    "搜索引导支付转化率,搜索引导访客数,搜索引导支付买家数,结构化详情引导转化率,结构化详情引导成交占比"
)
TRAFFIC_HEADER = tuple(_TRAFFIC_COLUMNS.split(","))


def product_reports(trade: Trade) -> Iterator[Export]:
    """One file per day with one row per product, and repeated or corrected exports."""
    folder = trade.shop.folder
    for day in DAYS:
        stem = f"【生意参谋平台】商品_全部_{day}_{day}"
        again = f"{stem} (1).xls"
        final = _traffic_builder(trade, day, first_version=False)
        corrected = (folder, day) == (CORRECTED.folder, CORRECTED.day)
        first = _traffic_builder(trade, day, first_version=True) if corrected else final
        yield Export(folder, f"{stem}.xls", morning_after(day, 0, 40), first)
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
    """Figures as first exported: only the payments of ``first_buyers`` are counted yet."""
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
    usual = figure.pay_buyers + round(visitors * (0.04 + 0.04 * rng.random()))
    cart_rate = CART_WEEKS.get((product.code, week_of(day)))
    carts = min(visitors, usual if cart_rate is None else max(figure.pay_buyers, round(visitors * cart_rate)))
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
