"""Table sheets of the workbook, with frozen heads and filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.tables import Table, TableColumn
from shopwatch.review.cells import BAD, DARK, GOOD, GREY, WRAPPED, Pen, lines_of, width_of
from shopwatch.review.tables import Row

HEAD = 2  # row of the heads, from 0
ROW = 20  # points
MOST_SHOP = 25  # greatest width of a shop's title, which then takes two lines
CALLS = ("target_missed", "overdue", "reason_alert", "critical", "weakest", "weak", "unusual", "out_of_reach")
PRAISES = ("target_met", "resolved", "good", "usual", "within_reach")


def write_sheet(pen: Pen, sheet: Worksheet, table: Table, rows: Sequence[Row]) -> None:
    """Write one table: title, note, heads, rows."""
    title = table.title.of(pen.language)
    begin(pen, sheet, title, table.note.of(pen.language))
    columns = list(table.columns.items())
    widths = [fitting_width(pen, name, column, rows) for name, column in columns]
    for at, ((_, column), width) in enumerate(zip(columns, widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(HEAD, at, column.title.of(pen.language), pen.head())
        pen.define(sheet, (HEAD, at), column.metric)
    sheet.freeze_panes(HEAD + 1, list(table.columns).index(table.fixed) + 1)
    for place, row in enumerate(rows, start=HEAD + 1):
        texts = [shown_text(pen, name, column, row) for name, column in columns]
        lines = (lines_of(text, width) for text, width in zip(texts, widths, strict=True) if text)
        sheet.set_row(place, ROW + 14 * (max(lines, default=1) - 1))
        for at, (name, column) in enumerate(columns):
            _write(pen, sheet, (place, at), (name, column), row)
    if not rows:
        sheet.write_string(HEAD + 1, 0, pen.say("empty"), pen.style(font_color=GREY))
        return
    last = HEAD + len(rows)
    sheet.autofilter(HEAD, 0, last, len(columns) - 1)
    for at, (_, column) in enumerate(columns):
        if column.look == "word":
            mark_words(pen, sheet, (HEAD + 1, at, last, at))


def _write(pen: Pen, sheet: Worksheet, at: tuple[int, int], named: tuple[str, TableColumn], row: Row) -> None:
    name, column = named
    if column.word and row[column.word]:
        pen.put(sheet, at, row[column.word], "word", row, align="left")
        return
    value = pen.localized(row, name)
    colours = pen.colours(row, value, column.metric) if column.look == "change" else {}
    pen.put(sheet, at, value, column.look, row, **colours)
    if column.defines:
        pen.define(sheet, at, row["metric"])


def shown_text(pen: Pen, name: str, column: TableColumn, row: Row) -> str:
    """Text of a cell that takes as many lines as it needs; empty for numbers and missing values."""
    value = pen.localized(row, name)
    return pen.text(value, column.look) if value is not None and column.look in WRAPPED else ""


def fitting_width(pen: Pen, name: str, column: TableColumn, rows: Sequence[Row]) -> int:
    """Width of a column in characters: at least the declared one; titles of shops and large amounts get more."""
    if column.look == "shop":
        return shop_width(pen, (row[name] for row in rows if row[name] is not None), column.width)
    if column.look in ("money", "moved"):
        amounts = [len(f"{abs(row[name]):,.2f}") for row in rows if row[name] is not None]
        return max([column.width, *(length + (7 if column.look == "moved" else 5) for length in amounts)])
    return column.width


def shop_width(pen: Pen, shops: Iterable[str], least: int) -> int:
    """Width of a column with the titles of these shops, in characters."""
    widths = (width_of(pen.text(shop, "shop")) + 3 for shop in set(shops))
    return min(max([least, *widths]), MOST_SHOP)


def begin(pen: Pen, sheet: Worksheet, title: str, note: str) -> None:
    """Set up a sheet: title, note and print layout."""
    sheet.hide_gridlines(2)
    sheet.set_zoom(90)
    sheet.set_row(0, 32)
    sheet.write_string(0, 0, title, pen.style(font_size=18, bold=True, font_color=DARK))
    sheet.set_row(1, 20)
    sheet.write_string(1, 0, note, pen.style(font_color=GREY))
    sheet.set_row(HEAD, 30)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    sheet.set_footer(f"&L{title.replace('&', '&&')}&R{pen.say('page')}")


def mark_words(pen: Pen, sheet: Worksheet, cells: tuple[int, int, int, int]) -> None:
    """Colour the words that call for action and those that report success; the words also work without colour."""
    for words, colours in ((CALLS, BAD), (PRAISES, GOOD)):
        for word in words:
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{pen.say(word)}"',
                "format": pen.book.add_format(colours),
            }
            sheet.conditional_format(*cells, rule)
