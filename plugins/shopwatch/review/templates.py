"""Workbooks for people to fill in, generated from the contracts that read them."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import ColumnType, Contract, TemplateCell
from shopwatch.core.durable import write_whole
from shopwatch.core.i18n import Language, Title, in_language
from shopwatch.core.strict_yaml import read_yaml

Value = str | float | date

HEAD = 3  # row of the headers, from 0; the example follows
LAST = 2000  # last row with drop-downs and validation
MADE = datetime(2026, 1, 1)  # fixed, so that the same contract always gives the same bytes
DAYS = {"minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31)}

FORMATS: dict[ColumnType, str] = {
    "id": "@",
    "pseudonym": "@",
    "text": "@",
    "money": "#,##0.00",
    "price": "#,##0.00",
    "count": "#,##0",
    "ratio": "0.00%",
    "score": "0.0",
    "day": "yyyy-mm-dd",
    "timestamp": "yyyy-mm-dd hh:mm",
}
RIGHT = frozenset({"money", "price", "count", "ratio", "score"})
CENTRED = frozenset({"category", "day", "timestamp", "province", "city"})
DARK, LIGHT, LINE, GREY, NOTE = "#1F4E5F", "#DFEBEF", "#D3DDE1", "#8A979D", "#FFFBE8"


@dataclass(frozen=True)
class TemplateField:
    """One column of a template in one language. ``free``: values outside ``choices`` are allowed."""

    header: str
    type: ColumnType
    cell: TemplateCell
    note: str
    example: Value
    required: bool
    choices: tuple[str, ...] = ()
    free: bool = False
    low: float = 0
    high: float | None = None


def write_templates(catalog: Catalog, folder: Path, language: Language) -> tuple[list[Path], list[Path]]:
    """Write a workbook for each contract with a template; returns the written paths and the kept ones.

    An existing file is never changed: somebody may have filled it in.
    """
    texts = TypeAdapter(dict[str, Title]).validate_python(read_yaml(catalog.include / "templates" / "texts.yaml"))
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    kept: list[Path] = []
    for contract in catalog.contracts.values():
        if contract.template:
            path = folder / f"{contract.title.of(language)}.xlsx"
            if path.exists():
                kept.append(path)
                continue
            _Book(contract, language, texts).write(path)
            written.append(path)
    return written, kept


def filled_workbook(
    include: Path,
    contract: Contract,
    language: Language,
    rows: Sequence[Mapping[str, Value]],
    own: Sequence[str] = (),
) -> bytes:
    """A contract's workbook as a user returns it: one line per row, below the example.

    A row contains the contract's columns that it fills; ``own`` are headers of columns that a user added on the right,
    filled under the same names.
    """
    texts = TypeAdapter(dict[str, Title]).validate_python(read_yaml(include / "templates" / "texts.yaml"))
    return _Book(contract, language, texts).content(rows, own)


def mark(contract: Contract, language: Language) -> tuple[str, str]:
    """Header of the first column, and the word in it that marks a line as an example."""
    header = in_language(contract.skip, language)[0]
    return header, contract.skip[header][0].rstrip("*")


def fields(contract: Contract, language: Language) -> list[TemplateField]:
    """Columns of a template, in the order of its contract."""
    assert contract.template is not None
    checks = contract.all_checks()
    needed = {c.column for c in checks if c.expect == "not_null" and c.level == "fail"}
    needed |= set() if isinstance(contract.day, str) else set(contract.day)
    limits = {check.column: check for check in checks if check.expect == "between" and not check.where}
    found = []
    for name, column in contract.columns.items():
        cell, limit = contract.template.cells[name], limits.get(name)
        found.append(
            TemplateField(
                header=in_language(column.headers, language)[0],
                type=column.type,
                cell=cell,
                note=cell.note.of(language),
                example=cell.example.of(language) if isinstance(cell.example, Title) else cell.example,
                required=name in needed,
                choices=in_language(column.values, language) or tuple(t.of(language) for t in cell.suggest),
                free=bool(cell.suggest),
                low=limit.min if limit and limit.min is not None else 0,
                high=limit.max if limit else None,
            )
        )
    return found


def _width(text: str) -> int:
    """Width of a text in narrow characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


class _Book:
    """One workbook: the sheet to fill in, the guide, and the hidden lists of the drop-downs."""

    def __init__(self, contract: Contract, language: Language, texts: dict[str, Title]) -> None:
        self.contract = contract
        self.language = language
        self.texts = texts
        self.fields = fields(contract, language)
        self.mark, self.example = mark(contract, language)
        self.formats: dict[frozenset[tuple[str, Any]], Format] = {}

    def say(self, key: str, **values: object) -> str:
        return self.texts[key].of(self.language).format(**values)

    def write(self, path: Path) -> None:
        """Write the file atomically."""
        write_whole(path, self.content())

    def content(self, rows: Sequence[Mapping[str, Value]] = (), own: Sequence[str] = ()) -> bytes:
        """Bytes of the workbook, with rows filled in."""
        content = io.BytesIO()
        with Workbook(content, {"in_memory": True}) as book:
            book.set_properties({"title": self.contract.title.of(self.language), "created": MADE})
            self.book = book
            sheet = book.add_worksheet(self.contract.title.of(self.language))
            guide = book.add_worksheet(self.say("guide"))
            lists = book.add_worksheet(self.say("lists"))
            self._head(sheet)
            for at, field in enumerate(self.fields, start=1):
                self._column(sheet, at, field)
                self._validate(sheet, lists, at, field)
            self._rows(sheet, rows, own)
            self._page(sheet)
            sheet.repeat_rows(HEAD)
            self._guide(guide)
            lists.hide()
        return content.getvalue()

    def style(self, **looks: Any) -> Format:
        """One shared format for cells that look alike."""
        key = frozenset({"font_name": self.say("font"), "font_size": 10, "valign": "vcenter", **looks}.items())
        if key not in self.formats:
            self.formats[key] = self.book.add_format(dict(key))
        return self.formats[key]

    def _head(self, sheet: Worksheet) -> None:
        """Write the title, the instructions and the column of the example mark."""
        plain = self.style()
        sheet.set_default_row(21)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, _width(self.mark) + 4, self.style(font_color=GREY, align="center", **_box()))
        sheet.set_row(0, 34, plain)
        sheet.write_string(
            0, 0, self.contract.title.of(self.language), self.style(font_size=18, bold=True, font_color=DARK)
        )
        assert self.contract.template is not None
        across = sum(_column_width(field) for field in self.fields)
        for row, text in enumerate((self.contract.template.hint.of(self.language), self.say("legend")), start=1):
            sheet.set_row(row, 15 * math.ceil(_width(text) / across) + 7, plain)
            sheet.merge_range(row, 0, row, len(self.fields), text, self.style(font_color="#4A5960", text_wrap=True))
        sheet.set_row(HEAD, 30)
        sheet.write_string(HEAD, 0, self.mark, self._header(required=False))
        self._comment(sheet, 0, self.say("mark", word=self.example))
        sheet.write_string(
            HEAD + 1, 0, self.example, self.style(font_color=GREY, italic=True, align="center", **_box())
        )
        sheet.freeze_panes(HEAD + 1, 0)
        sheet.set_selection(HEAD + 2, 1, HEAD + 2, 1)

    def _header(self, *, required: bool) -> Format:
        colours = {"bg_color": DARK, "font_color": "#FFFFFF"} if required else {"bg_color": LIGHT, "font_color": DARK}
        return self.style(bold=True, align="center", text_wrap=True, **colours, **_box())

    def _comment(self, sheet: Worksheet, at: int, text: str) -> None:
        lines = math.ceil(_width(text) / 30) + text.count("\n") + 1
        size = {"x_scale": 1.7, "y_scale": max(0.4, lines * 0.2), "color": NOTE}
        font = {"font_name": self.say("font"), "font_size": 9}
        sheet.write_comment(HEAD, at, text, {"author": self.say("author"), **size, **font})

    def _column(self, sheet: Worksheet, at: int, field: TemplateField) -> None:
        align = "right" if field.type in RIGHT else "center" if field.type in CENTRED else "left"
        indent = 0 if align == "center" else 1
        wrap = field.type == "text"
        looks = {"num_format": _number_format(field), "align": align, "indent": indent, "text_wrap": wrap, **_box()}
        sheet.set_column(at, at, _column_width(field), self.style(**looks))
        sheet.write_string(HEAD, at, field.header, self._header(required=field.required))
        needed = self.say("must" if field.required else "may")
        self._comment(sheet, at, f"{field.header} · {needed}\n{field.note}")
        example = self.style(**looks, italic=True, font_color=GREY)
        _fill(sheet, HEAD + 1, at, field.example, example)

    def _rows(self, sheet: Worksheet, rows: Sequence[Mapping[str, Value]], own: Sequence[str]) -> None:
        looks = [self.style(num_format=_number_format(field), **_box()) for field in self.fields]
        plain, first_own = self.style(**_box()), len(self.fields) + 1
        for at, header in enumerate(own, start=first_own):
            sheet.write_string(HEAD, at, header, self._header(required=False))
        for number, row in enumerate(rows, start=HEAD + 2):
            for at, (name, look) in enumerate(zip(self.contract.columns, looks, strict=True), start=1):
                _fill(sheet, number, at, row.get(name), look)
            for at, header in enumerate(own, start=first_own):
                _fill(sheet, number, at, row.get(header), plain)

    def _validate(self, sheet: Worksheet, lists: Worksheet, at: int, field: TemplateField) -> None:
        """Validate cells exactly as the contract will read them."""
        rule: dict[str, Any] = {}
        if field.choices:
            lists.write_column(0, at, field.choices)
            place = f"={_sheet_range(lists.get_name(), at, len(field.choices))}"
            rule = {"validate": "list", "source": place, "error_message": self.say("error_choice")}
        elif field.type in RIGHT and field.high is not None:
            kind = "integer" if field.type == "count" else "decimal"
            message = self.say("error_range", low=f"{field.low:g}", high=f"{field.high:g}")
            limits = {"criteria": "between", "minimum": field.low, "maximum": field.high}
            rule = {"validate": kind, **limits, "error_message": message}
        elif field.type in RIGHT:
            kind = "integer" if field.type == "count" else "decimal"
            message = self.say("error_number", low=f"{field.low:g}")
            rule = {"validate": kind, "criteria": ">=", "value": field.low, "error_message": message}
        elif field.type in ("day", "timestamp"):
            message = self.say("error_day" if field.type == "day" else "error_time")
            rule = {"validate": "date", "criteria": "between", **DAYS, "error_message": message}
        if rule:
            shown = {"error_title": self.say("error"), "show_error": not field.free}
            sheet.data_validation(HEAD + 1, at, LAST, at, {**rule, **shown})

    def _page(self, sheet: Worksheet) -> None:
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self.contract.title.of(self.language)}&R{self.say('page')}")

    def _guide(self, guide: Worksheet) -> None:
        """Write the guide, one line per column, for reading or printing."""
        heads = ("guide_column", "guide_needed", "guide_note", "guide_example", "guide_choices")
        widths = (22, 9, 56, 28, 46)
        guide.hide_gridlines(2)
        guide.set_row(0, 26)
        for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
            guide.set_column(at, at, width)
            guide.write_string(0, at, self.say(head), self._header(required=True))
        text = self.style(text_wrap=True, align="left", indent=1, **_box())
        for row, field in enumerate(self.fields, start=1):
            choices = self.say("separator").join(field.choices) + (self.say("guide_own") if field.free else "")
            shown = (field.header, self.say("must" if field.required else "may"), field.note, _shown(field), choices)
            for at, word in enumerate(shown):
                guide.write_string(row, at, word, text)
            lines = (math.ceil(_width(word) / (width - 4)) for word, width in zip(shown, widths, strict=True))
            guide.set_row(row, 14 * max(lines) + 9)
        guide.freeze_panes(1, 0)
        self._page(guide)


def _fill(sheet: Worksheet, row: int, at: int, value: Value | None, look: Format) -> None:
    """Write a text, a number or a day to a cell; nothing for None."""
    if isinstance(value, date):
        sheet.write_datetime(row, at, value, look)
    elif isinstance(value, str):
        sheet.write_string(row, at, value, look)
    elif value is not None:
        sheet.write_number(row, at, value, look)


def _box() -> dict[str, Any]:
    return {"border": 1, "border_color": LINE}


def _number_format(field: TemplateField) -> str:
    return field.cell.format or FORMATS.get(field.type, "General")


def _column_width(field: TemplateField) -> int:
    least = {"day": 12, "timestamp": 17}.get(field.type, 0)
    return max(field.cell.width, _width(field.header) + 3, least)


def _shown(field: TemplateField) -> str:
    if isinstance(field.example, datetime):
        return f"{field.example:%Y-%m-%d %H:%M}"
    return str(field.example)


def _sheet_range(sheet: str, column: int, rows: int) -> str:
    return f"'{sheet}'!{xl_range_abs(0, column, rows - 1, column)}"
