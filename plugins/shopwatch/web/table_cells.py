"""Cells of a table on a page: values as text by the column's look, and as plain values for downloads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.tables import Look, TableColumn
from shopwatch.core.i18n import NOTHING, Language, Words, limit, money, number, quantity, workbook_words
from shopwatch.core.spreadsheets import visible
from shopwatch.review.wording import as_cell, change, needs_cents

Row = Mapping[str, Any]
NUMERIC = frozenset({"money", "moved", "points", "share", "ratio", "count", "number", "change", "metric", "limit"})


@dataclass(frozen=True)
class Cell:
    """One cell as text.

    ``code``: the word's code, which gives it its colour; ``path``: link, or empty; ``key``: the alert that it opens, if
    that is still open.
    """

    title: str
    text: str
    look: Look
    is_number: bool
    code: str = ""
    path: str = ""
    key: str = ""


@dataclass(frozen=True)
class Wording:
    """Texts for the cells of a page in one language."""

    say: Words
    shops: Mapping[str, str]
    departments: Mapping[str, str]

    @property
    def language(self) -> Language:
        return self.say.language

    def value(self, row: Row, name: str, column: TableColumn) -> Any:
        """The value for a download: words translated, shops and departments by title, numbers and days as they are."""
        if column.word and row[column.word]:
            return self.say(row[column.word])
        localized = f"{name}_{self.language}"
        value = as_cell(name, row[localized]) if localized in row else row.get(name)
        if column.look == "count" and isinstance(value, float) and value.is_integer():
            return int(value)
        return value if value is None or isinstance(value, date) else self._named(value, column.look)

    def _named(self, value: Any, look: Look) -> Any:
        if look == "word":
            return self.say(value) if value in self.say else value
        if look == "shop":
            return self.shops.get(value, value)
        return self.departments.get(value, value) if look == "department" else value

    def cell(self, row: Row, name: str, column: TableColumn, path: str = "", cents: bool = False) -> Cell:
        """The value as text; a missing one is a dash. ``cents``: whether whole amounts have cents too."""
        value = self.value(row, name, column)
        is_word = column.look == "word" or bool(column.word and row[column.word])
        return Cell(
            title=column.title.of(self.language),
            text=NOTHING if value is None else self._text(value, "word" if is_word else column.look, row, cents),
            look="word" if is_word else column.look,
            is_number=column.look in NUMERIC,
            code=str(row[name]) if is_word and row.get(name) else "",
            path=path,
            key=row.get("alert_key", "") if path and row.get("standing") != "resolved" else "",
        )

    def _text(self, value: Any, look: Look, row: Row, cents: bool) -> str:
        currency = str(row.get("currency") or "")
        unit = str(row.get("unit") or "number") if look in ("metric", "limit") else look
        if look == "limit":
            return limit(value, unit, self.language, currency)
        match unit:
            case "money":
                return money(value, currency, cents=cents)
            case "moved":
                return f"{'+' if value > 0 else ''}{money(value, currency, cents=cents)}"
            case "change":
                shown = change(float(value))
                return f"{shown.arrow} {shown.text}" if shown else NOTHING
            case "points":
                return number(value, "score", self.language, decimals=0)
            case "number":
                return quantity(value)
            case "word":
                return visible(value).removeprefix("! ").removeprefix("✓ ")  # the style sheet has marks of its own
            case "share" | "ratio" | "score" | "count" | "pieces" | "days" | "hours" | "seconds":
                return number(value, unit, self.language)
        return visible(value)


def with_cents(rows: Sequence[Row], columns: Mapping[str, TableColumn]) -> frozenset[str]:
    """Columns of which any amount has cents: there all have them, so that the numbers align."""
    amounts = [name for name, column in columns.items() if column.look in ("money", "moved")]
    return frozenset(name for name in amounts if needs_cents(row.get(name) for row in rows))


def wording(catalog: Catalog, language: Language, seen: Collection[str] | None = None) -> Wording:
    """Texts of the catalog's departments, and of the shops that are ``seen`` (None: all), in one language."""
    shops = {name: title for name, title in catalog.titles.items() if seen is None or name in seen}
    departments = {name: title.of(language) for name, title in catalog.departments.items()}
    return Wording(workbook_words(catalog.include, language), shops, departments)
