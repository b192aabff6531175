"""What the mails say of refunds that are unknown, or more than was paid: true, with what to do."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from files import drop
from marketplace_files import jd_refund, jd_refunds
from order_files import jd_csv, jd_line
from shopwatch.core.settings import Settings
from warehouses import judge_unpublished, take_in

SUNDAY = date(2026, 11, 15)
MADE = "2026-11-16T01:10:00"
DAYS = [SUNDAY - timedelta(days=back) for back in range(13, -1, -1)]


def orders_of(kind: str) -> bytes:
    times = [{"下单时间": f"{day} 09:00:00", "付款确认时间": f"{day} 09:05:00"} for day in DAYS]
    return jd_csv([jd_line(f"{kind}{number}", **at) for number, at in enumerate(times)])


def back(kind: str, number: int, amount: str = "10.00") -> dict[str, str]:
    times = {"申请时间": f"{DAYS[number]} 10:00:00", "审核时间": f"{DAYS[number]} 11:00:00"}
    return jd_refund(f"{kind}{number}", f"{kind}{number}", 退款金额=amount, **times)


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All mails of a night: one shop's refund list ends on a Thursday, one's is missing, one refunded too much."""
    settings = Settings(home=tmp_path_factory.mktemp("told"), settle_seconds=0)
    settings.home.mkdir(exist_ok=True)
    shop = "platform: jd, currency: CNY, timezone: Asia/Shanghai, language: en"
    (settings.home / "shops.yaml").write_text(
        "".join(f"{name}: {{title: Shop {name}, {shop}}}\n" for name in ("ends", "none", "more"))
    )
    lists = {"ends": [back("ends", 0), back("ends", 10)], "more": [back("more", 0), back("more", 13, "175.00")]}
    for name in ("ends", "none", "more"):
        drop(settings, f"{name}/orders.csv", orders_of(name), MADE)
        if name in lists:
            drop(settings, f"{name}/refunds.csv", jd_refunds(lists[name]), MADE)
    take_in(settings)
    judge_unpublished(settings, SUNDAY)
    return " ".join(" ".join(text_of(path).split()) for path in sorted((settings.home / "outbox").glob("*.eml")))


def text_of(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return str(message.get_body(("plain",)).get_content())


@pytest.mark.slow
def test_a_refund_list_that_ends_too_early_is_reported_with_its_last_day(mails: str) -> None:
    """Of the refund rate, and of the hours that refunds take."""
    assert "退款列表（京东退款）只到 11-12，11-13 至 11-15 的订单是否退款未知" in mails
    assert "The refund list (JD refunds) ends on 11-12, so refunds of orders of 11-13 – 11-15 are unknown" in mails


@pytest.mark.slow
def test_a_refund_list_that_never_came_is_asked_for(mails: str) -> None:
    assert "订单的退款金额未知：请导出 京东退款，放入店铺文件夹" in mails


@pytest.mark.slow
def test_more_refunded_than_paid_names_shop_order_and_both_amounts(mails: str) -> None:
    assert "shop more: 1 order was refunded more than was paid for it" in mails
    assert "more13: 175.00 / 128.00 CNY" in mails
    assert "Layers differ" not in mails
