"""How a mail words what is new of an alert that was told before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shopwatch.notify.message import Language
from test_mail import CONVERSION, DIGEST, html_text, part, sent

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
    mail = sent(replace(ALONE, language=language, cards=(replace(CONVERSION, turn=turn),)))  # type: ignore[arg-type]
    assert said in html_text(mail)
    assert said in part(mail, "plain")


def test_what_got_worse_is_counted_apart() -> None:
    mail = sent(replace(ALONE, cards=(CONVERSION, replace(CONVERSION, key="w", turn="worse"))))
    assert str(mail["Subject"]).startswith("运营: 1 新 · 1 恶化 · ")


def test_a_withdrawn_alert_says_what_it_was_and_what_it_is() -> None:
    withdrawn = replace(CONVERSION, news="withdrawn", was=0.0094, value=0.0104, at_stake=None)
    mail = sent(replace(ALONE, cards=(withdrawn,)))
    assert str(mail["Subject"]) == "运营: 1 撤回"
    for text in (html_text(mail), part(mail, "plain")):
        assert "撤回：数据更正后不成立" in text
        assert "原为 0.94 %，更正后 1.04 %" in text


def test_who_takes_care_of_an_open_alert_is_said() -> None:
    care = "Lin 已处理：换主图；计划：周五上线"
    mail = sent(replace(ALONE, cards=(CONVERSION, replace(CONVERSION, key="o", news="open", taken_care=care))))
    assert care in html_text(mail)
    assert care in part(mail, "plain")


def test_a_range_is_said_with_both_ends() -> None:
    ranged = replace(CONVERSION, breach="outside", threshold=0.01, threshold_high=0.05)
    assert "超出正常区间 1 % – 5 %" in html_text(sent(replace(ALONE, cards=(ranged,))))
