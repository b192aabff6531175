"""Cells and rows of order lists as shops, Excel and people leave them."""

from __future__ import annotations

from decimal import Decimal

from files import ask, csv_bytes, drop, load_all, table
from order_files import TMALL_LIST_OLD, tmall_listed
from shopwatch.core.settings import Settings

PAID_AT = "订单付款时间 "
WRITTEN = {
    "1": ("1,234.50", "2026/11/2 9:05", "1234.50"),
    "2": ("￥1,000.00", "2026年11月2日 09:05", "1000.00"),
    "3": ("１２８．５０", "２０２６－１１－０２ ０９：０５：００", "128.50"),
    "0004": ('="64.00"', "2026-11-02T09:05:00", "64.00"),
    "5": ("1 234.00元", "2026-11-2 9:5:0", "1234.00"),
}
TOTAL = {"订单编号": "合计：", "买家应付货款": "600.00", "买家实际支付金额": "3,661.00", "退款金额": "0.00"}


def test_amounts_times_and_totals(settings: Settings) -> None:
    orders = [tmall_listed(number, paid, **{PAID_AT: at}) for number, (paid, at, _) in WRITTEN.items()]
    drop(settings, "qinghe/a.csv", csv_bytes(table(TMALL_LIST_OLD, [*orders, TOTAL])))
    load_all(settings)
    assert ask(settings, "from quarantine") == []
    assert ask(settings, "select rows_loaded, rows_skipped from loads") == [(5, 1)]
    rows = ask(settings, "select order_id, paid, paid_at::varchar from incoming.tmall_orders order by line")
    assert rows == [(number, Decimal(paid), "2026-11-02 09:05:00") for number, (_, _, paid) in WRITTEN.items()]
