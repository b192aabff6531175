"""The words and the written numbers."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from shopwatch.core import i18n as texts
from shopwatch.review.cells import NUMBERS
from shopwatch.review.wording import change

INCLUDE = Path(__file__).resolve().parents[3] / "include"
NIGHT = date(2026, 11, 15)
W46 = date(2026, 11, 9)


def test_every_text_is_used_in_both_languages_with_the_same_names() -> None:
    content = yaml.safe_load((INCLUDE / "mail" / "texts.yaml").read_text("utf-8"))
    for language in texts.LANGUAGES:
        say = texts.words(INCLUDE, language)
        assert all(key in say for key in content)


def test_every_text_that_a_template_names_exists() -> None:
    unknown = []
    for folder, of in (("mail", texts.words), ("page", texts.page_words)):
        say = of(INCLUDE, "en")
        for template in sorted((INCLUDE / folder).glob("*.j2")):
            keys = re.findall(r"""\bsay\(["'](\w+)["'](?! *~)""", template.read_text("utf-8"))
            unknown += [(template.name, key) for key in keys if key not in say]
    assert unknown == []


def test_texts_refuse_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "texts.yaml").write_text("hello: {zh: 你好}\n", "utf-8")
    with pytest.raises(texts.TextError, match="hello"):
        texts.words(tmp_path, "zh")
    with pytest.raises(texts.TextError, match="no_such"):
        texts.words(INCLUDE, "en")("no_such")
    with pytest.raises(texts.TextError, match="count"):
        texts.words(INCLUDE, "en")("subject_new")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (texts.number(0.0083, "share", "en"), "0.83%"),
        (texts.number(2.1, "ratio", "en"), "2.10"),
        (texts.number(7.0, "pieces", "en"), "7"),
        (texts.number(98.5, "money", "en", currency="CNY"), "¥98.50"),
        (texts.money(Decimal("73041.00"), "CNY"), "¥73,041"),
        (texts.money(Decimal("73041.50"), "CNY"), "¥73,041.50"),
        (texts.money(Decimal("-73041.00"), "CNY", cents=True), "−¥73,041.00"),
        (texts.number(None, "share", "en"), "—"),
        (texts.number(2.996, "ratio", "en", near=3), "2.996"),
        (texts.number(0.009999, "share", "en", near=0.01), "0.9999%"),
        (texts.number(0.01, "share", "en", near=0.01), "1.00%"),
        (texts.number(-0.00001, "ratio", "en"), "0.00"),
        (texts.number(26.5, "hours", "en"), "26.5 h"),
        (texts.number(26.5, "hours", "zh"), "26.5 小时"),
        (texts.number(26.5, "hours", None), "26.5"),
        (texts.number(24.001, "hours", "en", near=24), "24.001 h"),
        (texts.number(12.0, "days", "en"), "12 d"),
        (texts.number(-12.0, "days", "zh"), "−12 天"),
        (texts.number(-0.125, "share", None), "−12.50%"),
        (texts.number(4.8, "score", "en", near=4.8), "4.80"),
        (texts.limit(24, "hours", "en"), "24 h"),
        (texts.period_label(date(2026, 11, 1), "month"), "2026-11"),
        (texts.words(INCLUDE, "zh").period(date(2026, 11, 1), "month"), "2026年11月"),
        (texts.limit(-3, "days", "zh"), "−3 天"),
        (texts.limit(0.012, "share", "en"), "1.2%"),
        (texts.limit(10, "pieces", "en"), "10"),
        (texts.limit(50, "money", "en", "GBP"), "£50"),
        (texts.money(Decimal("12400.00"), "CNY"), "¥12,400"),
        (texts.money(Decimal("1234.5"), "GBP"), "£1,234.50"),
        (texts.money(Decimal("-12"), "EUR"), "−€12"),
        (texts.money(Decimal("12"), "AUD"), "AUD 12"),
        (texts.money(Decimal("1200"), "JPY"), "JP¥1,200"),
        (texts.money(None, "CNY"), "—"),
        (texts.quantity(Decimal("640.0000")), "640"),
        (texts.quantity(-1764), "−1,764"),
        (texts.quantity(None), "—"),
        (texts.moneys({"GBP": Decimal(2), "CNY": Decimal(1)}), "¥1 + £2"),
        (texts.period_label(date(2027, 1, 1), "week"), "W53"),
    ],
)
def test_numbers_are_written_as_people_read_them(written: str, expected: str) -> None:
    assert written == expected


def test_periods_are_written_as_people_read_them() -> None:
    chinese, english = (texts.words(INCLUDE, language) for language in texts.LANGUAGES)
    assert chinese.period(W46, "week") == "2026年第46周（11-09 至 11-15）"
    assert english.period(W46, "week") == "2026-W46 (11-09 – 11-15)"
    assert english.period(date(2026, 12, 28), "week") == "2026-W53 (12-28 – 01-03)"
    assert chinese.period(NIGHT, "day") == english.period(NIGHT, "day") == "2026-11-15"


@pytest.mark.parametrize(
    ("language", "grain", "expected"),
    [
        ("zh", "day", "2026-11-09 起"),
        ("zh", "week", "2026年第46周（11-09 至 11-15）起"),
        ("zh", "month", "2026年11月起"),
        ("en", "day", "since 2026-11-09"),
    ],
)
def test_a_period_from_which_on_is_spaced_as_people_write(language: texts.Language, grain: str, expected: str) -> None:
    for read in (texts.words, texts.page_words):
        say = read(INCLUDE, language)
        assert say.since(say.period(W46, grain)) == expected


@pytest.mark.parametrize("share", [0.26934, -0.26934, 0.0083, -0.039946, 0.7078, 12.5, 0.00004, -0.00006, 0])
def test_a_share_has_one_form_as_a_number_a_change_and_in_the_workbook(share: float) -> None:
    written = texts.number(share, "share", "zh")
    changed = change(share)
    assert changed is not None
    assert changed.text.lstrip("+") == written
    assert {len(piece.partition(".")[2]) for piece in re.findall(r"0\.0+", NUMBERS["share"] + NUMBERS["change"])} == {2}
    assert len(written.removesuffix("%").partition(".")[2]) == 2
    points = texts.difference(share, "share", "en")
    assert points.startswith(written.removesuffix("%")) or abs(share) < 0.0001, "more decimals, not to read 0.00"
