"""Bills of platforms: only what they charge for an order is read, with the order that it is about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from files import ask, csv_bytes, drop, load_all
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle

DOUDIAN = (
    "动账时间,动帐流水号,动账方向,动账金额,动账账户,动账场景,计费类型,子订单号,订单号,订单实付应结,运费实付,实际平台补贴,"
    "订单退款,平台服务费,佣金,招商服务费,站外推广费,备注\n"
    "2026-11-10 08:00:00,'S2,入账,26.00,聚合账户,货款结算入账,精选联盟,'6930162745589500002,'6930162745589500001,"
    "30,0,0,0,-1.00,-2.00,-0.50,-0.50,订单结算\n"
    "2026-11-11 08:00:00,'S3,入账,1.00,聚合账户,退款-订单退款触发-退分账,,'6930162745589500002,'6930162745589500001,"
    "0,0,0,0,0,0,0,0,服务费返还\n"
    "2026-11-11 09:00:00,'S4,出账,-0.40,聚合账户,退款-结算后退款-退分账,,'6930162745589500002,'6930162745589500001,"
    "0,0,0,0,0,0,0,0,返还冲正\n"
    "2026-11-12 10:00:00,'X1,出账,5.00,聚合账户,退换货运费险,,,,0,0,0,0,0,0,0,0,保费扣除\n"
)
PINDUODUO = (
    "拼多多店铺账务明细查询\n\n起始时间：2026-11-01 00:00:00  终止时间：2026-11-30 23:59:59\n"
    "----------交易记录明细列表---------\n"
    "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\n"
    "261110-1,2026-11-10 23:30:43,61.80,0,交易收入,-,0010002|交易收入-订单收入\n"
    "261110-1,2026-11-10 23:30:44,0,-0.37,技术服务费,-,0030002|技术服务费-基础技术服务费\n"
    "261110-1,2026-11-10 23:30:44,0,-0.37,技术服务费,-,0030005|技术服务费-百亿补贴技术服务费\n"
    "#支出合计：1笔，共-0.37元\n#导出时间：2026-12-01 09:00:00\n"
)
ALIPAY = (
    "#支付宝账务明细查询\n#账号：[2088000000000000]\n"
    "#起始日期：[2026年11月01日 00:00:00]   终止日期：[2026年11月30日 23:59:59]\n"
    "#-----------------------------------------账务明细列表----------------------------------------\n"
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注\n"
    "1001\t,B1\t,T200P3299194706518006493\t,茶壶\t,2026-11-10 12:00:00,买家\t,100.00,0.00,500.00,支付宝,交易付款,\n"
    "1002\t,B2\t,\t,\t,2026-11-10 12:00:01,天猫\t,0.00,-5.00,495.00,支付宝,其它,天猫佣金{3299194706518006493}扣款\n"
    "1003\t,B3\t,\t,\t,2026-11-10 12:00:02,天猫\t,0.00,-0.60,494.40,支付宝,其它,基础软件服务费(3299194706518006493)\n"
    "1005\t,B5\t,T200P3299194706518006494\t,\t,2026-11-10 13:00:00,买家\t,80.00,0.00,574.40,支付宝,交易,"
    "花呗交易号[3299194706518006499]\n"
    "1006\t,B6\t,T200P3299194706518006494\t,\t,2026-11-10 13:00:00,\t,0.00,-0.80,573.60,支付宝,收费,"
    "花呗支付服务费[2026111022001109341418763021]\n"
    "1007\t,B7\t,\t,\t,2026-11-10 14:00:00,买家\t,0.00,-80.00,493.60,支付宝,交易退款,"
    "花呗-售后退款-3299194706518006499-T200P3299194706518006494\n"
    "1008\t,B8\t,CAE_1\t,\t,2026-11-10 15:00:00,\t,0.00,-4.00,489.60,支付宝,其它,"
    "代扣款（扣款用途：天猫佣金（类目）{3299194706518006494}扣款）\n"
    "1009\t,B9\t,\t,\t,2026-11-10 16:00:00,\t,4.00,0.00,493.60,支付宝,其它,"
    "售后维权：天猫佣金{3299194706518006494}\n"
    "1010\t,B10\t,\t,\t,2026-11-10 16:00:00,\t,0.00,-0.20,493.40,支付宝,收费,"
    "信用卡支付服务费[3299194706518006494]\n"
    "1004\t,B4\t,\t,\t,2026-11-11 12:00:02,王小明\t,0.00,-9.00,485.40,支付宝,转账,支付宝转账给王小明\n"
    "#-----------------------------------------账务明细列表结束------------------------------------\n"
    "#收入合计：1笔，共100.00元\n"
)
FEES = "order_id, line_id, scene, platform_fee, influencer_fee, income, spent"
ORDER = "6930162745589500001"


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("platform", "text", "encoding", "expected"),
    [
        (
            "doudian",
            DOUDIAN,
            "utf-8-sig",
            [
                (ORDER, "6930162745589500002", "货款结算入账", Decimal(1), Decimal(2), None, None),
                (ORDER, "6930162745589500002", "退款-结算后退款-退分账", Decimal(0), Decimal(0), None, None),
                (ORDER, "6930162745589500002", "退款-订单退款触发-退分账", Decimal(0), Decimal(0), None, None),
            ],
        ),
        (
            "pinduoduo",
            PINDUODUO,
            "gb18030",
            [("261110-1", None, "技术服务费", None, None, Decimal(0), Decimal("-0.37"))] * 2,
        ),
        (
            "tmall",
            ALIPAY,
            "gb18030",
            [
                ("3299194706518006493", None, "基础软件服务费", None, None, Decimal(0), Decimal("-0.60")),
                ("3299194706518006493", None, "天猫佣金", None, None, Decimal(0), Decimal("-5.00")),
                *(
                    ("3299194706518006494", None, scene, None, None, Decimal(income), Decimal(spent))
                    for scene, income, spent in (
                        ("信用卡支付服务费", 0, "-0.20"),
                        ("天猫佣金", 0, "-4.00"),
                        ("天猫佣金", 4, "0.00"),
                        ("花呗支付服务费", 0, "-0.80"),
                    )
                ),
            ],
        ),
    ],
)
def test_fees_of_orders_are_read_and_other_movements_are_not(
    settings: Settings, platform: str, text: str, encoding: str, expected: list[tuple]
) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text(f"shop: {{title: 店, platform: {platform}, currency: CNY}}\n", "utf-8")
    drop(settings, "shop/bill.csv", text.encode(encoding), "2026-12-01T09:00:00")
    (loaded,) = load_all(settings).values()
    check_and_settle(settings, quietly=True)
    assert loaded.quarantined == 0
    assert ask(settings, f"select {FEES} from order_fees order by order_id, scene, spent") == expected


def test_answers_within_30_seconds_of_pinduoduo_are_read(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text("shop: {title: 店, platform: pinduoduo, currency: CNY}\n", "utf-8")
    lines = [
        [
            "客服账号",
            "咨询人数",
            "询单人数",
            "最终成团人数",
            "客服销售额（元）",
            "30秒应答率(8-23点)",
            "平均人工响应时长",
        ],
        ["店:小青", "80", "60", "12", "1,200.50", "92.5%", "28秒"],
        ["总计", "80", "60", "12", "1,200.50", "92.5%", "28秒"],
    ]
    drop(settings, "shop/客服绩效_20261110.csv", csv_bytes(lines, "utf-8"), "2026-11-11T09:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    columns = "agent, inquiries, paid_inquiries, answered_in_30_seconds, answer_seconds, day::varchar"
    assert ask(settings, f"select {columns} from service_agent_day") == [("店:小青", 60, 12, 0.925, 28.0, "2026-11-10")]
