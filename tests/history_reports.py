"""Traffic, ads, stock and costs of a shop's history in the reports of each platform: name and content of each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import marketplace_files as marketplaces
import platforms
from amazon_files import BY_DATE
from desk_reports import JUSHUITAN
from files import STOCK, SYCM, SYCM_PREAMBLE, Row, csv_bytes, headers, plan, table, xls_bytes, xlsx_bytes
from shop_history import PRICE, Ad, Price, Stock, Traffic, Visit

Files = Iterator[tuple[str, bytes]]
PRICE_HEADERS = headers("商品ID,商家编码,商品名称,生效日期,成本价,其他单件成本,日常价,会员价,活动价,补货天数,上架日期")


def _by_day(rows: Sequence[Traffic | Ad | Stock]) -> Iterator[tuple[date, list[Traffic | Ad | Stock]]]:
    for day in sorted({row.day for row in rows}):
        yield day, [row for row in rows if row.day == day]


def sycm_products(rows: list[Traffic]) -> Files:
    found = [
        {
            "统计日期": f"{row.day}",
            "商品ID": row.product,
            "商品名称": f"青瓷茶杯 {row.product}",
            "货号": f"QH-{row.product}",
            "商品状态": "当前在线",
            "商品访客数": f"{row.visitors}",
            "商品浏览量": f"{2 * row.visitors}",
            "商品加购人数": "20",
            "下单买家数": f"{row.buyers}",
            "支付买家数": f"{row.buyers}",
            "支付件数": f"{row.buyers}",
            "支付金额": f"{row.buyers * PRICE}.00",
        }
        for row in rows
    ]
    yield "【生意参谋平台】商品_全部.xls", xls_bytes([*SYCM_PREAMBLE, *table(SYCM, found, "-")])


def sycm_shop(rows: list[Visit]) -> Files:
    found = [
        {
            "统计日期": f"{row.day}",
            "访客数": f"{row.visitors:,}",
            "支付买家数": f"{row.buyers}",
            "支付金额": f"{row.buyers * PRICE}.00",
        }
        for row in rows
    ]
    yield "店铺日数据.xlsx", xlsx_bytes(table(platforms.SYCM_SHOP, found, "0"))


def shangzhi_products(rows: list[Traffic]) -> Files:
    found = [
        {
            "时间": f"{row.day}",
            "SKU": row.product,
            "SKU名称": "青瓷茶杯",
            "成交金额": f"{row.buyers * PRICE}.00",
            "成交商品件数": f"{row.buyers}",
            "成交单量": f"{row.buyers}",
            "成交客户数": f"{row.buyers}",
            "商品访客数": f"{row.visitors}",
            "商品浏览量": f"{2 * row.visitors}",
            "加购客户数": "20",
        }
        for row in rows
    ]
    yield "商品明细.xlsx", xlsx_bytes(table(platforms.SHANGZHI_PRODUCTS, found, "-"))


def shangzhi_shop(rows: list[Visit]) -> Files:
    found = [
        {
            "时间": f"{row.day:%Y%m%d}",
            "访客数": f"{row.visitors:,}",
            "成交客户数": f"{row.buyers}",
            "成交金额": f"{row.buyers * PRICE}.00",
        }
        for row in rows
    ]
    yield "店铺概况.xlsx", xlsx_bytes(table(platforms.SHANGZHI_SHOP, found))


def luopan_products(rows: list[Traffic]) -> Files:
    found = [
        {
            "统计周期": f"{row.day}",
            "商品名称": "青瓷茶杯",
            "商品编码": row.product,
            "用户支付金额": f"{row.buyers * PRICE}.00",
            "成交人数": f"{row.buyers}",
            "成交件数": f"{row.buyers}",
            "商品曝光人数": f"{20 * row.visitors}",
            "商品点击人数": f"{row.visitors}",
        }
        for row in rows
    ]
    yield "罗盘商品.xlsx", marketplaces.sheets_bytes({"全部": table(marketplaces.LUOPAN_PRODUCTS, found, "-")})


def luopan_shop(rows: list[Visit]) -> Files:
    found = [
        {
            "日期": f"{row.day:%Y%m%d}",
            "用户支付金额": f"{row.buyers * PRICE}.00",
            "成交人数": f"{row.buyers}",
            "商品曝光人数": f"{20 * row.visitors}",
            "商品点击人数": f"{row.visitors}",
        }
        for row in rows
    ]
    yield "罗盘成交.xlsx", marketplaces.sheets_bytes({"成交概览": table(marketplaces.LUOPAN_SHOP, found, "-")})


def pinduoduo_products(rows: list[Traffic]) -> Files:
    for day, of_day in _by_day(rows[-4 * 21 :]):
        found = [
            {
                "商品ID": row.product,
                "商品名称": "青瓷茶杯",
                "商品访客数": f"{row.visitors}",
                "商品浏览量": f"{2 * row.visitors}",
                "下单用户数": f"{row.buyers}",
                "成交件数": f"{row.buyers}",
                "成交订单数": f"{row.buyers}",
                "成交买家数": f"{row.buyers}",
                "成交金额": f"{row.buyers * PRICE}.00",
            }
            for row in of_day
        ]
        yield f"拼多多商品_{day}.csv", csv_bytes(table(marketplaces.PINDUODUO_PRODUCTS, found, "0"), "utf-8-sig")


def promotions(rows: list[Ad]) -> Files:
    found = [
        marketplaces.promotion_row(
            f"{row.spend}.00",
            日期=f"{row.day}",
            商品ID=row.campaign,
            推广名称=row.campaign,
            **{
                "交易额(元)": f"{row.revenue}.00",
                "净交易额(元)": f"{row.revenue}.00",
                "成交花费(元)": f"{row.spend}.00",
            },
        )
        for row in rows
    ]
    yield "推广商品.xlsx", xlsx_bytes(table(marketplaces.PROMOTION_PRODUCTS, found, "-"))


def amazon_products(rows: list[Traffic]) -> Files:
    for day, of_day in _by_day(rows[-4 * 21 :]):
        found = [
            {
                "(Child) ASIN": row.product,
                "Title": "Celadon cup",
                "Sessions - Total": f"{row.visitors}",
                "Page Views - Total": f"{2 * row.visitors}",
                "Units Ordered": f"{row.buyers}",
                "Ordered Product Sales": f"${row.buyers * PRICE}.00",
                "Total Order Items": f"{row.buyers}",
            }
            for row in of_day
        ]
        yield f"BusinessReport {day}.csv", csv_bytes(table(platforms.AMAZON, found), "utf-8-sig")


def amazon_shop(rows: list[Visit]) -> Files:
    found = [
        {
            "Date": f"{row.day.month}/{row.day.day}/{row.day:%y}",
            "Sessions - Total": f"{row.visitors:,}",
            "Units Ordered": f"{row.buyers}",
            "Total Order Items": f"{row.buyers}",
            "Ordered Product Sales": f"${row.buyers * PRICE:,}.00",
        }
        for row in rows
    ]
    yield "BusinessReport by date.csv", csv_bytes(table(BY_DATE, found, "0"), "utf-8-sig")


def ga4(rows: list[Visit]) -> Files:
    for row in rows[-14:]:
        above = f"# Start date: {row.day:%Y%m%d}\n# End date: {row.day:%Y%m%d}\n".encode()
        sessions = {
            platforms.GA4[0]: "Organic Search",
            "Sessions": f"{row.visitors}",
            "Engaged sessions": f"{row.visitors // 2}",
            "Total revenue": f"{row.buyers * PRICE}",
        }
        yield f"Traffic_acquisition {row.day}.csv", above + csv_bytes(table(platforms.GA4, [sessions]), "utf-8")


def wanxiang(rows: list[Ad]) -> Files:
    found: list[Row] = [
        plan(1, f"{row.day}")
        | {"计划ID": row.campaign, "花费": f"{row.spend}.00", "总成交金额": _or_blank(row.revenue, "")}
        for row in rows
    ]
    yield "计划报表.csv", csv_bytes(table(platforms.WANXIANG_PLANS, found))


def kuaiche(rows: list[Ad]) -> Files:
    for day, of_day in _by_day(rows):
        found = [
            {
                "计划ID": row.campaign,
                "推广计划": "快车计划",
                "展现数": "1,300",
                "点击数": "65",
                "花费": f"{row.spend}.00",
                "总订单金额": _or_blank(row.revenue, "-"),
            }
            for row in of_day
        ]
        yield f"快车计划_{day}.csv", csv_bytes(table(platforms.KUAICHE, found, "-"))


def qianchuan(rows: list[Ad]) -> Files:
    for day, of_day in _by_day(rows):
        found = [
            {
                "素材ID": row.campaign,
                "素材名称": "茶席视频",
                "整体消耗": f"{row.spend}.00",
                "整体展示次数": "2,000",
                "整体点击次数": "80",
                "整体成交金额": _or_blank(row.revenue, "-"),
            }
            for row in of_day
        ]
        yield f"千川素材_{day}.csv", csv_bytes(table(platforms.QIANCHUAN, found, "-"), "utf-8-sig")


def meta(rows: list[Ad]) -> Files:
    found = [
        {
            "Reporting starts": f"{row.day}",
            "Reporting ends": f"{row.day}",
            "Day": f"{row.day}",
            "Campaign name": f"Tea {row.campaign}",
            "Campaign ID": row.campaign,
            "Impressions": "5000",
            "Link clicks": "80",
            "Amount spent (USD)": f"{row.spend}.00",
            "Purchases conversion value": _or_blank(row.revenue, ""),
        }
        for row in rows
    ]
    yield "Campaigns.csv", csv_bytes(table(platforms.META, found), "utf-8-sig")


SPONSORED = [
    "Date",
    "Currency",
    "Campaign Name",
    "Impressions",
    "Clicks",
    "Spend",
    "7 Day Total Sales ",
    "7 Day Total Orders (#)",
]


def sponsored_products(rows: list[Ad]) -> Files:
    found = [
        {
            "Date": f"{row.day}",
            "Currency": "USD",
            "Campaign Name": row.campaign,
            "Impressions": "5000",
            "Clicks": "80",
            "Spend": f"${row.spend}.00",
            "7 Day Total Sales ": _or_blank(row.revenue, ""),
        }
        for row in rows
    ]
    yield "Sponsored_Products_Campaign_report.csv", csv_bytes(table(SPONSORED, found, "0"), "utf-8-sig")


def wangdiantong(rows: list[Stock]) -> Files:
    for day, of_day in _by_day(rows):
        found = [
            {"商家编码": row.sku, "货品编号": row.sku, "库存": f"{row.available}", "可用库存": f"{row.available}"}
            for row in of_day
        ]
        yield f"库存_{day:%Y%m%d}235500.xls", xls_bytes(table(STOCK, found, "0"))


def jushuitan(rows: list[Stock]) -> Files:
    for day, of_day in _by_day(rows):
        found = [
            {
                "商品编码": row.sku,
                "款式编码": row.sku,
                "主仓实际库存数": f"{row.available}",
                "公有可用数": f"{row.available}",
            }
            for row in of_day
        ]
        yield f"聚水潭库存_{day:%Y%m%d}235500.xlsx", xlsx_bytes(table(JUSHUITAN, found, "0"))


def prices(rows: list[Price]) -> Files:
    found = [
        {
            "商品ID": row.product,
            "生效日期": "2026-03-01",
            "成本价": f"{row.cost}",
            "其他单件成本": "5",
            "日常价": f"{row.everyday}",
            "会员价": f"{row.member}",
            "活动价": f"{row.campaign}",
        }
        for row in rows
    ]
    yield "商品成本与价格表.xlsx", xlsx_bytes(table(PRICE_HEADERS, found))


def _or_blank(revenue: int, blank: str) -> str:
    return f"{revenue}.00" if revenue else blank
