"""Cell formats of the workbook, and writing of values: numbers as numbers, names as harmless text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.tables import Look
from shopwatch.core.i18n import MINUS, SIGNS, TIMES, Language, Words
from shopwatch.core.spreadsheets import harmless, visible
from shopwatch.review.wording import Tone, as_cell, opening, tone

DARK, LIGHT, LINE, GREY, INPUT = "#1F4E5F", "#E8F0F2", "#D3DDE1", "#5F6D73", "#FFF8DC"
BAD, GOOD = {"bg_color": "#FDE7C7", "font_color": "#6B4100"}, {"bg_color": "#DDF1E4", "font_color": "#14532D"}
TONES: Mapping[Tone, Mapping[str, str]] = {"worse": BAD, "better": GOOD, "": {}}
WRAPPED: tuple[Look, ...] = ("prose", "name", "text", "shop")
"""Looks whose texts take as many lines as they need."""
NUMBERS: Mapping[str, str] = {
    "share": "0.00%",
    "ratio": "#,##0.00",
    "score": "0.00",
    "pieces": "#,##0",
    "count": "#,##0",
    "number": "#,##0.####",
    "days": "#,##0",
    "hours": "#,##0.0",
    "seconds": "#,##0",
    "points": "0",
    "change": '"▲ +"0.00%;"▼ −"0.00%;"＝ "0.00%',
    "day": "yyyy-mm-dd",
}
LONGEST = 1000  # maximum length of a name in a cell, in characters
COMMENT = 48  # width of a comment, in narrow characters


def neutral(text: object) -> str:
    """Text from a file as a cell value: harmless, and cut to length."""
    return harmless(visible(text)[:LONGEST])


def width_of(text: str) -> int:
    """Width of a text in narrow characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def lines_of(text: str, width: int) -> int:
    """Number of lines that a text takes in a column of that width."""
    return sum(max(math.ceil(width_of(line) / max(width - 2, 1)), 1) for line in text.split("\n"))


class Pen:
    """Writer of one workbook in one language; equal cells share a format."""

    def __init__(self, book: Workbook, say: Words, catalog: Catalog, shops: Mapping[str, str]) -> None:
        """``shops``: name -> title."""
        self.book = book
        self.say = say
        self.shops = shops
        self.departments = {name: title.of(say.language) for name, title in catalog.departments.items()}
        self._metrics = catalog.metrics
        self._formats: dict[frozenset[tuple[str, Any]], Format] = {}

    @property
    def language(self) -> Language:
        return self.say.language

    def style(self, **looks: Any) -> Format:
        """Format with these properties, in the language's font."""
        key = frozenset({"font_name": self.say("font"), "font_size": 10, "valign": "vcenter", **looks}.items())
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def boxed(self, **looks: Any) -> Format:
        """Format of a table cell."""
        return self.style(**{"border": 1, "border_color": LINE, **looks})

    def head(self, **looks: Any) -> Format:
        """Format of a table head."""
        base = {"bold": True, "align": "center", "text_wrap": True, "bg_color": DARK, "font_color": "#FFFFFF"}
        return self.boxed(**{**base, **looks})

    def localized(self, row: Mapping[str, Any], name: str) -> Any:
        """The row's value; for a column in two languages, that of the reader's language."""
        localized = f"{name}_{self.language}"
        return as_cell(name, row[localized]) if localized in row else row[name]

    def put(
        self, sheet: Worksheet, at: tuple[int, int], value: Any, look: Look, row: Mapping[str, Any], **more: Any
    ) -> None:
        """Write one value; None leaves a formatted empty cell. ``row`` has unit and currency where needed."""
        looks = {"num_format": number_format(look, row, self.language), "align": _align(look), **more}
        if look in WRAPPED:
            looks.setdefault("text_wrap", True)
        if looks["align"] != "center":
            looks["indent"] = 1
        style = self.boxed(**looks)
        if value is None:
            sheet.write_blank(*at, None, style)
        elif isinstance(value, date):
            sheet.write_datetime(*at, value, style)
        elif isinstance(value, int | float | Decimal):
            sheet.write_number(*at, float(value), style)
        else:
            sheet.write_string(*at, self.text(value, look), style)

    def colours(self, row: Mapping[str, Any], change: float | None, metric: str | None) -> Mapping[str, str]:
        """Colours of a KPI's change; none for a week that is not over or lacks days."""
        completeness = row.get("completeness")
        if not row.get("is_closed", True) or (completeness is not None and completeness < 1):
            return {}
        found = self._metrics.get(metric or row.get("metric") or "")
        return TONES[tone(change, found.head.direction if found else None)]

    def explain(self, sheet: Worksheet, at: tuple[int, int], *texts: str) -> None:
        """Attach a comment to a cell: a line per text."""
        lines = [text for text in texts if text]
        if lines:
            height = 18 * sum(lines_of(text, COMMENT) for text in lines) + 12
            size = {"width": COMMENT * 7 + 10, "height": min(height, 400), "font_size": 9}
            sheet.write_comment(*at, "\n".join(lines), {"author": "shopwatch", "font_name": self.say("font"), **size})

    def define(self, sheet: Worksheet, at: tuple[int, int], metric: str | None) -> None:
        """Attach the KPI's definition and caveat to a cell."""
        found = self._metrics.get(metric or "")
        if found:
            head, language = found.head, self.language
            self.explain(sheet, at, *(opening(text.of(language)) for text in (head.definition, head.caveat)))

    def text(self, value: Any, look: Look) -> str:
        """Text of a value by the column's look: our own words unchanged, names from files made harmless."""
        if look == "word":
            return self.say(value)
        if look == "shop":
            return neutral(self.shops.get(value, value))
        return neutral(self.departments.get(value, value) if look == "department" else value)


def number_format(look: Look, row: Mapping[str, Any], language: Language, cents: bool = True) -> str:
    """Number format of a value: money with the row's currency, a metric in the row's unit.

    Columns of money have ``cents``; a single amount has none if it is whole.

    Negative numbers are shown with a true minus sign; the cell keeps the number.
    """
    unit = str(row.get("unit") or "number") if look in ("metric", "limit") else look
    if unit in ("money", "moved"):
        currency = str(row.get("currency") or "")
        sign = SIGNS.get(currency, f"{currency} " if currency else "")
        plain = f'"{sign}"#,##0{".00" if cents else ""}'
        return f'{plain};"{MINUS}"{plain}' if unit == "money" else f'"▲ +"{plain};"▼ {MINUS}"{plain};{plain}'
    if unit not in NUMBERS:
        return "@" if unit in ("id", "text", "name") else "General"
    written = NUMBERS[unit] + (f'"{TIMES[language][unit]}"' if unit in TIMES[language] else "")
    return written if unit in ("change", "day") else f'{written};"{MINUS}"{written}'


def _align(look: Look) -> str:
    if look in ("money", "moved", "points", "share", "ratio", "count", "number", "change", "metric", "limit"):
        return "right"
    return "center" if look in ("day", "word", "department") else "left"
