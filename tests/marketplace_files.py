"""Exports of 拼多多, 抖音电商罗盘, 抖店售后, 京东退款 and 咚咚 as they are downloaded; 2026-11-02, invented people.

The headers are those that public importers read, each where docs/exports.md says.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence

import openpyxl

from files import DAY, Row, csv_bytes, headers, table, xlsx_bytes
from qianchuan_files import QIANCHUAN_REPORTS

PINDUODUO = headers(
    "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),商品数量(件),收货人,手机,省,"
    "市,区,街道,支付时间,拼单成交时间,发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度,商家编码-商品维度,快递单号,快递公司,商家备注,售后状态,"
    "买家留言,是否百补"
)
PINDUODUO_NEWER = headers(
    "订单成交时间,商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),用户实付金额(元),商家实收金额(元),"
    "商品数量(件),承诺发货时间,发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度,商家编码-商品维度,商家备注,售后状态,快递单号,快递公司"
)
PINDUODUO_REFUNDS = headers(
    "售后编号,订单编号,商品ID,商品名称,商品规格,退款金额(元),售后状态,售后类型,售后原因,订单状态,申请时间,同意退款时间,退货运单号,退货物流状态"
)
PINDUODUO_PRODUCTS = headers(
    "商品ID,商品名称,一级类目,二级类目,三级类目,商品访客数,商品浏览量,商品收藏用户数,下单用户数,确认订单数,成交件数,成交订单数,成交买家数,成交金额,"
    "成交转化率"
)
PROMOTION_PRODUCTS = headers(
    "日期,商品ID,商品名称,推广场景,推广名称,出价方式,分组,是否已删除,成交花费(元),交易额(元),实际投产比,总花费(元),净交易额(元),净实际投产比,净成交笔数,"
    "每笔净成交花费(元),净交易额占比,成交笔数,曝光量,点击量"
)
PROMOTION_DAYS = headers(
    "日期,成交花费(元),交易额(元),实际投产比,总花费(元),净交易额(元),净实际投产比,净成交笔数,成交笔数,曝光量,点击量"
)
DOUDIAN_REFUNDS = headers(
    "售后单号,订单号,商品单号,商品名称,商品ID,商家编码,商品发货状态,售后类型,售后状态,退款方式,退商品金额（元）,退运费金额（元）,退支付优惠（元）,"
    "退税费金额（元）,售后申请时间,售后原因,售后原因标签,退货物流单号,退货发货时间,同意售后申请时间,商家退款时间,用户到账时间,售后关闭时间,仲裁状态,"
    "纠纷责任方,售后完结时间,订单备注,用户售后说明,售后备注"
)
DOUDIAN_SHORT = headers(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商家编码,订单应付金额,运费,收件人,收件人手机号,详细地址,订单提交时间,商家备注,订单完成时间,"
    "订单状态,售后状态,取消原因,发货时间,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额"
)
LUOPAN_PRODUCTS = headers(
    "统计周期,商品名称,商品编码,载体,品类,自卖/合作,成交金额,结算金额,用户支付金额,成交订单数,成交人数,成交件数,成交客单价,净成交金额,净成交订单数,"
    "成交退款金额,退款金额（退款时间）,退款订单数（退款时间）,商品曝光人数,商品曝光次数,商品点击人数,商品点击次数,曝光点击率（人数）,投放消耗（店铺被投）,"
    "加购人数,收藏人数"
)
LUOPAN_SHOP = headers(
    "日期,用户支付金额,退款后用户支付金额(支付时间),智能优惠券金额,平台补贴金额,成交订单数,成交人数,客单价,成交金额,净成交金额,退款金额(退款时间),"
    "退款率(支付时间),退款金额(支付时间),商品曝光人数,商品点击人数,商品曝光-点击转化率(人数),商品点击-成交转化率(人数),商品曝光次数,商品点击次数,"
    "投放消耗(店铺被投),成交件数"
)
JD_REFUNDS = headers("退款单号,订单号,客户账号,客户姓名,申请时间,退款金额,审核状态,审核时间,退款原因")
DONGDONG = headers(
    "客服,接待量,售前接待人数,促成下单人数,促成下单商品金额,首次平均响应时间,平均响应时长（新）,30s应答率,客服3分钟人工回复率,好评量,评价量"
)
TMALL_SHORT = ["订单编号", "总金额", "买家实际支付金额", "收货地址 ", "订单创建时间", "订单付款时间 ", "退款金额"]
WANXIANG_VIDEO = headers(
    "日期,计划ID,计划名字,主体ID,主体类型,主体名称,展现量,点击量,花费,观看量,有效观看量,平均有效观看时长,互动量,总成交金额,总成交笔数,直接成交金额,"
    "间接成交金额,宝贝收藏加购数,宝贝加购数,引导访问量,新客触达数,新客成交笔数,新客成交金额,宝贝ID"
)
WANXIANG_PERIOD = headers(
    "时间周期,日期,主体 ID,主体类型,主体名称,展现量,点击量,花费,点击率,平均点击花费,千次展现花费,总预售成交金额,"
    "总预售成交笔数,直接成交金额,间接成交金额,总成交金额,总成交笔数,投入产出比,总购物车数"
)


def sheets_bytes(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """A workbook with several sheets."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
    book.save(content)
    return content.getvalue()


def pinduoduo_order(order_id: str, **cells: str) -> dict[str, str]:
    """One paid order; a tab behind each id."""
    return {
        "商品": "青瓷茶杯",
        "订单号": f"{order_id}\t",
        "订单状态": "待发货",
        "商品总价(元)": "64.00",
        "邮费(元)": "0.00",
        "店铺优惠折扣(元)": "4.00",
        "平台优惠折扣(元)": "5.00",
        "用户实付金额(元)": "55.00",
        "商家实收金额(元)": "60.00",
        "商品数量(件)": "1",
        "收货人": "沈青岚",
        "手机": "19900001234",
        "省": "云南省",
        "市": "昆明市",
        "区": "五华区",
        "街道": "翠湖路",
        "支付时间": "2026-11-02 09:05:00",
        "拼单成交时间": "2026-11-02 09:06:00",
        "订单成交时间": "2026-11-02 09:05:00",
        "商品id": "754299529443\t",
        "商品规格": "天青",
        "商家编码-规格维度": "QH-001-TQ",
        "商家编码-商品维度": "QH-001",
        "快递单号": "20261101220001",
        "售后状态": "无售后或售后取消",
        **cells,
    }


def pinduoduo_csv(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(PINDUODUO, rows), "utf-8-sig")


def pinduoduo_xlsx(rows: Iterable[Row]) -> bytes:
    return xlsx_bytes(table(PINDUODUO_NEWER, rows))


def pinduoduo_refund(refund_id: str, order_id: str, **cells: str) -> dict[str, str]:
    return {
        "售后编号": f"{refund_id}\t",
        "订单编号": f"{order_id}\t",
        "商品ID": "754299529443\t",
        "退款金额(元)": "55.00",
        "售后状态": "退款成功",
        "售后类型": "退货退款",
        "售后原因": "质量问题",
        "申请时间": "2026-11-05 10:00:00",
        "同意退款时间": "2026-11-06 10:00:00",
        "退货运单号": "20261101220001",
        **cells,
    }


def pinduoduo_refunds(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(PINDUODUO_REFUNDS, rows), "utf-8-sig")


def doudian_refund(refund_id: str, order_id: str, line_id: str, **cells: str) -> dict[str, str]:
    return dict.fromkeys(DOUDIAN_REFUNDS, "-") | {
        "售后单号": f"\t{refund_id}",
        "订单号": f"\t{order_id}",
        "商品单号": f"\t{line_id}",
        "商品ID": "\t3600000000000000001",
        "商品发货状态": "1/1已发货",
        "售后类型": "退货退款",
        "售后状态": "同意退款，退款成功",
        "退商品金额（元）": "60.00",
        "退运费金额（元）": "8.00",
        "售后申请时间": "2026-11-05 10:00:00",
        "商家退款时间": "2026-11-06 10:00:00",
        "售后完结时间": "2026-11-06 10:00:03",
        "售后原因": "商品质量问题",
        "用户售后说明": "沈青岚 19900001234",
        **cells,
    }


def doudian_refunds(rows: Iterable[Row]) -> bytes:
    return xlsx_bytes(table(DOUDIAN_REFUNDS, rows))


def doudian_refunds_csv(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(DOUDIAN_REFUNDS, rows), "utf-8-sig")


def doudian_short(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(DOUDIAN_SHORT, rows), "utf-8-sig")


def jd_refund(refund_id: str, order_id: str, **cells: str) -> dict[str, str]:
    return {
        "退款单号": refund_id,
        "订单号": order_id,
        "客户账号": "青岚的茶",
        "客户姓名": "沈青岚",
        "申请时间": "2026-11-05 10:00:00",
        "退款金额": "128.00",
        "审核状态": "京东财务审核通过",
        "审核时间": "2026-11-06 10:00:00",
        "退款原因": "商品与描述不符",
        **cells,
    }


def jd_refunds(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(JD_REFUNDS, rows), "gb18030")


def tmall_short(*rows: Row) -> bytes:
    return csv_bytes(table(TMALL_SHORT, rows), "utf-8")


def tmall_short_order(order_id: str, **cells: str) -> dict[str, str]:
    return {
        "订单编号": order_id,
        "总金额": "178.80",
        "买家实际支付金额": "100.00",
        "收货地址 ": "上海",
        "订单创建时间": "2026-11-02 09:00:00",
        "订单付款时间 ": "2026-11-02 09:05:00",
        "退款金额": "78.80",
        **cells,
    }


def pinduoduo_products() -> bytes:
    row = {
        "商品ID": "754299529443\t",
        "商品名称": "青瓷茶杯",
        "商品访客数": "1,200",
        "商品浏览量": "2,400",
        "商品收藏用户数": "30",
        "下单用户数": "15",
        "成交件数": "13",
        "成交订单数": "13",
        "成交买家数": "12",
        "成交金额": "832.00",
    }
    return csv_bytes(table(PINDUODUO_PRODUCTS, [row], "0"), "utf-8-sig")


def promotion_row(spend: str, **cells: str) -> dict[str, str]:
    return {
        "日期": DAY,
        "商品ID": "754299529443",
        "商品名称": "青瓷茶杯",
        "推广场景": "稳定成本推广",
        "推广名称": "青瓷茶杯",
        "成交花费(元)": "90.00",
        "总花费(元)": spend,
        "交易额(元)": "701.07",
        "净交易额(元)": "600.00",
        "净成交笔数": "9",
        "成交笔数": "11",
        "曝光量": "7677",
        "点击量": "624",
        **cells,
    }


def promotion_products() -> bytes:
    other = promotion_row("20.00", 推广场景="全站推广")
    total = dict.fromkeys(PROMOTION_PRODUCTS, "-") | {"日期": "总计", "总花费(元)": "222.12", "交易额(元)": "1402.14"}
    note = [["名称：推广"], ["* 2026/11/02 至 2026/11/02 的数据"]]
    return xlsx_bytes([*note, *table(PROMOTION_PRODUCTS, [promotion_row("102.12"), other, total], "-")])


def promotion_days() -> bytes:
    total = promotion_row("222.12", 日期="总计")
    return csv_bytes(table(PROMOTION_DAYS, [promotion_row("222.12"), total], "-"), "utf-8-sig")


def luopan_products() -> bytes:
    row = {
        "统计周期": DAY,
        "商品名称": "青瓷茶杯",
        "商品编码": "3600000000000000001",
        "成交金额": "1,300.00",
        "用户支付金额": "1,280.00",
        "成交订单数": "20",
        "成交人数": "19",
        "成交件数": "21",
        "退款金额（退款时间）": "64.00",
        "商品曝光人数": "9,000",
        "商品点击人数": "420",
        "商品点击次数": "800",
        "加购人数": "40",
    }
    lines = table(LUOPAN_PRODUCTS, [row], "-")
    return sheets_bytes({"全部": lines, "自卖": lines, "合作": lines})


def luopan_shop() -> bytes:
    row = {
        "日期": "20261102",
        "用户支付金额": "9,876.50",
        "成交订单数": "88",
        "成交人数": "80",
        "退款金额(退款时间)": "120.00",
        "商品曝光人数": "90,000",
        "商品点击人数": "1,900",
        "商品点击次数": "5,000",
        "成交件数": "95",
    }
    own = row | {"用户支付金额": "5,000.00"}
    carriers = [["载体类型", *LUOPAN_SHOP], ["直播", *(row.get(header, "-") for header in LUOPAN_SHOP)]]
    return sheets_bytes(
        {
            "成交概览": table(LUOPAN_SHOP, [row], "-"),
            "自营成交": table(LUOPAN_SHOP, [own], "-"),
            "载体构成": carriers,
        }
    )


def dongdong() -> bytes:
    row = ["青禾旗舰店-小禾", "55", "30", "12", "1,800.00", "12.5", "28", "95.00%", "99.00%", "45", "50"]
    unrated = ["青禾旗舰店-小青", "20", "10", "1", "64.00", "1分5秒", "40", "90.00%", "98.00%", "0", "0"]
    whole = [DONGDONG, row, unrated, ["合计", *row[1:]], ["均值", *row[1:]]]
    return sheets_bytes({"整体数据": whole, "分组数据": [DONGDONG, row]})


def wanxiang_video(**cells: str) -> bytes:
    row = {
        "日期": DAY,
        "计划ID": "14670816001",
        "计划名字": "茶席视频",
        "主体ID": "1278019715720001",
        "主体类型": "短视频",
        "展现量": "1000",
        "点击量": "80",
        "花费": "100",
        "总成交金额": "500",
        "总成交笔数": "12",
        **cells,
    }
    return csv_bytes(table(WANXIANG_VIDEO, [row]))


def wanxiang_scenes() -> bytes:
    titles = ["统计日期", "场景ID", "场景名字", "展现量", "点击量", "花费", "总成交金额", "总成交笔数"]
    return csv_bytes([titles, [DAY, "371", "关键词推广", "5,000", "120", "90.00", "340.00", "4"]])


def wanxiang_period() -> bytes:
    row = {
        "时间周期": f"{DAY}至{DAY}",
        "日期": DAY,
        "主体 ID": "710000000001",
        "主体类型": "商品",
        "主体名称": "青瓷茶杯",
        "展现量": "5,000",
        "点击量": "120",
        "花费": "90.00",
        "总成交金额": "340.00",
        "总成交笔数": "4",
        "总购物车数": "12",
    }
    return csv_bytes(table(WANXIANG_PERIOD, [row]))


def sponsored_products() -> bytes:
    titles = ["Date", "Currency", "Campaign Name", "Impressions", "Clicks", "Spend", "7 Day Total Sales "]
    return csv_bytes([titles, ["2026-11-02", "USD", "Auto", "5000", "80", "99.90", "333.00"]], "utf-8-sig")


def amazon_ads_console() -> bytes:
    """By advertised product; the day is a range, and ids stand as Excel formulas."""
    titles = "Budget currency,Date range,Campaign ID,Campaign name,Advertised product ID,Impressions,Clicks,Total cost"
    day = "Nov 02, 2026 - Nov 02, 2026"
    rows = [
        ["USD", day, '="254927681919372"', "Pliers", "B01", "9582", "100", "108.61", "11", "180.90"],
        ["USD", day, '="254927681919372"', "Pliers", "B02", "1595", "11", "7.23", "0", ""],
    ]
    return csv_bytes([[*titles.split(","), "Purchases", "Sales"], *rows], "utf-8-sig")


TRAFFIC_AND_ADS: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("dongdong_agents", "咚咚_2026-11-02.xlsx", dongdong),
    ("amazon_sponsored_products", "Sponsored_Products_Campaign_report.csv", sponsored_products),
    ("amazon_ads_console", "Advertised_product.csv", amazon_ads_console),
    ("wanxiang_plans", "短视频报表.csv", wanxiang_video),
    ("wanxiang_products", "周期商品报表.csv", wanxiang_period),
    ("wanxiang_scenes", "场景报表.csv", wanxiang_scenes),
    ("pinduoduo_products", "拼多多商品_2026-11-02.csv", pinduoduo_products),
    ("pinduoduo_promotion_products", "推广商品.xlsx", promotion_products),
    ("pinduoduo_promotion_days", "推广账户.csv", promotion_days),
    *QIANCHUAN_REPORTS,
    ("luopan_products", "罗盘商品.xlsx", luopan_products),
    ("luopan_shop_days", "罗盘成交.xlsx", luopan_shop),
)
"""Contract, name as downloaded, content."""
