"""Table sheets of the workbook, with frozen heads and filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.tables import Column, Table
from shopwatch.review.cells import BAD, DARK, GOOD, GREY, Pen, lines_of
from shopwatch.review.tables import Row

HEAD = 2  # row of the heads, from 0
ROW = 20  # points
CALLS = ("target_missed", "overdue", "reason_alert", "critical", "weakest", "weak", "unusual", "out_of_reach")
PRAISES = ("target_met", "resolved", "good", "usual", "within_reach")


def write_sheet(pen: Pen, sheet: Worksheet, table: Table, rows: Sequence[Row]) -> None:
    """Write one table: title, note, heads, rows."""
    title = table.title.of(pen.language)
    begin(pen, sheet, title, table.note.of(pen.language))
    for at, column in enumerate(table.columns.values()):
        sheet.set_column(at, at, column.width)
        sheet.write_string(HEAD, at, column.title.of(pen.language), pen.head())
    sheet.freeze_panes(HEAD + 1, list(table.columns).index(table.fixed) + 1)
    for place, row in enumerate(rows, start=HEAD + 1):
        sheet.set_row(place, _height(pen, table.columns, row))
        for at, (name, column) in enumerate(table.columns.items()):
            if column.word and row[column.word]:
                pen.put(sheet, (place, at), row[column.word], "word", row, align="left")
            else:
                pen.put(sheet, (place, at), pen.localized(row, name), column.look, row)
    if not rows:
        sheet.write_string(HEAD + 1, 0, pen.say("empty"), pen.style(font_color=GREY))
        return
    last = HEAD + len(rows)
    sheet.autofilter(HEAD, 0, last, len(table.columns) - 1)
    for at, column in enumerate(table.columns.values()):
        if column.look == "word":
            mark_words(pen, sheet, (HEAD + 1, at, last, at))


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
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
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


def _height(pen: Pen, columns: Mapping[str, Column], row: Row) -> float:
    """Row height for the longest prose of the row, in points."""
    prose = [(pen.localized(row, name), column.width) for name, column in columns.items() if column.look == "prose"]
    lines = max((lines_of(str(text), width) for text, width in prose if text), default=1)
    return ROW + 14 * (lines - 1)
