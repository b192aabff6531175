"""One export of each stock and service report, as it is downloaded. Everything is about 2026-11-02 and invented."""

from __future__ import annotations

from files import DAY, STOCK, headers, table, xls_bytes, xlsx_bytes

JUSHUITAN = headers(
    "商品编码,款式编码,主仓实际库存数,订单占有数,库存锁定数,公有可用数,采购在途数,进货仓库存,销退仓库存,虚拟库存"
)
JUSHUITAN_BY_UNIT = headers(
    "款式编码,商品编码,颜色,规格,实际库存数,订单占有数,销退仓库存,进货仓库存,采购在途数,销退在途数,虚拟库存数,可用数,公有可用数"
)
JUSHUITAN_ALL = headers(
    "款式编码,颜色,规格,品牌,商品编码,名称,数量,图片地址链接,订单占有,仓库待发,安全库存下限,安全库存上限,采购在途数,可用数,公有可用数"
)
KUAIMAI = headers(
    "序号,图片,仓库,规格属性,规格别名,7天销量,可售天数,规格商家编码,规格备注,供应商,成本价,实际总库存,实际锁定数,实际可用数,"
    "次品数,库存状态,警戒状态"
)
DSR_NOW = headers("指标,得分,趋势,行业均值,与行业对比,目标值,距目标值差距")
DSR_DAYS = headers("日期,描述得分（较上日）,物流得分（较上日）,服务得分（较上日）")
QIANNIU = headers(
    "旺旺昵称,询单人数,询单最终付款人数,询单最终付款转化率,询单最终付款金额,首次响应时长（秒),平均响应时长（秒),客户满意率,旺旺回复率,"
    "成功退款金额"
)
QIANNIU_FOOT = ("汇总值", "平均值", "全店汇总值", "全店平均值", "同行同层优秀", "同行同层均值")
# The only headers here that are not taken from a real file.
FEIGE = headers(
    "客服昵称,接待人数,询单人数,支付人数,询单转化率,客服销售额,首次响应时长,平均响应时长,3分钟人工回复率,满意率"
)


def dsr(*days: str) -> bytes:
    now = [[name, "4.86", "上升", "4.80", "高于", "4.90", "0.04"] for name in ("描述相符", "物流服务", "服务态度")]
    rows = [[day, "4.86（+0.02）", "4.79（-0.01）", "4.90（持平）"] for day in days or (DAY,)]
    unrated = ["2026-11-03", "4.84（0.00）", "4.80（0.00）", "-"]
    return xlsx_bytes([["店铺动态评分"], DSR_NOW, *now, [""], DSR_DAYS, *rows, unrated])


def qianniu() -> bytes:
    rows = [
        ["青禾旗舰店:小禾", "40", "18", "45.00%", "2,300.00", "12.5", "28", "98.50%", "100.00%", "-"],
        ["青禾旗舰店:小青", "30", "9", "30.00%", "900.00", "75", "80", "-", "96.00%", "128.00"],
    ]
    foot = [[name, *rows[0][1:]] for name in QIANNIU_FOOT]
    return xlsx_bytes([QIANNIU, *rows, *foot])


def feige() -> bytes:
    row = ["青禾客服一号", "55", "30", "12", "40.00%", "1,800.00", "1分20秒", "45秒", "97.00%", "92.00%"]
    return xlsx_bytes([FEIGE, row, ["店铺汇总值", *row[1:]], ["店铺平均值", *row[1:]]])


def pinduoduo_agents() -> bytes:
    titles = ["客服账号", "询单人数", "最终成团人数", "客服销售额（元）", "30秒应答率(8-23点)"]
    cells = ["40", "16", "900.00", "92.50%"]
    return xlsx_bytes([titles, ["青禾客服二号", *cells], ["总计", *cells]])


def stock_xls() -> bytes:
    row = {
        "商家编码": "QH-1",
        "货品编号": "QH-001",
        "货品名称": "青瓷茶杯",
        "库存": "20",
        "可用库存": "18",
        "采购在途": "50",
    }
    return xls_bytes(table(STOCK, [row], "0"))


def jushuitan() -> bytes:
    return xlsx_bytes([JUSHUITAN, ["QH-1", "QH-001", "20", "3", "0", "17", "50", "0", "1", "0"]])


def jushuitan_lists() -> dict[str, bytes]:
    """The same unit in the two other lists of 聚水潭."""
    unit = {
        "商品编码": "QH-1",
        "款式编码": "QH-001",
        "规格": "白",
        "公有可用数": "17",
        "可用数": "16",
        "采购在途数": "50",
    }
    stock = {"名称": "青瓷茶杯", "数量": "20", "订单占有": "3", "实际库存数": "20", "订单占有数": "3"}
    return {
        titles[0] + str(len(titles)): xlsx_bytes(table(titles, [unit | stock], "0"))
        for titles in (JUSHUITAN_BY_UNIT, JUSHUITAN_ALL)
    }


def kuaimai() -> bytes:
    """A title above the header; a unit in two warehouses."""
    rows = [
        [
            "1",
            "",
            "新湖北仓",
            "白",
            "青瓷茶杯",
            "0",
            "",
            "QH-1",
            "",
            "国产",
            "2.5",
            "14",
            "1",
            "13",
            "0",
            "有货",
            "正常",
        ],
        ["2", "", "杭州仓", "白", "青瓷茶杯", "7", "6", "QH-1", "", "国产", "2.5", "6", "1", "5", "0", "有货", "正常"],
    ]
    return xlsx_bytes([["库存状态"], KUAIMAI, *rows])
