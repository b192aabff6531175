"""Texts of a mail about an open alert, about ranges, and about names as long as files make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from test_mail import CONVERSION, DIGEST, W46, history, html_text, many, part, sent

from shopwatch.core.i18n import Language
from shopwatch.notify.mail import LARGEST


def test_an_open_alert_says_where_its_last_number_is_no_breach_and_what_was_not_judged() -> None:
    unjudged = "此后未判断：11-16 至 11-22（样本太少）"
    cards = {
        "已不触线（警戒线 1%），尚未满足恢复条件": replace(
            CONVERSION, news="open", change="due", value=0.02, verdict="ok"
        ),
        unjudged: replace(CONVERSION, news="open", change="due", unjudged=unjudged),
    }
    for said, card in cards.items():
        mail = sent(replace(DIGEST, cards=(card,)))
        assert said in html_text(mail)
        assert said in part(mail, "plain")
    breach = part(sent(replace(DIGEST, cards=(replace(CONVERSION, news="open", change="due"),))), "plain")
    assert "不触线" not in breach
    assert "此后未判断" not in breach


def test_a_range_of_negative_limits_is_readable() -> None:
    card = replace(CONVERSION, unit="ratio", breach="outside", threshold=-2.5, threshold_high=2.5)
    assert "−2.5 至 2.5" in html_text(sent(replace(DIGEST, cards=(card,))))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("title", ["长" * 500, "🫖" * 500, "Wide " * 100], ids=["chinese", "emoji", "latin"])
def test_as_many_long_cards_as_fit_stay_under_the_size_that_clients_cut(language: Language, title: str) -> None:
    texts = dict.fromkeys(("name", "shop_title"), title)  # what files and declarations may make long
    week, seen = timedelta(weeks=1), [(n * 0.01234, "breach" if n % 2 else "ok") for n in range(12)]
    cards = many(20, **texts, history=history(W46, week, *seen), link="https://airflow.example.com/" + "x" * 100)
    mail = sent(replace(DIGEST, language=language, cards=cards))
    assert len(mail.as_bytes()) < LARGEST
    assert sum(piece.get_content_type() == "image/png" for piece in mail.walk()) >= 4
    assert title[:20] in html_text(mail)
