"""The page's own words, and numbers as the page writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

from shopwatch.core.i18n import MINUS, NOTHING, SIGNS, Language, TextError, Words
from shopwatch.core.strict_yaml import read_yaml

Number = Decimal | float | int
CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10, 13)}


def page_words(include: Path, language: Language) -> Words:
    """The words of ``<include>/page/texts.yaml`` in one language, read once per process.

    Raises TextError where a text is not said in both languages.
    """
    return Words(language, _texts(include / "page" / "texts.yaml", language))


def workbook_words(include: Path, language: Language) -> Words:
    """The words of ``<include>/workbook/texts.yaml``, read and checked as `page_words`."""
    return Words(language, _texts(include / "workbook" / "texts.yaml", language))


@lru_cache(maxsize=8)
def _texts(path: Path, language: Language) -> Mapping[str, Mapping[str, str]]:
    content = read_yaml(path)
    assert isinstance(content, dict)
    texts = {}
    for key, entry in content.items():
        if not isinstance(entry, dict) or set(entry) != {"zh", "en"}:
            raise TextError(f"{path}: {key}: say it as {{zh: ..., en: ...}}")
        said = entry[language]
        texts[key] = said if isinstance(said, dict) else {"other": str(said)}
    return texts


@dataclass(frozen=True)
class Change:
    """A change as it is shown: its sign is in the text, its direction in the arrow."""

    arrow: str
    text: str


def change(share: float | None) -> Change | None:
    """``▲ +3.0 %``, ``▼ −4.0 %``, ``＝ 0.0 %``; None where there is none."""
    if share is None:
        return None
    percent = _rounded(Decimal(repr(share)) * 100, 1)
    if percent == 0:
        return Change("＝", "0.0 %")
    return Change("▲", f"+{percent:,} %") if percent > 0 else Change("▼", f"{MINUS}{-percent:,} %")


def amount(value: Number | None, currency: str, cents: bool = True) -> str:
    """``¥70,610.70``, ``−£12.00``, ``AUD 12.00``; None is ``—``."""
    if value is None:
        return NOTHING
    rounded = _rounded(value if isinstance(value, Decimal) else Decimal(repr(value)), 2 if cents else 0)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{SIGNS.get(currency, f'{currency} ')}{abs(rounded):,}"


def needs_cents(values: Iterable[Number | None]) -> bool:
    """Whether a column of money has to show cents: all its numbers then do, so that they line up."""
    return any(value is not None and value != int(value) for value in values)


def shown(name: object) -> str:
    """A name from a file, fit to stand in a page: control characters are made visible."""
    return str(name).translate(CONTROLS)


def opening(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _rounded(value: Decimal, decimals: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded
