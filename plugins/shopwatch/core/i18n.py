"""Texts and number formats for people, in Chinese and English."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import TextError
from shopwatch.core.strict_yaml import read_yaml

Language = Literal["zh", "en"]
NOTHING = "—"
SIGNS = {"CNY": "¥", "GBP": "£", "USD": "$", "EUR": "€", "JPY": "JP¥"}
LANGUAGES: tuple[Language, ...] = ("zh", "en")
MOST_DECIMALS = 6

Unit = Literal["share", "ratio", "money", "pieces", "count", "days", "hours", "seconds", "score"]
"""Unit of a KPI; determines the number format."""
TIMES: Mapping[Language, Mapping[str, str]] = {
    "zh": {"days": " 天", "hours": " 小时", "seconds": " 秒"},
    "en": {"days": " d", "hours": " h", "seconds": " s"},
}
TO: Mapping[Language, str] = {"zh": " 至 ", "en": " to "}
DASH: Mapping[Language, str] = {"zh": " 至 ", "en": " – "}
LISTED: Mapping[Language, str] = {"zh": "、", "en": ", "}
POINTS: Mapping[Language, str] = {"zh": " 个百分点", "en": " pp"}
MINUS = "\N{MINUS SIGN}"
PLAIN = ("pieces", "count", "days", "hours", "seconds")  # no trailing zeros: 12, not 12.00


class Title(Declaration):
    """Text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Text in the given language."""
        return self.zh if language == "zh" else self.en


Forms = Mapping[str, str]
"""Plural forms of one text: ``other``, and ``one`` if the language has it."""


class Words:
    """Texts of one language: ``words("since")``, ``words("subject_new", count=3)``."""

    def __init__(self, language: Language, texts: Mapping[str, Forms]) -> None:
        """Wrap texts that `words` has read and checked."""
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """Format a text; ``count`` selects the plural form. Raises TextError for an unknown key or a missing value."""
        forms = self._texts.get(key)
        if forms is None:
            raise TextError(f"texts.yaml has no {key!r}")
        text = forms["one"] if values.get("count") == 1 and "one" in forms else forms["other"]
        try:
            return text.format(**values)
        except KeyError as missing:
            raise TextError(f"texts.yaml: {key} needs {missing}") from missing

    def __contains__(self, key: object) -> bool:
        """True if the key has a text."""
        return key in self._texts

    def first_of(self, parts: Sequence[str], most: int) -> str:
        """The first ``most`` parts as a list, marked if there are others."""
        listed = self("comma_of_list").join(parts[:most])
        return self("and_others", listed=listed) if len(parts) > most else listed

    def period(self, start: date, grain: str) -> str:
        """Period in long form: ``2026-11-15``, ``2026-W46 (11-09 – 11-15)``, ``2026年第46周（…）``, ``2026-11``."""
        if grain == "day":
            return start.isoformat()
        if grain == "month":
            return f"{start:%Y年%-m月}" if self.language == "zh" else f"{start:%Y-%m}"
        year, week, _ = start.isocalendar()
        days = days_label(start, grain, self.language)
        return f"{year}年第{week}周（{days}）" if self.language == "zh" else f"{year}-W{week:02} ({days})"

    def since(self, period: str) -> str:
        """Period from which on: ``since 2026-11-15``, ``2026-11-15 起``, ``2026年第46周（…）起``."""
        is_spaced = self.language == "zh" and period[-1:].isdigit()
        return self("since_row", since=f"{period} " if is_spaced else period)

    def day(self, day: date) -> str:
        """Day with weekday: ``2026-11-15 周日``, ``Sun 2026-11-15``."""
        weekday = self("weekdays").split()[day.weekday()]
        return f"{day} {weekday}" if self.language == "zh" else f"{weekday} {day}"


@lru_cache(maxsize=16)  # a mail asks once for each alert
def words(include: Path, language: Language) -> Words:
    """Texts of ``<include>/mail/texts.yaml`` in one language, cached per process.

    Raises TextError if a text lacks a language, or if the placeholders of the two languages differ.
    """
    return Words(language, _read(include / "mail" / "texts.yaml")[language])


def page_words(include: Path, language: Language) -> Words:
    """Texts of ``<include>/page/texts.yaml`` in one language, cached and checked like `words`."""
    return Words(language, _read(include / "page" / "texts.yaml")[language])


def workbook_words(include: Path, language: Language) -> Words:
    """Texts of ``<include>/workbook/texts.yaml`` in one language, cached and checked like `words`."""
    return Words(language, _read(include / "workbook" / "texts.yaml")[language])


def reasons(include: Path, language: Language) -> Words:
    """Sentences of ``<include>/reasons.yaml`` in one language, keyed by code; cached and checked like `words`."""
    return Words(language, _read(include / "reasons.yaml")[language])


@lru_cache(maxsize=8)
def _read(path: Path) -> dict[Language, dict[str, Forms]]:
    content = read_yaml(path)
    assert isinstance(content, dict)
    texts: dict[Language, dict[str, Forms]] = {language: {} for language in LANGUAGES}
    for key, entry in content.items():
        if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
            raise TextError(f"{path}: {key}: write it as {{zh: ..., en: ...}}")
        for language in LANGUAGES:
            texts[language][key] = _forms(path, key, entry[language])
        if len({_names(text) for language in LANGUAGES for text in texts[language][key].values()}) > 1:
            raise TextError(f"{path}: {key}: the languages fill in different names")
    return texts


def _forms(path: Path, key: str, text: object) -> Forms:
    if isinstance(text, str):
        return {"other": text}
    if isinstance(text, dict) and set(text) == {"one", "other"} and all(isinstance(t, str) for t in text.values()):
        return {form: str(words) for form, words in text.items()}
    raise TextError(f"{path}: {key}: a text, or {{one: ..., other: ...}}")


def _names(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def _exact(value: float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _rounded(value: Decimal, decimals: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def number(
    value: float | Decimal | None,
    unit: str,
    language: Language | None,
    near: float | None = None,
    decimals: int = 2,
    currency: str = "",
) -> str:
    """Format a metric's value with its unit: ``0.83%``, ``−2.10``, ``7``, ``26.5 h``, ``¥98.50``; None is ``—``.

    Without a language, durations carry no unit (charts name it in their text).
    ``near``: a limit. Decimals are added, up to 6, until a value that differs from the limit also looks different:
    2.996 against 3 is ``2.996``.
    """
    if value is None:
        return NOTHING
    if unit == "money":
        return money(value, currency, near)
    hundred = 100 if unit == "share" else 1
    exact = _exact(value) * hundred
    decimals = _decimals(exact, None if near is None else _exact(near) * hundred, decimals)
    text = _plain(exact, decimals) if unit in PLAIN else f"{_rounded(exact, decimals):,}"
    return signed(text) + unit_sign(unit, language)


def _decimals(exact: Decimal, near: Decimal | None, decimals: int) -> int:
    """Decimals, at least the given ones, with which a value looks equal to a limit only if it is."""
    while near is not None and decimals < MOST_DECIMALS:
        if (_rounded(exact, decimals) != _rounded(near, decimals)) or exact == near == _rounded(near, decimals):
            break
        decimals += 1
    return decimals


def unit_sign(unit: str, language: Language | None) -> str:
    """Suffix of a number in the unit, with its space: ``%``, `` 天``; empty for most units."""
    return "%" if unit == "share" else TIMES[language].get(unit, "") if language else ""


def signed(text: str) -> str:
    """Replace hyphens in a formatted number by a true minus sign."""
    return text.replace("-", MINUS)


def limit(value: float, unit: str, language: Language | None, currency: str = "") -> str:
    """Format a threshold without trailing zeros: ``1%``, ``1.2%``, ``3``, ``10 d``, ``¥50``."""
    if unit == "money":
        return money(value, currency, near=value)
    exact = _exact(value) * (100 if unit == "share" else 1)
    return signed(_plain(exact, MOST_DECIMALS)) + unit_sign(unit, language)


def limits(low: float, high: float, unit: str, language: Language, currency: str = "") -> str:
    """Format a range: ``3 d to 12 d``, ``−2.5 至 2.5``; a single limit if both are equal."""
    texts = [limit(bound, unit, language, currency) for bound in dict.fromkeys((low, high))]
    return TO[language].join(texts)


def quantity(value: float | Decimal | None) -> str:
    """Format a count or an amount without unit: ``640``, ``−1,764``, ``12.5``; None is ``—``."""
    return NOTHING if value is None else signed(_plain(_exact(value)))


def money(amount: float | Decimal | None, currency: str, near: float | None = None, cents: bool = False) -> str:
    """Format money: ``¥12,400``, ``£1,234.50``, ``−AUD 12``; whole amounts without cents; None is ``—``.

    ``near``: a limit, which gets an amount that differs from it more decimals, as in `number`. ``cents``: True in a
    column of a table of which any amount has cents, so that its numbers align.
    """
    if amount is None:
        return NOTHING
    decimals = _decimals(_exact(amount), None if near is None else _exact(near), 2)
    rounded = _rounded(_exact(amount), decimals)
    is_whole = rounded == rounded.to_integral_value() and not cents
    text = f"{abs(rounded):,.{0 if is_whole else decimals}f}"
    sign = SIGNS.get(currency, f"{currency} " if currency else "")
    return f"{MINUS if rounded < 0 else ''}{sign}{text}"


def moneys(amounts: Mapping[str, Decimal]) -> str:
    """Format amounts by currency, joined and never added up: ``¥12,400 + £99.50``; empty if all are zero."""
    return " + ".join(money(amount, currency) for currency, amount in sorted(amounts.items()) if amount)


def in_language(words: Iterable[str], language: Language) -> tuple[str, ...]:
    """A contract's words in one language: Chinese words contain Chinese characters. All words if none is in it."""
    every = tuple(words)
    return tuple(word for word in every if _is_chinese(word) == (language == "zh")) or every


def _is_chinese(word: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in word)


def period_label(start: date, grain: str) -> str:
    """Shortest label of a period: ``W46``, ``11-15``, ``2026-11``."""
    if grain == "week":
        return f"W{start.isocalendar().week:02}"
    return f"{start:%Y-%m}" if grain == "month" else f"{start:%m-%d}"


def days_label(start: date, grain: str, language: Language) -> str:
    """Days of a period: ``11-09 – 11-15``, ``11-09 至 11-15``, ``11-15``, ``2026-11``."""
    if grain != "week":
        return period_label(start, grain)
    return f"{start:%m-%d}{DASH[language]}{start + timedelta(days=6):%m-%d}"


def first_day_label(start: date, grain: str) -> str:
    """Label of a period in a chart: its first day, ``11-09``, since few know week numbers; ``2026-11``."""
    return f"{start:%Y-%m}" if grain == "month" else f"{start:%m-%d}"


def day_ranges(days: Iterable[date], language: Language) -> str:
    """Format days in order, consecutive days as a range: ``09-15 – 09-20, 09-23``, ``09-15 至 09-20、09-23``."""
    ranges: list[list[date]] = []
    for day in days:
        if ranges and day - ranges[-1][-1] == timedelta(days=1):
            ranges[-1][1:] = [day]
        else:
            ranges.append([day])
    return LISTED[language].join(DASH[language].join(f"{day:%m-%d}" for day in one) for one in ranges)


def difference(value: float | None, unit: str, language: Language, currency: str = "") -> str:
    """Format the distance of a number from a limit: ``−0.35 pp``, ``−0.50``, ``¥12``; None is ``—``.

    Shares differ by percentage points, because a per cent of a per cent is a different number.
    """
    if unit == "share" and value is not None:
        return number(value * 100, "ratio", language, near=0) + POINTS[language]
    return number(value, unit, language, near=0, currency=currency)


def _plain(value: Decimal, decimals: int = 2) -> str:
    text = f"{_rounded(value, decimals):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
