"""The way from a mail to the page of an alert, and mails of the newer kinds of things and units."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import pytest
from test_mail import CONVERSION, HOSTILE, NIGHT, W46, history

from shopwatch.core.i18n import Language
from shopwatch.notify.mail import LARGEST, render
from shopwatch.notify.message import Card, Digest, RevenueMove

INCLUDE = Path(__file__).resolve().parents[3] / "include"
LINK = "https://airflow.example.com/shopwatch/alert?key=c1"
HOURS = replace(
    CONVERSION,
    entity_type="carrier",
    entity="中通",
    name="中通",
    metric="refund_hours",
    metric_title="退款时长",
    unit="hours",
    breach="above",
    threshold=24.0,
    value=26.5,
    history=history(W46, timedelta(weeks=1), (20.0, "ok"), (26.5, "breach")),
)


def mail(*cards: Card, language: Language = "zh") -> EmailMessage:
    return render(Digest("运营", language, NIGHT, ("a@example.com",), cards, (), ()), INCLUDE, "a@example.com")


def bodies(message: EmailMessage) -> tuple[str, str]:
    return tuple(str(message.get_body((kind,)).get_content()) for kind in ("html", "plain"))  # type: ignore[return-value, union-attr]


@pytest.mark.parametrize(("news", "turn"), [("new", CONVERSION.change), ("open", "due")])
def test_the_name_leads_to_the_alert_in_both_parts(news: str, turn: str) -> None:
    html, text = bodies(mail(replace(CONVERSION, news=news, change=turn, link=LINK)))
    assert f'<a class="ink" href="{LINK}"><bdi>宜兴紫砂壶 石瓢</bdi></a>' in html
    assert LINK in text


def test_without_an_address_of_the_pages_nothing_is_linked() -> None:
    html, text = bodies(mail(CONVERSION))
    assert "<a " not in html
    assert "http" not in text


def test_a_hostile_name_stays_inside_its_link() -> None:
    html, _ = bodies(mail(replace(CONVERSION, name='"><script>' + HOSTILE, link=LINK)))
    assert "<script" not in html
    assert html.count("<a ") == html.count("</a>") == 1


def test_twenty_linked_cards_stay_under_the_size_that_clients_cut() -> None:
    cards = [replace(CONVERSION, key=f"k{n}", name=HOSTILE, link=f"{LINK}{n}") for n in range(20)]
    assert len(mail(*cards).as_bytes()) <= LARGEST


@pytest.mark.parametrize(
    ("language", "kind", "hours"), [("zh", "快递公司 中通", "26.5 小时"), ("en", "Carrier 中通", "26.5 h")]
)
def test_other_things_and_units_read_as_people_say_them(language: Language, kind: str, hours: str) -> None:
    html, text = bodies(mail(HOURS, language=language))
    for part in (html, text):
        assert kind in part
        assert hours in part
    assert 'alt="' in html
    assert hours in html.split('alt="')[1].split('"')[0]


def test_on_mondays_a_mail_says_what_moved_revenue() -> None:
    drivers = (
        ("factor", "orders", Decimal("-3010.00")),
        ("factor", "value_per_order", Decimal("72.00")),
        ("product", HOSTILE, Decimal("-900.50")),
    )
    move = RevenueMove("青禾", "CNY", Decimal("70611.00"), Decimal("73549.00"), drivers)
    digest = Digest("运营", "zh", NIGHT, ("a@example.com",), (CONVERSION,), (), (), moves=(move,))
    html, text = bodies(render(digest, INCLUDE, "a@example.com"))
    assert "<nobr>−¥900.50</nobr>" in html  # no line breaks behind the sign
    for part in (re.sub("</?nobr>", "", html), text):
        assert "青禾：¥70,611，比前一周的 ¥73,549 少 ¥2,938（−3.99%）" in part
        assert "因素：支付订单数 −¥3,010 · 笔单价 +¥72" in part
        assert "−¥900.50" in part
    assert "<script" not in html
