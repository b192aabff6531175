"""What a mail says of an alert that is open, of ranges, and of names as long as files make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shopwatch.notify.mail import LARGEST
from shopwatch.notify.message import Language, Verdict
from test_mail import CONVERSION, DIGEST, W46, history, html_text, many, part, sent


def test_an_open_alert_says_why_where_its_last_number_is_no_breach() -> None:
    periods: dict[str, tuple[float | None, Verdict]] = {
        "最近一期未触线": (0.02, "ok"),
        "最近一期不作判断": (0.02, "no_data"),
    }
    for said, point in periods.items():
        card = replace(CONVERSION, news="open", history=history(W46, timedelta(weeks=1), (0.005, "breach"), point))
        mail = sent(replace(DIGEST, cards=(card,)))
        assert said in html_text(mail)
        assert said in part(mail, "plain")
    breach = replace(CONVERSION, news="open")
    assert "最近一期" not in part(sent(replace(DIGEST, cards=(breach,))), "plain")


def test_a_range_of_negative_limits_is_readable() -> None:
    card = replace(CONVERSION, unit="ratio", breach="outside", threshold=-2.5, threshold_high=2.5)
    assert "−2.5 至 2.5" in html_text(sent(replace(DIGEST, cards=(card,))))


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
