"""Sheets of a workbook (.xls, .xlsx, XML of Excel 2003) or tables of a web page, each cell as text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import pyarrow

from shopwatch.ingest.formats.containers import MOST_WORKBOOK, Content, RejectedError, opened, part_of
from shopwatch.ingest.formats.texts import Top
from shopwatch.ingest.formats.workbook_process import workbook_process

MOST_CELLS = 1 << 25  # of the bounding rectangle; the library takes 32 bytes per cell, even if empty
SCAN = 1 << 20
LONGEST_NAME = 16  # bytes of a cell reference with its attribute and quotes
FAR_RIGHT = re.compile(rb""" r=["']([A-Z]{2,3})\d""")
DOWN = re.compile(rb""" r=["'][A-Z]{0,3}(\d{1,7})["']""")
MOST_LINES = 1 << 20  # Excel's limit
# A formula without a cached value; for an empty text as its value, the cell has t="str". Names may have a prefix.
_FORMULA = rb"""<(?:\w+:)?c\b(?![^>]*\bt=["']str)[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"""
NO_VALUE = re.compile(_FORMULA + rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
NO_VALUE_OR_ZERO = re.compile(_FORMULA + rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*0?\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
NOT_CALCULATED = re.compile(rb"""\bfullCalcOnLoad=["'](?:1|true)["']""")
"""Set by programs that write formulas without calculating them; some write 0 as each result."""
LONGEST_FORMULA = 1 << 14  # bytes; Excel's limit is 8,192 characters


class Workbook:
    """Open workbook. Raises RejectedError if it cannot be opened, is locked, is too large or has no table."""

    def __init__(self, content: Content) -> None:
        self._container, self._data = content.container, content.whole()
        if self._container == "xlsx":
            _reject_large(self._data)
        with workbook_process() as reader:
            self.names = reader.hold(self._container, self._data)
        self.sheets = len(self.names)
        if not self.names:
            raise RejectedError("web_page")

    def cells(self, sheet: int, rows: int | None = None) -> pyarrow.Table:
        """Sheet from its first line, empty lines included, as text columns c0, c1, ...

        An Excel error is text, too: #N/A is not an empty cell.
        """
        return self._page({"sheet": sheet, "rows": rows, "numbers": False})

    def numbers(self, sheet: int) -> pyarrow.Table:
        """Same columns: a value for cells that hold a number, null for text."""
        return self._page({"sheet": sheet, "rows": None, "numbers": True})

    def tops(self, rows: int) -> Iterator[Top]:
        """First rows of each sheet: line number, from 1, and cells."""
        for sheet in range(self.sheets):
            lines = zip(*(column.to_pylist() for column in self.cells(sheet, rows=rows).columns), strict=True)
            yield [(number, [cell or "" for cell in line]) for number, line in enumerate(lines, start=1)]

    def _page(self, request: dict[str, Any]) -> pyarrow.Table:
        with workbook_process() as reader:
            reader.hold(self._container, self._data)
            _, page = reader.ask(request)
        return pyarrow.ipc.open_stream(page).read_all()


def _reject_large(data: bytes) -> None:
    """Reject an oversized .xlsx before the library reads it; it aborts the process for an oversized rectangle."""
    with opened(io.BytesIO(data)) as archive:
        _reject_missing_values(archive)
        if sum(part.file_size for part in archive.infolist()) > MOST_WORKBOOK:
            raise RejectedError("large_workbook", megabytes=MOST_WORKBOOK >> 20)
        for part in archive.infolist():
            with part_of(archive, part) as sheet:
                width = max(map(_column, _matches(FAR_RIGHT, sheet)), default=26)
            if width * MOST_LINES <= MOST_CELLS:
                continue
            with part_of(archive, part) as sheet:
                height = max(map(int, _matches(DOWN, sheet)), default=1)
            if width * height > MOST_CELLS:
                raise RejectedError("far_cells", column=width, line=height)


def _reject_missing_values(archive: zipfile.ZipFile) -> None:
    """Reject formulas without cached values, which would be read as empty cells or as zeros."""
    no_value = NO_VALUE_OR_ZERO if _is_calculated_on_load(archive) else NO_VALUE
    for part in archive.infolist():
        if not part.filename.startswith("xl/worksheets/"):
            continue
        with part_of(archive, part) as sheet:
            kept = b""
            while chunk := sheet.read(SCAN):
                text = kept + chunk
                found = no_value.search(text) if b"<f" in text or b":f" in text else None
                if found:
                    cell = re.search(rb"""\br=["']([A-Z]+\d+)""", found[0])
                    raise RejectedError("formulas_without_values", cell=cell[1].decode() if cell else "?")
                kept = text[-LONGEST_FORMULA:]


def _is_calculated_on_load(archive: zipfile.ZipFile) -> bool:
    books = [part for part in archive.infolist() if part.filename == "xl/workbook.xml"]
    for part in books:
        with part_of(archive, part) as book:
            return NOT_CALCULATED.search(book.read(SCAN)) is not None
    return False


def _matches(pattern: re.Pattern[bytes], sheet: IO[bytes]) -> Iterator[bytes]:
    """Matches of the pattern's group, without repetitions within a chunk."""
    kept = b""
    while chunk := sheet.read(SCAN):
        yield from set(pattern.findall(kept + chunk))
        kept = chunk[-LONGEST_NAME:]


def _column(letters: bytes) -> int:
    """Column number of its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
