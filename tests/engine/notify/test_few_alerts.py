"""Few alerts in a mail: a budget, one cause together, open ones only with news; and what stands with each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from test_mail import CONVERSION, DIGEST, OPEN, ROAS, STOCK, W46, history, html_text, many, part, read, sent

from shopwatch.catalog.evidence import EvidenceColumn
from shopwatch.core.i18n import Language, Title, Unit
from shopwatch.notify.mail import LARGEST
from shopwatch.warehouse.evidence import EvidenceRows


def test_what_is_left_out_is_counted() -> None:
    cards = many(80) + many(40, news="open", change="due") + many(10, news="open")
    mail = sent(replace(DIGEST, cards=cards, link="https://airflow.example.com/today"))
    assert len(mail.as_bytes()) < LARGEST
    assert len(read(mail).images) == 7, "the team's budget"
    for text in (html_text(mail), part(mail, "plain")):
        assert "另有 73 项新预警未列出：支付转化率过低 73 项，涉及 ¥905,200" in text
    plain = part(mail, "plain")
    rows = len(re.findall(r"^- 警告", plain, re.MULTILINE))
    quiet = re.search(r"另有 (\d+) 项没有新情况", plain)
    assert quiet
    assert rows + int(quiet[1]) == 50
    assert plain.count("https://airflow.example.com/today") == 2
    assert part(mail, "html").count('href="https://airflow.example.com/today"') == 2


def test_open_alerts_without_news_are_only_counted() -> None:
    quiet = replace(OPEN, key="quiet", change="", entity="MM-TEX-099-01", name="Quiet")
    text = part(sent(replace(DIGEST, cards=(CONVERSION, OPEN, quiet))), "plain")
    assert "全棉四件套" in text
    assert "Quiet" not in text
    assert "另有 1 项没有新情况：支付转化率过低 1 项" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_alerts_about_one_thing_stand_together_and_count_once(language: Language) -> None:
    oversold = replace(
        STOCK, key="s3", rule="超卖", metric="stock_after_orders", metric_title="抵扣待发后库存", value=-2.0
    )
    cover = replace(STOCK, key="s4", metric_title="库存可售天数", unit="days", value=2.0, action="今天下补货单")
    elsewhere = replace(STOCK, key="s5", shop="other", shop_title="Other")
    whole = [replace(CONVERSION, key=key, entity_type="shop", entity="qinghe") for key in ("w1", "w2")]
    cards = (oversold, STOCK, elsewhere, *whole, cover)
    mail = sent(replace(DIGEST, language=language, cards=cards, most=2))
    assert len(read(mail).images) == 2
    together = {"zh": "SKU QH-TEA-016-01 共 3 项预警", "en": "3 alerts about SKU QH-TEA-016-01"}[language]
    omitted = {"zh": "另有 2 项新预警未列出", "en": "2 more new alerts: "}[language]
    for text in (html_text(mail), part(mail, "plain")):
        assert text.count(together) == 1
        assert "今天下补货单" in text
        assert omitted in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_product_stands_with_its_skus_each_by_its_name(language: Language) -> None:
    product = replace(CONVERSION, belongs_to="QH-TEA-016")
    skus = [
        replace(STOCK, key=f"s{at}", name=f"SKU {at}", entity=f"QH-TEA-016-0{at}", belongs_to="QH-TEA-016")
        for at in (1, 2)
    ]
    other = replace(STOCK, key="s9", name="SKU 9", entity="QH-TEA-017-01", belongs_to="QH-TEA-017")
    mail = sent(replace(DIGEST, language=language, cards=(product, *skus, other), most=1))
    for text in (html_text(mail), part(mail, "plain")):
        assert {"zh": "同一原因共 3 项预警", "en": "3 alerts of one cause"}[language] in text
        assert all(f"{name} · SKU QH-TEA-016-0{at} ·" in text for at, name in ((1, "SKU 1"), (2, "SKU 2")))
        assert "SKU 9" not in text, "beyond the budget"


def test_the_rows_behind_a_number_stand_with_it() -> None:
    titles: tuple[tuple[str, Unit], ...] = (("订单号", "count"), ("已超时", "hours"), ("支付金额", "money"))
    columns = tuple(EvidenceColumn(title=Title(zh=zh, en=""), unit=unit) for zh, unit in titles)
    rows = (("2811\u202e<b>", 60.25, Decimal("120.50")), ("2812", None, None))
    card = replace(CONVERSION, evidence=EvidenceRows(columns, rows, 7), link="https://airflow.example.com/alert?key=c1")
    mail = sent(replace(DIGEST, cards=(card,)))
    text = part(mail, "plain")
    assert (
        "明细：订单号 | 已超时 | 支付金额\n   - 2811<b> | 60.3 小时 | ¥120.50\n   - 2812 | — | —\n   另有 5 行" in text
    )
    for said in ("订单号", "2811<b>", "60.3 小时", "¥120.50", "另有 5 行"):
        assert said in html_text(mail)
    assert 'href="https://airflow.example.com/alert?key=c1#evidence"' in part(mail, "html")


@pytest.mark.parametrize(
    ("unit", "values", "shows"),
    [
        ("share", (0.01, 0.02), True),
        ("share", (0.01,), False),
        ("share", (None, None, 0.01), False),
        ("days", (9, 8, 7), False),
        ("days", (1, None, 2, 3), False),
        ("days", (9, 8, 8), True),
        ("pieces", (9, 8, 7), True),
    ],
)
def test_a_chart_that_shows_nothing_is_left_out(unit: Unit, values: tuple[float | None, ...], shows: bool) -> None:
    points = [(value, "no_data" if value is None else "breach") for value in values]
    card = replace(CONVERSION, unit=unit, history=history(W46, timedelta(weeks=1), *points), value=values[-1])
    mail = sent(replace(DIGEST, cards=(card, ROAS)))
    assert len(read(mail).images) == 1 + shows
    assert ("11-09 " in part(mail, "plain").split("处理建议")[0].partition("近")[2]) is shows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_big_digest_stays_small(language: Language) -> None:
    cards = many(7) + many(6, news="open", change="due")
    mail = sent(replace(DIGEST, language=language, cards=cards))
    assert len(mail.as_bytes()) < LARGEST
    full = len(read(mail).images)
    assert full == 7
    text = html_text(mail)
    assert all(card.entity in text for card in cards)
    assert len(sent(replace(DIGEST, cards=many(4))).as_bytes()) < LARGEST * 0.7
