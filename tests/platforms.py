"""One export of each traffic and ad report, as it is downloaded: container, encoding, headers verbatim.

Everything is about 2026-11-02 and invented. ``EXPORTS`` says under which contract each file must be recognised,
those of ``desk_reports`` and ``marketplace_files`` too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from amazon_files import by_date
from desk_reports import dsr, feige, jushuitan, kuaimai, pinduoduo_agents, qianniu, stock_xls
from files import DAY, csv_bytes, headers, plan, product, products_xls, table, xls_bytes, xlsx_bytes
from marketplace_files import TRAFFIC_AND_ADS

Lines = list[list[str]]


class Export(NamedTuple):
    """A file: the contract that must know it, its name as downloaded, its bytes."""

    contract: str
    name: str
    content: bytes


SYCM_SHOP = headers(
    "统计日期,访客数,无线端访客数,浏览量,商品访客数,商品浏览量,平均停留时长,跳失率,加购人数,加购件数,商品收藏买家数,下单金额,"
    "下单买家数,下单件数,下单转化率,支付金额,支付买家数,支付件数,支付子订单数,支付转化率,客单价,UV价值,老访客数,新访客数,"
    "支付新买家数,支付老买家数,老买家支付金额,全站推广花费,关键词推广花费,精准人群推广花费,智能场景花费,淘宝客佣金,成功退款金额"
)
SYCM_SOURCES = headers(
    "一级来源,二级来源,三级来源,访客数,浏览量,支付金额,浏览量占比,店内跳转人数,跳出本店人数,收藏人数,加购人数,下单买家数,"
    "下单转化率,支付件数,支付买家数,支付转化率"
)
SHANGZHI_PRODUCTS = headers(
    "时间,SKU,SKU名称,一级类目,二级类目,三级类目,成交金额,成交商品件数,成交单量,成交客户数,商品访客数,商品浏览量,搜索曝光次数,"
    "搜索点击次数,加购客户数,下单金额,下单单量,下单客户数,取消及售后退款金额"
)
SHANGZHI_SHOP = headers(
    "时间,浏览量,环比,访客数,环比,人均浏览量,环比,平均停留时长,环比,跳失率,环比,成交客户数,环比,成交商品件数,环比,成交金额,"
    "环比,成交单量,环比,客单价,环比,成交转化率,环比,UV价值,环比"
)
GA4 = headers(
    "Session primary channel group (Default Channel Group),Sessions,Engaged sessions,Engagement rate,Event count,"
    "Key events,Session key event rate,Total revenue"
)
AMAZON = headers(
    "(Parent) ASIN,(Child) ASIN,Title,Sessions - Total,Page Views - Total,Featured Offer (Buy Box) Percentage,"
    "Units Ordered,Unit Session Percentage,Ordered Product Sales,Total Order Items"
)
WANXIANG_PRODUCTS = headers(
    "日期,主体ID,主体类型,主体名称,展现量,点击量,花费,点击率,平均点击花费,千次展现花费,总预售成交金额,直接成交金额,间接成交金额,"
    "总成交金额,总成交笔数,点击转化率,投入产出比,含预售投产比,总成交成本,总购物车数,加购率,加购成本"
)
WANXIANG_PLANS = headers(
    "日期,场景ID,场景名字,原二级场景ID,原二级场景名字,计划ID,计划名字,主体ID,主体类型,主体名称,展现量,点击量,花费,点击率,"
    "平均点击花费,千次展现花费,总预售成交金额,直接成交金额,间接成交金额,总成交金额,总成交笔数,点击转化率,投入产出比,含预售投产比,"
    "总成交成本,总购物车数,加购率,加购成本"
)
WANXIANG_GOALS = headers(
    "日期,优化目标,效果模型,统计口径,转化周期,消耗,曝光量,点击量,点击率,点击成本,总成交笔数,总成交金额,成交转化率,roi"
)
ZHITONGCHE = headers(
    "日期,计划id,计划名称,推广类型,展现量,点击量,花费,点击率,平均点击花费,千次展现花费,总成交金额,投入产出比,点击转化率"
)
ZHITONGCHE_UNITS = [*ZHITONGCHE[:4], "单元id", "单元名称", "商品id", *ZHITONGCHE[4:]]
YINLIMOFANG = headers("日期,计划组,计划,主体类型,主体名称,商品id,消耗,展现量,点击量,成交订单量,成交订单金额,投资回报率")
JZT_ACCOUNT = headers("点击时间,花费,展现数,点击数,总订单行,总订单金额,总加购数")
JZT_WHOLE_SITE = headers("日期,花费,全站交易额,全站投产比,全站订单行,全站订单成本,核心位置展现量,核心位置点击量")
KUAICHE = headers(
    "计划ID,推广计划,展现数,点击数,点击率,花费,千次展现成本,平均点击成本,直接订单行,直接订单金额,间接订单行,间接订单金额,总订单行,"
    "总订单金额,总加购数,加购率,转化率,平均订单成本,投产比,下单新客数"
)
QIANCHUAN = headers(
    "素材ID,素材名称,整体消耗,整体展示次数,整体点击次数,整体点击率,整体转化率,整体成交金额,整体支付ROI,整体成交订单数,"
    "整体成交订单成本,整体千次展现费用,用户实际支付金额,电商平台补贴金额,净成交ROI,净成交金额,净成交订单数,净成交金额结算率,1小时内退款率"
)
GOOGLE_ADS = headers(
    "Campaign status,Campaign,Campaign ID,Campaign type,Day,Currency code,Cost,Impr.,Clicks,CTR,Avg. CPC,Conversions,"
    "Conv. value"
)
META = headers(
    "Reporting starts,Reporting ends,Campaign name,Campaign ID,Campaign delivery,Day,Impressions,Reach,Link clicks,"
    "Amount spent (USD),Purchases,Purchases conversion value,Adds to cart"
)


def sycm_shop(*days: str) -> bytes:
    rows = [
        {
            "统计日期": day,
            "访客数": "3,210",
            "浏览量": "9,800",
            "商品访客数": "2,900",
            "加购人数": "210",
            "加购件数": "260",
            "下单金额": "8,100.00",
            "下单买家数": "70",
            "下单件数": "82",
            "支付金额": "7,654.30",
            "支付买家数": "64",
            "支付件数": "75",
            "老访客数": "1,000",
            "新访客数": "2,210",
            "关键词推广花费": "300.00",
            "成功退款金额": "-",
        }
        for day in days
    ]
    return xlsx_bytes(table(SYCM_SHOP, rows, "0"))


def sycm_sources(days: str = f"{DAY} ~ {DAY}") -> bytes:
    above = [["生意参谋 流量看板"], ["店铺：青禾"], [f"统计日期：{days}"], ["终端：全部"], [""]]
    rows = [
        {"一级来源": first, "二级来源": second, "三级来源": third, "访客数": visitors, "支付买家数": "9"}
        for first, second, third, visitors in (
            ("平台流量", "汇总", "汇总", "2,000"),
            ("平台流量", "手淘搜索", "汇总", "1,500"),
            ("平台流量", "手淘推荐", "-", "700"),
            ("广告流量", "关键词推广", "-", "-"),
        )
    ]
    return xls_bytes([*above, *table(SYCM_SOURCES, rows, "1")])


def shangzhi_products(day: str = DAY) -> bytes:
    row = {
        "时间": day,
        "SKU": "100012345678",
        "SKU名称": "青瓷茶杯",
        "成交金额": "1,280.00",
        "成交商品件数": "11",
        "成交单量": "10",
        "成交客户数": "9",
        "商品访客数": "420",
        "商品浏览量": "800",
        "加购客户数": "40",
        "下单金额": "1,400.00",
        "下单单量": "12",
        "下单客户数": "10",
        "取消及售后退款金额": "128.00",
    }
    return xlsx_bytes(table(SHANGZHI_PRODUCTS, [row]))


def shangzhi_shop() -> bytes:
    row = ["20261102", "5,000", "1.2%", "1,900", "-0.3%", "2.63", "", "1分20秒", "", "41.00%", "", "80", "", "95"]
    row += ["", "9,876.50", "", "88", "", "123.46", "", "4.21%", "", "5.20", ""]
    return xlsx_bytes([SHANGZHI_SHOP, row])


def ga4(first: str = "20261102", last: str = "20261102") -> bytes:
    above = [
        "# ----------------------------------------",
        "# Traffic acquisition: Session primary channel group (Default Channel Group)",
        "# Account: Qinghe",
        "# Property: qinghe.example",
        "# ----------------------------------------",
        "# ",
        "# All Users",
        f"# Start date: {first}",
        f"# End date: {last}",
    ]
    rows = [
        ["Organic Search", "1200", "800", "0.6667", "5400", "21", "0.0175", "2310.5"],
        ["Direct", "300", "120", "0.4", "900", "2", "0.0067", "150"],
    ]
    return "\n".join(above).encode() + b"\n" + csv_bytes([GA4, *rows], "utf-8", end="\n")


def amazon(*asins: str) -> bytes:
    rows = [
        ["B0PARENT01", asin, "Celadon cup, 120 ml", "1,234", "2,345", "98.00%", "87", "7.05%", "$38,000.00", "80"]
        for asin in asins or ("B0CHILD001",)
    ]
    total = ["Total", "", "", "1,234", "2,345", "", "87", "7.05%", "$38,000.00", "80"]
    return csv_bytes([AMAZON, *rows, total], "utf-8-sig")


def wanxiang_plans(*spends: str, day: str = DAY) -> bytes:
    rows = [
        {**plan(number, day, 花费=spend), "主体类型": "商品", "主体名称": "青瓷茶杯", "总购物车数": "12"}
        for number, spend in enumerate(spends, start=1)
    ]
    return csv_bytes(table(WANXIANG_PLANS, rows))


def wanxiang_products(*spends: str, day: str = DAY) -> bytes:
    rows = [
        {**plan(number, day, 花费=spend), "主体类型": "商品", "主体名称": "青瓷茶杯", "总购物车数": "12"}
        for number, spend in enumerate(spends, start=1)
    ]
    return csv_bytes(table(WANXIANG_PRODUCTS, rows))


def wanxiang_goals(*windows: str) -> bytes:
    rows = [
        [
            DAY,
            "促进成交",
            "点击效果",
            "全部",
            window,
            "88.80",
            "4,000",
            "90",
            "2.25%",
            "0.99",
            "3",
            "300.00",
            "3%",
            "3.38",
        ]
        for window in windows or ("15天",)
    ]
    return csv_bytes([WANXIANG_GOALS, *rows])


def zhitongche_plans(*spends: str, day: str = DAY) -> bytes:
    rates = ["2%", "1.17", "23.33", "210.00", "3", "5%"]
    rows = [
        [day, f"5001000{number}", "词包计划", "标准推广", "3,000", "60", spend, *rates]
        for number, spend in enumerate(spends or ("70.00",), start=1)
    ]
    return csv_bytes([ZHITONGCHE, *rows])


def zhitongche_units(*spends: str, day: str = DAY) -> bytes:
    rates = ["2%", "1.17", "23.33", "105.00", "3", "5%"]
    rows = [
        [day, "50010001", "词包计划", "标准推广", f"900{number}", "单元", "710000000001", "1,500", "30", spend, *rates]
        for number, spend in enumerate(spends or ("40.00", "30.00"))
    ]
    return csv_bytes([ZHITONGCHE_UNITS, *rows])


def yinlimofang() -> bytes:
    rows = [
        [DAY, "大促组", "人群计划", "商品", "青瓷茶杯", "710000000001", "45.00", "900", "30", "2", "160.00", "3.56"],
        [DAY, "大促组", "人群计划", "店铺", "青禾茶具", "-", "5.00", "100", "3", "0", "-", "-"],
    ]
    return csv_bytes([YINLIMOFANG, *rows])


def jzt_account(spends: Sequence[str] = ("10.00",) * 24, day: str = "20261102") -> bytes:
    """A day as rows of an hour each; one spend gives one row for the whole day."""
    ends = ["235959"] if len(spends) == 1 else [f"{hour:02d}5959" for hour in range(len(spends))]
    rows = [
        [f"{day}{end[:2] if len(spends) > 1 else '00'}0000~{day}{end}", spend, "100", "5", "1", "40.00", "2"]
        for spend, end in zip(spends, ends, strict=True)
    ]
    total = ["汇总", f"{sum(map(float, spends)):.2f}", "2400", "120", "24", "960.00", "48"]
    return xlsx_bytes([["京准通 账户报表"], ["账户：青禾"], [""], JZT_ACCOUNT, total, *rows, ["合计:", *total[1:]]])


def jzt_whole_site() -> bytes:
    row = ["20261102", "66.00", "660.00", "10.00", "6", "11.00", "7,000", "70"]
    return xlsx_bytes([["京准通 全站营销"], JZT_WHOLE_SITE, row, ["汇总", *row[1:]]])


def kuaiche(*spends: str) -> bytes:
    cells = {"展现数": "1,300", "点击数": "65", "总订单行": "4", "总订单金额": "520.00", "总加购数": "9"}
    rows = [
        {"计划ID": f"7001000{number}", "推广计划": "快车计划", "花费": spend, **cells}
        for number, spend in enumerate(spends or ("130.00",), start=1)
    ]
    rows.append({"计划ID": "汇总", "花费": "999.00", **cells})
    return csv_bytes(table(KUAICHE, rows, "-"))


def qianchuan_lines(*spends: str) -> Lines:
    rows = [
        {
            "素材ID": f"75000000000000000{number}",
            "素材名称": f"茶席视频{number}",
            "整体消耗": spend,
            "整体展示次数": "2,000",
            "整体点击次数": "80",
            "整体成交金额": "250.00",
            "整体成交订单数": "2",
            "净成交金额": "200.00",
            "净成交订单数": "1",
            "1小时内退款率": "20.00%",
        }
        for number, spend in enumerate(spends or ("50.00", "25.50"))
    ]
    lines = table(QIANCHUAN, [{"素材ID": "全部", "素材名称": "-", "整体消耗": "75.50"}, *rows], "-")
    lines[0] = [header.replace("整体消耗", "整体消耗\t") for header in lines[0]]
    return lines


def qianchuan_xlsx() -> bytes:
    titles, *rows = qianchuan_lines()
    return xlsx_bytes([[title.replace("整体成交", "整体\n成交") for title in titles], *rows])


GOOGLE_TOP = [["Campaign report"], ["November 2, 2026 - November 2, 2026"]]
GOOGLE_NUMBERS = ["1,200.50", "12,000", "300", "2.5%", "4.00", "7.50", "3600.00"]
GOOGLE_ROWS = [
    ["Enabled", "Brand", "20010001", "Search", DAY, "CNY", *GOOGLE_NUMBERS],
    ["Paused", "Generic", "20010002", "Search", DAY, "CNY", "0.00", "0", "0", " --", " --", "0.00", "0.00"],
    ["Total: Campaigns", " --", " --", " --", " --", "CNY", *GOOGLE_NUMBERS],
    ["Total: Account", " --", " --", " --", " --", "CNY", *GOOGLE_NUMBERS],
]


def google_ads(currency: str = "CNY") -> Lines:
    return [*GOOGLE_TOP, GOOGLE_ADS, *([currency if cell == "CNY" else cell for cell in row] for row in GOOGLE_ROWS)]


def meta(currency: str = "CNY") -> bytes:
    row = [DAY, DAY, "Autumn tea", "120010001", "active", DAY, "5000", "4000", "80", "99.90", "3", "333.00", "20"]
    total = [DAY, DAY, "", "", "", "", "5000", "4000", "80", "99.90", "3", "333.00", "20"]
    titles = [header.replace("USD", currency) for header in META]
    return csv_bytes([titles, total, row], "utf-8-sig")


def tiktok() -> bytes:
    lines = [
        "By Day,Campaign name,Campaign ID,Ad group name,Cost,Impressions,Clicks (destination),Complete payment,"
        "Total complete payment value",
        f"{DAY},Autumn tea,180010001,Broad,60.00,4000,70,2,300.00",
        f"{DAY},Autumn tea,180010001,Lookalike,30.50,900,12,-,-",
        "Total,-,-,-,90.50,4900,82,2,300.00",
    ]
    return csv_bytes(map(headers, lines), "utf-8-sig")


MADE: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("sycm_products", "【生意参谋平台】商品_全部_2026-11-02_2026-11-02.xls", lambda: products_xls([product(1)])),
    ("sycm_shop_days", "店铺日数据.xlsx", lambda: sycm_shop(DAY, "2026-11-03")),
    ("sycm_sources", "【生意参谋平台】流量来源.xls", sycm_sources),
    ("shangzhi_products", "商品明细.xlsx", shangzhi_products),
    ("shangzhi_shop_days", "店铺概况.xlsx", shangzhi_shop),
    ("ga4_channels", "Traffic_acquisition.csv", ga4),
    ("amazon_business_report", "2026-11-02/BusinessReport-11-03-26.csv", amazon),
    ("amazon_business_report_days", "BusinessReport-by-date.csv", lambda: by_date("11/2/26")),
    ("wanxiang_plans", "计划报表_20261102_20261102_20261103013000.csv", lambda: wanxiang_plans("100.00", "55.50")),
    ("wanxiang_products", "商品报表_20261102_20261102_20261103013000.csv", lambda: wanxiang_products("90.00")),
    ("wanxiang_goals", "万相台报表.csv", wanxiang_goals),
    ("zhitongche_plans", "直通车计划.csv", zhitongche_plans),
    ("zhitongche_units", "直通车单元.csv", zhitongche_units),
    ("yinlimofang_plans", "引力魔方.csv", yinlimofang),
    ("jingzhuntong_account", "京准通.xlsx", jzt_account),
    ("jingzhuntong_whole_site", "全站营销.xlsx", jzt_whole_site),
    ("jingzhuntong_kuaiche", "快车计划_20261102.csv", kuaiche),
    ("qianchuan_creatives", "千川素材_2026-11-02.xlsx", qianchuan_xlsx),
    ("qianchuan_creatives", "千川素材_2026-11-02.csv", lambda: csv_bytes(qianchuan_lines("60.00"), "utf-8-sig")),
    ("google_ads_campaigns", "Campaign report.csv", lambda: csv_bytes(google_ads(), "utf-8")),
    (
        "google_ads_campaigns",
        "Campaign report (Excel).csv",
        lambda: b"\xff\xfe" + csv_bytes(google_ads(), "utf-16-le", delimiter="\t"),
    ),
    ("meta_campaigns", "Qinghe-Campaigns.csv", meta),
    ("tiktok_ads_campaigns", "Qinghe-TikTok.csv", tiktok),
    ("wangdiantong_stock", "库存_20261102235500.xls", stock_xls),
    ("jushuitan_stock", "聚水潭库存_20261102235500.xlsx", jushuitan),
    ("kuaimai_stock", "快麦导出_库存状态(按sku)_20261102235500.csv", kuaimai),
    ("tmall_scores", "店铺动态评分.xlsx", dsr),
    ("qianniu_agents", "客服绩效_2026-11-02.xlsx", qianniu),
    ("feige_agents", "飞鸽_2026-11-02.xlsx", feige),
    ("pinduoduo_agents", "拼多多客服绩效_2026-11-02.xlsx", pinduoduo_agents),
    *TRAFFIC_AND_ADS,
)
EXPORTS = [Export(contract, name, make()) for contract, name, make in MADE]
