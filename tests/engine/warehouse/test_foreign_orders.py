"""Orders in another currency than the shop's are not added up, and the data team hears of it, once a file."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from files import drop
from shopwatch.core.settings import Settings
from warehouses import judge_unpublished, take_in

SUNDAY = date(2026, 9, 20)
HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount"
)


def row(number: int, currency: str, total: str) -> str:
    moment = f"{SUNDAY - timedelta(days=number % 7)} 10:00:00 -0400"
    return f"#{number},a@example.com,paid,{moment},,{currency},{total},0,0,{total},{moment},1,Cup,{total},CUP,0.00"


@pytest.mark.slow
def test_orders_in_another_currency_are_reported_with_their_number_and_amount(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", settle_seconds=0)
    settings.home.mkdir()
    shop = "sp: {title: SP, platform: shopify, currency: USD, timezone: America/New_York, language: en}\n"
    (settings.home / "shops.yaml").write_text(shop)
    rows = [row(number, "CAD" if number < 3 else "USD", "100.00") for number in range(20)]
    drop(settings, "sp/orders.csv", "\n".join([HEADER, *rows]).encode(), f"{SUNDAY + timedelta(days=1)}T02:00:00")
    take_in(settings)
    judge_unpublished(settings, SUNDAY)
    judge_unpublished(settings, SUNDAY)
    [path] = (settings.home / "outbox").glob(f"{SUNDAY}-Data*.eml")
    text = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",)).get_content()
    assert "3 orders in CAD, 300.0 in all" in " ".join(text.split())
    assert "orders.csv" in text
