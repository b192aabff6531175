"""Order and refund exports as each platform writes them: encoding, container and headers verbatim, invented people."""

from __future__ import annotations

from collections.abc import Iterable

from files import Row, csv_bytes, table, xlsx_bytes


def _headers(line: str) -> list[str]:
    return line.split(",")


# Trailing blanks are the platforms' own, as are the mixed brackets.
TMALL_LIST_OLD = _headers(
    "订单编号,买家会员名,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,"
    "订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,"
    "订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,"
    "是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,"
    "新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,预约门店,"
    "确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,配送类型,主订单编号"
)
TMALL_LIST = [
    *("买家实付金额" if header == "买家实际支付金额" else header for header in TMALL_LIST_OLD),
    *("发货时间", "确认收货打款金额", "商家编码"),
]
TMALL_DETAIL_OLD = _headers("订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码")
TMALL_DETAIL = _headers(
    "子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,支付单号,"
    "买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间"
)
NEWER_NAMES = {"标题": "商品标题", "价格": "商品价格", "买家实际支付金额": "买家实付金额"}
TMALL_DETAIL_NEWER = [*(NEWER_NAMES.get(header, header) for header in TMALL_DETAIL), "商品ID"]
TMALL_REFUND = _headers(
    "订单编号,退款编号,支付宝交易号,订单付款时间,商品id,宝贝标题,买家实际支付金额,退款总额,退给买家金额,"
    "退给平台金额,售后类型,货物状态,退款状态,退款申请时间,退款完结时间,超时时间,买家退款原因,部分退款/全额退款,"
    "客服介入状态"
)
JD = _headers(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,"
    "订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,"
    "商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道"
)
JD_NEWER = [*JD, "送装服务", "服务费", "仓库id", "仓库名称", "商家SKUID"]
DOUDIAN = _headers(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,"
    "平台优惠,商家优惠,达人优惠,商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道,"
    "详细地址,是否修改过地址,地址修改时段,买家留言,订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间,"
    "APP渠道,流量来源,订单状态,承诺发货时间,订单类型,鲁班落地页ID,达人ID,达人昵称,所属门店ID,售后状态,取消原因,"
    "预约发货时间,仓库ID,仓库名称,是否安心购,广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细,发货时间,"
    "降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额,预计送达时间,是否平台仓自流转,"
    "车型,商品69码,发货SN码,发货IMEI码1,发货IMEI码2,预约送达时间,建议发货时间（起）,建议发货时间（止）,物流SN码,"
    "物流IMEI码1,物流IMEI码2"
)
DOUDIAN_VARIANT = [*("商品金额" if header == "商品单价" else header for header in DOUDIAN), "货号", "快递信息"]
SHOPIFY = _headers(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Billing Name,Billing Phone,"
    "Shipping Name,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,"
    "Lineitem discount"
)
AMAZON = _headers(
    "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,fulfillment-channel,"
    "sales-channel,order-channel,url,ship-service-level,product-name,sku,asin,item-status,quantity,currency,"
    "item-price,item-tax,shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,item-promotion-discount,"
    "ship-promotion-discount,ship-city,ship-state,ship-postal-code,ship-country,promotion-ids"
)

# What must never reach a table: every name, number and street that stands in a row below.
SECRETS = (
    "沈青岚",
    "19900001234",
    "翠湖路",
    "buyer@example.com",
    "20261101220001",
    "青岚的茶",
    "Ada Fern",
    "+1 555 0100",
)


def tmall_listed(order_id: str, paid: str = "128.00", **cells: str) -> dict[str, str]:
    """One paid order of the Tmall list."""
    return {
        "订单编号": f'="{order_id}"',
        "买家会员名": "青岚的茶",
        "买家支付宝账号": "buyer@example.com",
        "支付单号": "20261101220001",
        "买家应付货款": "120.00",
        "买家应付邮费": "8.00",
        "买家实际支付金额": paid,
        "买家实付金额": paid,
        "订单状态": "买家已付款，等待卖家发货",
        "收货人姓名": "沈青岚",
        "收货地址 ": "云南省 昆明市 五华区 翠湖路4号",
        "联系电话 ": "'",
        "联系手机": "'19900001234",
        "订单创建时间": "2026-11-02 09:00:00",
        "订单付款时间 ": "2026-11-02 09:05:00",
        "宝贝标题 ": "青瓷茶杯，青瓷盖碗",
        "宝贝总数量": "2",
        "订单关闭原因": "订单未关闭",
        "卖家服务费": "0元",
        "退款金额": "0.00",
        "打款商家金额": "128.00元",
        **cells,
    }


def tmall_line(order_id: str, line_id: str = "", paid: str = "64.00", **cells: str) -> dict[str, str]:
    """One line of either Tmall detail export; only the new one states ids, money and times."""
    return {
        "订单编号": f'="{order_id}"',
        "主订单编号": f'="{order_id}"',
        "子订单编号": f'="{line_id}"',
        "标题": "青瓷茶杯",
        "商品标题": "青瓷茶杯",
        "价格": "64.00",
        "商品价格": "64.00",
        "购买数量": "1",
        "外部系统编号": "QH-001",
        "商品属性": "颜色分类：天青",
        "备注": "'null",
        "订单状态": "买家已付款，等待卖家发货",
        "商家编码": "QH-001-TQ",
        "支付单号": "20261101220001",
        "买家应付货款": "60.00",
        "买家实际支付金额": paid,
        "买家实付金额": paid,
        "退款状态": "没有申请退款",
        "退款金额": "0.00",
        "订单创建时间": "2026-11-02 09:00:00",
        "订单付款时间": "2026-11-02 09:05:00",
        "商品ID": "710000000001",
        **cells,
    }


def tmall_refund(refund_id: str, order_id: str, **cells: str) -> dict[str, str]:
    """One refund that was carried out."""
    return {
        "订单编号": order_id,
        "退款编号": refund_id,
        "支付宝交易号": "20261101220001",
        "订单付款时间": "2026-11-02 09:05:00",
        "商品id": "710000000001",
        "宝贝标题": "青瓷茶杯",
        "买家实际支付金额": "128.00",
        "退款总额": "70.00",
        "退给买家金额": "64.00",
        "退给平台金额": "6.00",
        "售后类型": "退货退款",
        "退款状态": "退款成功",
        "退款申请时间": "2026-11-20 10:00:00",
        "退款完结时间": "2026-11-23 18:00:00",
        "买家退款原因": "大小/尺寸与商品描述不符",
        **cells,
    }


def jd_line(order_id: str, **cells: str) -> dict[str, str]:
    """One SKU of a JD order; the order's money stands on each."""
    return {
        "订单号": order_id,
        "商品ID": "10001",
        "商品名称": "青瓷茶杯",
        "订购数量": "1",
        "支付方式": "在线支付",
        "下单时间": "2026-11-02 09:00:00",
        "京东价": "64.00",
        "订单金额": "136.00",
        "结算金额": "128.00",
        "余额支付": "20.00",
        "应付金额": "108.00",
        "订单状态": " 等待出库",
        "下单帐号": "青岚的茶",
        "客户姓名": "沈青岚",
        "客户地址": "云南昆明市五华区翠湖路4号",
        "联系电话": "19900001234",
        "运费金额": "8.00",
        "付款确认时间": "2026-11-02 09:05:00",
        "货号": "QH-001",
        "商家SKUID": "QH-001-TQ",
        **cells,
    }


def doudian_line(order_id: str, line_id: str, **cells: str) -> dict[str, str]:
    """One sub-order; a tab before each id, personal data masked, nothing is a dash."""
    return dict.fromkeys(DOUDIAN, "-") | {
        "主订单编号": f"\t{order_id}",
        "子订单编号": f"\t{line_id}",
        "选购商品": "青瓷茶杯",
        "商品规格": "天青",
        "商品数量": "1",
        "商品ID": "\t3600000000000000001",
        "商家编码": "QH-001-TQ",
        "商品单价": "64.00",
        "商品金额": "64.00",
        "订单应付金额": "60.00",
        "运费": "0.00",
        "优惠总金额": "4.00",
        "收件人": "##沈青岚",
        "收件人手机号": "$$19900001234",
        "省": "云南省",
        "市": "昆明市",
        "区": "五华区",
        "街道": "翠湖路",
        "详细地址": "##翠湖路",
        "订单提交时间": "2026-11-02 09:00:00",
        "支付完成时间": "2026-11-02 09:05:00",
        "订单状态": "待发货",
        "货号": "QH-001",
        **cells,
    }


def shopify_order(name: str, *lines: tuple[str, str, str], **cells: str) -> list[dict[str, str]]:
    """An order of (sku, quantity, price); what concerns the order stands on its first line."""
    whole = {
        "Email": "buyer@example.com",
        "Financial Status": "paid",
        "Paid at": "2026-11-02 10:20:00 -0500",
        "Currency": "CNY",
        "Subtotal": "120.00",
        "Shipping": "8.00",
        "Taxes": "0.00",
        "Total": "128.00",
        "Created at": "2026-11-02 10:15:00 -0500",
        "Billing Name": "Ada Fern",
        "Shipping Name": "Ada Fern",
        "Shipping City": "Boston",
        "Shipping Zip": "'02108",
        "Shipping Province": "MA",
        "Shipping Country": "US",
        "Shipping Phone": "'+1 555 0100",
        "Refunded Amount": "0.00",
        "Id": "5550001",
        **cells,
    }
    rows: list[dict[str, str]] = []
    for sku, quantity, price in lines:
        line = {"Name": name, "Lineitem quantity": quantity, "Lineitem name": f"Cup {sku}", "Lineitem price": price}
        rows.append(({} if rows else whole) | line | {"Lineitem sku": sku, "Lineitem discount": "0.00", "Vendor": "QH"})
    return rows


def amazon_item(order_id: str, **cells: str) -> dict[str, str]:
    """One item of an Amazon order."""
    return {
        "amazon-order-id": order_id,
        "purchase-date": "2026-11-01T20:15:00-08:00",
        "last-updated-date": "2026-11-02T01:00:00+00:00",
        "order-status": "Shipped",
        "product-name": "Celadon cup",
        "sku": "QH-001-TQ",
        "asin": "B000000001",
        "item-status": "Shipped",
        "quantity": "2",
        "currency": "CNY",
        "item-price": "100.00",
        "item-tax": "7.00",
        "shipping-price": "10.00",
        "shipping-tax": "0.70",
        "item-promotion-discount": "5.00",
        "ship-promotion-discount": "10.00",
        "ship-city": "Boston",
        "ship-state": "MA",
        "ship-postal-code": "02108",
        "ship-country": "US",
        **cells,
    }


def tmall_list_old(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(TMALL_LIST_OLD, rows))


def tmall_list(rows: Iterable[Row]) -> bytes:
    return xlsx_bytes(table(TMALL_LIST, rows))


def tmall_detail_old(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(TMALL_DETAIL_OLD, rows))


def tmall_detail(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(TMALL_DETAIL, rows))


def tmall_detail_newer(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(TMALL_DETAIL_NEWER, rows))


def tmall_refunds(rows: Iterable[Row]) -> bytes:
    return xlsx_bytes(table(TMALL_REFUND, rows))


def jd_csv(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(JD, rows), "gb18030")


def jd_xlsx(rows: Iterable[Row]) -> bytes:
    return xlsx_bytes(table(JD_NEWER, rows))


def doudian_csv(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(DOUDIAN, rows), "utf-8-sig")


def doudian_xlsx(rows: Iterable[Row]) -> bytes:
    return xlsx_bytes(table(DOUDIAN_VARIANT, rows))


def shopify_csv(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(SHOPIFY, rows), "utf-8", end="\n")


def amazon_txt(rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(AMAZON, rows), "utf-8", delimiter="\t")
