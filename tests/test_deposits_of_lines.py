"""Presales in 天猫's order lines without the order list: they do not tell the stages, and no deposit is revenue."""

from __future__ import annotations

from pathlib import Path

import duckdb

from files import drop
from order_files import tmall_detail_newer, tmall_line
from shopwatch.settings import Settings
from warehouses import take_in

PRICE = "500.00"


def closed(order: str, paid: str, refunded: str = "0.00") -> dict[str, str]:
    refund = {"退款状态": "退款成功"} if refunded != "0.00" else {}
    return tmall_line(order, f"{order}1", paid, 订单状态="交易关闭", 买家应付货款=PRICE, 退款金额=refunded, **refund)


def test_no_deposit_is_revenue(tmp_path: Path) -> None:
    """A gift card may have paid for 10 of the 500; of a mixed order the other line counts."""
    settings = Settings(home=tmp_path, settle_seconds=0)
    (tmp_path / "shops.yaml").write_text("s: {title: s, platform: tmall, currency: CNY}\n", "utf-8")
    lines = [
        closed("kept", "50.00"),
        closed("returned", "0.00", "50.00"),
        closed("refunded", "0.00", "490.00"),
        tmall_line("waits", "waits1", "50.00", 订单状态="等待买家付款", 买家应付货款=PRICE),
        closed("mixed", "50.00"),
        tmall_line("mixed", "mixed2", "80.00", 买家应付货款="80.00"),
    ]
    drop(settings, "s/detail202611160110.csv", tmall_detail_newer(lines), "2026-11-16T01:10:00")
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        found = con.execute("select order_id, is_paid, paid_gross, refunded from marts.fct_order").fetchall()
        assert con.execute("from ops.reconciliation").fetchall() == []
    assert {order: money for order, *money in found} == {
        "kept": [False, 0, 0],
        "returned": [False, 0, 0],
        "refunded": [True, 490, 490],
        "waits": [False, 0, 0],
        "mixed": [True, 80, 0],
    }
