"""Exports as the platforms write them, for tests: byte-exact containers, headers verbatim, invented people."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import duckdb

from demo.containers import xls
from shopwatch.core.settings import Settings
from shopwatch.ingest.load import LoadResult, load_new

SHOP = "qinghe"
SHANGHAI = ZoneInfo("Asia/Shanghai")

DAY = "2026-11-02"


def headers(text: str) -> list[str]:
    """The headers of a line, as a platform writes them."""
    return [header.strip() for header in text.split(",")]


def _headers(text: str) -> list[str]:
    """Words as headers; ``_`` stands for a trailing blank, which platforms leave."""
    return [word.replace("_", " ") for word in text.split()]


TMALL = _headers("""
    订单编号 买家会员名 买家支付宝账号 支付单号 支付详情 买家应付货款 买家应付邮费 总金额 买家实际支付金额 订单状态
    买家留言 收货人姓名 收货地址_ 联系电话_ 联系手机 订单创建时间 订单付款时间_ 宝贝标题_ 宝贝总数量 订单关闭原因
    退款金额 确认收货时间
""")
SYCM = _headers("""
    统计日期 商品ID 商品名称 货号 商品状态 商品访客数 商品浏览量 商品加购人数 下单买家数
    支付买家数 支付件数 支付金额 成功退款金额
""")
WANXIANG = _headers("日期 场景名字 计划ID 计划名字 主体ID 展现量 点击量 花费 总成交金额 总成交笔数")
STOCK = _headers("商家编码 条码 货品编号 货品名称 规格名称 库存 可发库存 可用库存 采购在途")
UCI = _headers("InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country")
SYCM_PREAMBLE = [["生意参谋"], ["店铺：青禾"], ["统计时间：2026-11-02"], [""]]

Row = Mapping[str, str]


def table(headers: Sequence[str], rows: Iterable[Row], default: str = "") -> list[list[str]]:
    """Header line and rows; a row names the cells that matter."""
    return [list(headers), *([row.get(header, default) for header in headers] for row in rows)]


def csv_bytes(lines: Iterable[Sequence[str]], encoding: str = "gbk", end: str = "\r\n", delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode(encoding)


def xls_bytes(lines: Iterable[Sequence[str | int]]) -> bytes:
    return xls("Sheet1", lines)


def xlsx_bytes(lines: Sequence[Sequence[str | float]]) -> bytes:
    """The least workbook that Excel would open: inline strings, numbers as number cells."""
    rows = "".join(
        f'<row r="{number}">'
        + "".join(
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, int | float)
            else f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for cell in cells
        )
        + "</row>"
        for number, cells in enumerate(lines, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            undated = zipfile.ZipInfo(name)  # the same rows give the same bytes, whenever
            archive.writestr(undated, f'<?xml version="1.0" encoding="UTF-8"?>{text}', zipfile.ZIP_DEFLATED)
    return content.getvalue()


def order(number: int, **cells: str) -> dict[str, str]:
    """One paid Tmall order with everything that a seller's file says of the buyer."""
    return {
        "订单编号": f'="48{number:017d}"',
        "买家会员名": f"茶客{number:04d}",
        "买家支付宝账号": f"buyer{number:04d}@example.com",
        "支付单号": f"20261101220{number:010d}",
        "买家应付货款": "128.00",
        "买家应付邮费": "0.00",
        "买家实际支付金额": "128.00",
        "订单状态": "交易成功",
        "收货人姓名": f"沈青{number:04d}",
        "收货地址 ": f"云南省 昆明市 翠湖路{number:04d}号",
        "联系电话 ": "'",
        "联系手机": f"'1990000{number:04d}",
        "订单创建时间": "2026-11-02 09:00:00",
        "订单付款时间 ": "2026-11-02 09:05:00",
        "宝贝标题 ": "青瓷茶杯",
        "宝贝总数量": "1",
        "订单关闭原因": "订单未关闭",
        "退款金额": "0.00",
        **cells,
    }


def order_id(number: int) -> str:
    return f"48{number:017d}"


def product(number: int, day: str = "2026-11-02", **cells: str) -> dict[str, str]:
    """One product and day of the traffic report."""
    return {
        "统计日期": day,
        "商品ID": f"71000000{number:04d}",
        "商品名称": f"青瓷茶杯{number}",
        "货号": f"QH-{number:03d}",
        "商品状态": "当前在线",
        "商品访客数": "1,200",
        "商品浏览量": "2,400",
        "商品加购人数": "30",
        "下单买家数": "14",
        "支付买家数": "12",
        "支付件数": "13",
        "支付金额": "1,536.00",
        "成功退款金额": "-",
        **cells,
    }


def plan(number: int, day: str = "2026-11-02", **cells: str) -> dict[str, str]:
    """One campaign and day of the advertising report."""
    return {
        "日期": day,
        "场景名字": "关键词推广",
        "计划ID": f"6001000{number:04d}",
        "计划名字": f"计划{number}",
        "主体ID": f"71000000{number:04d}",
        "展现量": "5,000",
        "点击量": "120",
        "花费": "100.00",
        "总成交金额": "340.00",
        "总成交笔数": "4",
        **cells,
    }


def orders_csv(orders: Iterable[Row], encoding: str = "gbk") -> bytes:
    return csv_bytes(table(TMALL, orders), encoding)


def plans_csv(plans: Iterable[Row], end: str = "\r\n") -> bytes:
    return csv_bytes(table(WANXIANG, plans), end=end)


def products_xls(products: Iterable[Row]) -> bytes:
    return xls_bytes([*SYCM_PREAMBLE, *table(SYCM, products)])


def drop(settings: Settings, name: str, content: bytes, modified: str = "2026-11-03T01:00:00") -> Path:
    """Lay a file into the inbox, with the time (the shop's own) at which it was exported."""
    path = settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = datetime.fromisoformat(modified).replace(tzinfo=SHANGHAI).timestamp()
    os.utime(path, (moment, moment))
    return path


def load_all(settings: Settings) -> dict[str, LoadResult]:
    """Take everything that lies in the inbox, as a night does."""
    return load_new(settings)


def ask(settings: Settings, sql: str, values: dict[str, object] | None = None) -> list[tuple]:
    """What the raw warehouse answers."""
    with duckdb.connect(settings.raw_warehouse, read_only=True) as con:
        return con.execute(sql, values or {}).fetchall()


def dump(settings: Settings) -> str:
    """Every row of every table of the raw warehouse, as one text."""
    with duckdb.connect(settings.raw_warehouse, read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        return "".join(repr(con.execute(f'select * from "{schema}"."{name}"').fetchall()) for schema, name in tables)
