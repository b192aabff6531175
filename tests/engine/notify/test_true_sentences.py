"""Every sentence of a mail about two numbers is true of these numbers as shown, in both languages."""

from __future__ import annotations

import operator
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwatch.core.i18n import Language, money, page_words, words
from shopwatch.core.settings import Settings
from shopwatch.notify.message import Card, Digest, RevenueMove
from shopwatch.notify.view import card_view, page
from shopwatch.review.sections import headline
from shopwatch.review.tables import Week

INCLUDE = Settings().include
NIGHT = date(2026, 11, 15)
UNITS = ("share", "ratio", "money", "pieces", "count", "days", "hours", "seconds", "score")
COMPARISONS = {"below": operator.lt, "above": operator.gt, "at_most": operator.le, "at_least": operator.ge}
SAID = {  # what the sentence says -> the comparison
    "低于警戒线": operator.lt,
    "高于警戒线": operator.gt,
    "不高于": operator.le,
    "不低于": operator.ge,
    "^below the limit": operator.lt,
    "^above the limit": operator.gt,
    "at or below": operator.le,
    "at or above": operator.ge,
}
NUMBER = re.compile(r"−?(?:¥|£|AUD )?\d[\d,]*(?:\.\d+)?")
languages = st.sampled_from(("zh", "en"))
values = st.decimals("-3000", "3000", places=5).map(float)
revenues = st.decimals("0", "100000", places=2)


def numbers(text: str) -> list[Decimal]:
    return [Decimal(re.sub(r"[^\d.−]", "", one).replace("−", "-")) for one in NUMBER.findall(text)]


@st.composite
def cards(draw: st.DrawFn) -> Card:
    comparison = draw(st.sampled_from(tuple(COMPARISONS)))
    threshold = draw(st.one_of(values, st.integers(-50, 100).map(float)))
    step = draw(st.one_of(st.sampled_from((0.0, 1e-5, -1e-5, 0.001, -0.004)), values))
    value = round(threshold + step, 5)
    is_breach = COMPARISONS[comparison](value, threshold)
    return _example(
        severity=draw(st.sampled_from(("warning", "critical"))),
        unit=draw(st.sampled_from(UNITS)),
        breach=comparison,
        threshold=threshold,
        value=value,
        currency=draw(st.sampled_from(("CNY", "AUD"))),
        verdict="breach" if is_breach else "ok",
    )


@given(st.data())
def test_a_value_stands_as_it_is_said_to_its_limit(data: st.DataObject) -> None:
    language = data.draw(languages)
    card = data.draw(cards())
    view = card_view(card, words(INCLUDE, language))
    (value,), (limit,) = numbers(view.value), numbers(view.against)
    assert view.against in view.sentence
    said = [compare for text, compare in SAID.items() if re.search(text, view.against)]
    if card.verdict == "breach":
        (compare,) = said
        assert compare(value, limit), view.sentence
    else:
        assert not said, view.sentence


@given(languages, revenues, revenues)
def test_a_move_of_revenue_adds_up(language: Language, revenue: Decimal, before: Decimal) -> None:
    digest = Digest("t", language, NIGHT, (), (), (), (), (), (RevenueMove("店", "CNY", revenue, before, ()),))
    (title,) = (move.title for move in page(digest, words(INCLUDE, language), 1, 1).moves)
    said = numbers(title)
    assert said[0] == revenue
    if revenue == before:
        assert "相同" in title or "the same as" in title
        return
    is_up = re.search("多|up", title) is not None
    assert is_up == (revenue > before)
    amounts = [Decimal(one.replace(",", "")) for one in re.findall(r"¥(\d[\d,]*(?:\.\d+)?)", title)]
    assert sorted(amounts) == sorted((revenue, before, abs(revenue - before)))
    share = re.search(r"[+−]([\d,.]+)%", title)
    assert (share is None) == (before == 0)
    if share:
        assert ("+" in title) == is_up
        exact = abs(revenue - before) / before * 100
        assert abs(Decimal(share[1].replace(",", "")) - exact) <= Decimal("0.005")
        assert Decimal(share[1].replace(",", "")) > 0 or exact < Decimal("0.0000005")


@given(languages, revenues.filter(bool), revenues.filter(bool))
def test_the_headline_of_a_week_is_true(language: Language, revenue: Decimal, before: Decimal) -> None:
    week = Week(date(2026, 11, 9), True, NIGHT)
    row = {"revenue": revenue, "revenue_change": float(revenue / before) - 1, "event": None}
    row |= {"completeness": 1.0, "completeness_last_week": 1.0}
    shop = {"currency": "CNY", "any_kind": week.start}
    text = headline(page_words(INCLUDE, language), week, shop, row)
    assert f"¥{revenue:,.2f}".removesuffix(".00") in text
    up, down = (re.search(said, text) is not None for said in ("增长|up", "下降|down"))
    assert up <= (revenue > before)
    assert down <= (revenue < before)
    if not up and not down:
        assert re.search("基本持平|about the same", text)
        assert abs(revenue / before - 1) < Decimal("0.00006")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_alert_that_got_worse_is_not_counted_as_new(language: Language) -> None:
    data: dict[str, Any] = {"change": "worse", "severity": "critical"}
    card = _example(**data)
    digest = Digest("t", language, NIGHT, (), (card,), (), (), ())
    view = page(digest, words(INCLUDE, language), 5, 5)
    assert not re.search(r"\d+ (?:项新|new)", view.headline)
    assert re.search("恶化|worse", view.headline)
    mixed = page(Digest("t", language, NIGHT, (), (card, _example()), (), (), ()), words(INCLUDE, language), 5, 5)
    assert numbers(mixed.headline) == [1]
    assert any(re.search("恶化|worse", fact) for fact in mixed.facts)


def _example(**of: Any) -> Card:
    texts = dict.fromkeys(("numerator_title", "denominator_title", "message", "action", "manual", "owner"), "x")
    base: dict[str, Any] = {"key": "k", "rule": "r", "news": "new", "severity": "warning", "shop": "s"}
    base |= {"shop_title": "店", "entity_type": "sku", "entity": "e", "name": "x", "metric": "m", "metric_title": "x"}
    base |= {"unit": "pieces", "breach": "at_most", "threshold": 10.0, "value": 4.0, "numerator": None}
    base |= {"denominator": None, "grain": "day", "since": NIGHT, "period": NIGHT, "history": ()}
    return Card(**base | {"at_stake": None, "at_stake_title": "", "currency": "CNY"} | texts | of)


def test_money_close_to_its_limit_looks_different() -> None:
    assert money(59.999, "CNY", near=60.0) == "¥59.999"
    assert money(59.5, "CNY", near=60.0) == "¥59.50"
    assert money(60, "CNY", near=60.0) == "¥60"
