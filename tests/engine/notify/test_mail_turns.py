"""Texts of a mail about the change of an alert that was notified before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from test_mail import CONVERSION, DIGEST, html_text, part, sent

from shopwatch.core.i18n import Language

ALONE = replace(DIGEST, blocked=(), notes=())


@pytest.mark.parametrize(
    ("turn", "language", "said"),
    [
        ("worse", "zh", "恶化 · "),
        ("worse", "en", "Got worse · "),
        ("again", "zh", "更正后再次出现 · "),
        ("again", "en", "Back after a correction · "),
    ],
)
def test_a_card_says_what_is_new_about_it(turn: str, language: Language, said: str) -> None:
    mail = sent(replace(ALONE, language=language, cards=(replace(CONVERSION, change=turn),)))  # type: ignore[arg-type]
    assert said in html_text(mail)
    assert said in part(mail, "plain")


def test_what_got_worse_is_counted_apart() -> None:
    mail = sent(replace(ALONE, cards=(CONVERSION, replace(CONVERSION, key="w", change="worse"))))
    assert str(mail["Subject"]).startswith("运营 · 新增 1 项 · 恶化 1 项 · ")


def test_money_that_two_alerts_count_is_in_the_mail_once() -> None:
    week = replace(CONVERSION, key="w", entity_type="target", entity="revenue/week", at_stake=Decimal(9000))
    month = replace(week, key="m", entity="revenue/month", at_stake=Decimal(24000))
    mail = sent(replace(ALONE, cards=(month, week)))
    assert str(mail["Subject"]) == "运营 · 新增 2 项 · 青禾茶具旗舰店（演示） · ¥24,000"
    assert "涉及金额 ¥24,000（新增与未解决合计，同一笔钱只计一次）" in html_text(mail)


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("zh", "运营 · 新增 1 项 · 反复 1 项 · ", "反复出现：8 周内第 3 次"),
        ("en", "运营 · 1 new · 1 again · ", "again: 3 times in 8 weeks"),
    ],
)
def test_what_keeps_coming_back_is_one_line_and_counted_apart(language: Language, subject: str, said: str) -> None:
    again = replace(CONVERSION, key="again", name="Gaiwan", change="back", times=3, action="Look once more")
    mail = sent(replace(ALONE, language=language, cards=(again, CONVERSION)))
    assert str(mail["Subject"]).startswith(subject)
    for text in (html_text(mail), part(mail, "plain")):
        assert said in text
        assert "Gaiwan" in text
        assert "Look once more" not in text, "it is told in a line, and not in full"


def test_a_mail_of_nothing_but_what_came_back_says_so() -> None:
    mail = sent(replace(ALONE, language="en", cards=(replace(CONVERSION, change="back", times=2),)))
    assert "Nothing new; 1 alert is back" in part(mail, "plain")


def test_a_withdrawn_alert_says_what_it_was_and_what_it_is() -> None:
    withdrawn = replace(CONVERSION, news="withdrawn", was=0.0094, value=0.0104, at_stake=None)
    mail = sent(replace(ALONE, cards=(withdrawn,)))
    assert str(mail["Subject"]) == "运营 · 撤回 1 项 · 青禾茶具旗舰店（演示）"
    for text in (html_text(mail), part(mail, "plain")):
        assert "撤回：数据更正后不成立" in text
        assert "原为 0.94%，更正后 1.04%" in text


def test_who_takes_care_of_an_open_alert_is_said() -> None:
    care = "Lin 在跟进：换主图；计划：周五上线"
    mail = sent(replace(ALONE, cards=(CONVERSION, replace(CONVERSION, key="o", news="open", acknowledgement=care))))
    assert care in html_text(mail)
    assert care in part(mail, "plain")


def test_a_range_is_said_with_both_ends() -> None:
    ranged = replace(CONVERSION, breach="outside", threshold=0.01, threshold_high=0.05)
    assert "超出正常区间 1% 至 5%" in html_text(sent(replace(ALONE, cards=(ranged,))))
