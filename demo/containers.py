"""Rows to file bytes: GBK csv, BIFF .xls and .xlsx; the same bytes on every machine."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlwt
from xlsxwriter import Workbook
from xlwt.Cell import NumberCell, StrCell

MADE = datetime(2026, 1, 1)


def gbk_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Comma-separated GBK with CRLF; quotes only if a cell needs them."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("gbk")


def xls(sheet: str, rows: Iterable[Sequence[str | int]]) -> bytes:
    """One BIFF8 sheet: text becomes text cells, int becomes number cells.

    Inner cells are inserted directly, because ``Row.write`` looks up the style for every cell, which dominates its
    time. ``Row.write`` is used for the two outer cells, so that the row knows its bounds.
    """
    workbook = xlwt.Workbook(encoding="utf-8")
    page = workbook.add_sheet(sheet)
    style = workbook.add_style(xlwt.Style.default_style)
    for number, cells in enumerate(rows):
        row = page.row(number)
        for column, cell in enumerate(cells):
            if column in (0, len(cells) - 1):
                row.write(column, cell)
            elif isinstance(cell, int):
                row.insert_cell(column, NumberCell(number, column, style, cell))
            else:
                text = workbook.add_str(cell)
                row.insert_cell(column, StrCell(number, column, style, text))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def xlsx(sheet: str, rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet with text cells only, as the platforms write it."""
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": MADE})
        page = book.add_worksheet(sheet)
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                page.write_string(number, column, cell)
    return stored(content.getvalue())


def stored(archive: bytes) -> bytes:
    """Repack an archive uncompressed and with a fixed time: compressed bytes would depend on the machine's zlib."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as packed, zipfile.ZipFile(content, "w") as plain:
        for name in packed.namelist():
            plain.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), packed.read(name))
    return content.getvalue()


def money(cents: int, thousands: str = "") -> str:
    """Format cents with two decimals: ``1234.50``, or ``1,234.50`` with ``thousands=","``."""
    whole = f"{cents // 100:,}".replace(",", thousands)
    return f"{whole}.{cents % 100:02d}"


def ratio(part: float, whole: float) -> str:
    """``part / whole`` with two decimals; ``-`` for a zero denominator."""
    return f"{part / whole:.2f}" if whole else "-"


def percent(part: float, whole: float) -> str:
    """``part / whole`` as ``2.31%``; ``-`` for a zero denominator."""
    return f"{100 * part / whole:.2f}%" if whole else "-"
