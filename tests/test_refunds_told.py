"""What the mails say of refunds that are unknown, or more than was paid: true, with what to do."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from files import drop
from marketplace_files import doudian_refund, doudian_refunds_csv
from order_files import doudian_csv, doudian_line
from shopwatch.settings import Settings
from warehouses import judge_and_tell, take_in

SUNDAY = date(2026, 11, 15)
MADE = "2026-11-16T01:10:00"
DAYS = [SUNDAY - timedelta(days=back) for back in range(13, -1, -1)]


def orders_of(kind: str) -> bytes:
    rows = [
        doudian_line(
            f"{kind}{number}", f"{kind}{number}-1", 订单提交时间=f"{day} 09:00:00", 支付完成时间=f"{day} 09:05:00"
        )
        for number, day in enumerate(DAYS)
    ]
    return doudian_csv(rows)


def back(kind: str, number: int, amount: str = "10.00") -> dict[str, str]:
    times = {"售后申请时间": f"{DAYS[number]} 10:00:00", "商家退款时间": f"{DAYS[number]} 11:00:00"}
    return doudian_refund(
        f"{kind}{number}",
        f"{kind}{number}",
        f"{kind}{number}-1",
        **times,
        **{"退商品金额（元）": amount, "退运费金额（元）": "0"},
    )


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All mails of a night: one shop's refund list ends on a Thursday, one's is missing, one refunded too much."""
    settings = Settings(home=tmp_path_factory.mktemp("told"), settle_seconds=0)
    settings.home.mkdir(exist_ok=True)
    shop = "platform: doudian, currency: CNY, timezone: Asia/Shanghai, language: en"
    (settings.home / "shops.yaml").write_text(
        "".join(f"{name}: {{title: Shop {name}, {shop}}}\n" for name in ("ends", "none", "more"))
    )
    lists = {"ends": [back("ends", 0), back("ends", 10)], "more": [back("more", 0), back("more", 13, "75.00")]}
    for name in ("ends", "none", "more"):
        drop(settings, f"{name}/orders.csv", orders_of(name), MADE)
        if name in lists:
            drop(settings, f"{name}/refunds.csv", doudian_refunds_csv(lists[name]), MADE)
    take_in(settings)
    judge_and_tell(settings, SUNDAY)
    return " ".join(" ".join(text_of(path).split()) for path in sorted((settings.home / "outbox").glob("*.eml")))


def text_of(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return str(message.get_body(("plain",)).get_content())


def test_a_refund_list_that_ends_too_early_is_told_with_its_last_day(mails: str) -> None:
    assert (
        "The refund list (Doudian after-sales) ends on 11-12, so refunds of orders of 11-13..11-15 are unknown" in mails
    )


def test_a_refund_list_that_never_came_is_asked_for(mails: str) -> None:
    assert "The refunds of its orders are unknown: export Doudian after-sales" in mails


def test_more_refunded_than_paid_names_shop_order_and_both_amounts(mails: str) -> None:
    assert "shop more: 1 order was refunded more than was paid for it" in mails
    assert "more13: 75.00 / 60.00 CNY" in mails
    assert "Layers differ" not in mails
