"""Sheets of an Excel 2003 XML workbook (SpreadsheetML), often named .xls.

Source: XML Spreadsheet Reference,
https://learn.microsoft.com/previous-versions/office/developer/office-xp/aa140066(v=office.10)
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from xml.parsers import expat

from shopwatch.ingest.formats.biff import WorkbookError, cell_name
from shopwatch.ingest.formats.grids import Grid
from shopwatch.ingest.formats.markup import text_of
from shopwatch.ingest.formats.moments import shown_moment

SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
MOST_DEPTH = 64
DAY_ZERO = datetime(1899, 12, 31)
CUT_OFF = (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)


def xml_sheets(data: bytes) -> list[Grid]:
    """Worksheets in order. Cell positions follow from index attributes and preceding merged cells.

    Raises WorkbookError: not well-formed, truncated, with a document type declaration, too deep, too large, overlapping
    cells, or a formula without a cached result.
    """
    book = _Book()
    try:
        book.parse(text_of(data))
    except expat.ExpatError as error:
        if error.code in map(expat.errors.codes.get, CUT_OFF):
            raise WorkbookError("torn_workbook") from error
        raise WorkbookError("broken_workbook", error=str(error)) from error
    return book.sheets


class _Book:
    def __init__(self) -> None:
        self.sheets: list[Grid] = []
        self._path: list[str] = []
        self._line = self._column = self._next_line = self._next_column = 0
        self._covered_to: dict[int, int] = {}
        self._formula: str | None = None
        self._kind = ""
        self._parts: list[str] | None = None

    def parse(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.StartDoctypeDeclHandler = _reject_declarations
        parser.Parse(text.encode(), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self._path.append(local if namespace in ("", SPREADSHEET) else "")
        if len(self._path) > MOST_DEPTH:
            raise WorkbookError("broken_workbook", error=f"elements nested more than {MOST_DEPTH} deep")
        match self._path[-2:]:
            case [_, "Worksheet"]:
                self.sheets.append(Grid(_attribute(attributes, "Name") or ""))
                self._next_line, self._covered_to = 0, {}
            case ["Table", "Row"]:
                self._line = self._place(attributes, self._next_line)
                self._next_line, self._next_column = self._line + _number(attributes, "Span") + 1, 0
            case ["Row", "Cell"]:
                self._start_cell(attributes)
            case ["Cell", "Data"]:
                self._kind, self._parts = _attribute(attributes, "Type") or "String", []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._column = self._place(attributes, self._next_column)
        self._next_column = self._column + _number(attributes, "MergeAcross") + 1
        if self._next_column - self._column > 1 << 14:
            raise WorkbookError("far_cells", column=self._next_column, line=self._line + 1)
        self._formula = _attribute(attributes, "Formula")
        self._is_covered = self._covered_to.get(self._column, -1) >= self._line
        down = _number(attributes, "MergeDown")
        if down:
            self._covered_to.update(dict.fromkeys(range(self._column, self._next_column), self._line + down))

    def _place(self, attributes: dict[str, str], following: int) -> int:
        """Stated index, or the next free position. Raises WorkbookError if the index goes back."""
        index = _number(attributes, "Index", following + 1) - 1
        if index < following:
            raise WorkbookError("broken_workbook", error=f"index {index + 1} is out of order")
        return index

    def _add(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def _end(self, name: str) -> None:
        match self._path[-2:]:
            case [_, "Worksheet"]:
                self.sheets[-1].is_whole = True
            case ["Row", "Cell"] if self._formula is not None:
                raise WorkbookError("formulas_without_values", cell=cell_name(self._line, self._column))
            case ["Cell", "Data"]:
                self._end_data("".join(self._parts or ()))
        self._path.pop()

    def _end_data(self, text: str) -> None:
        if text and self._is_covered:
            cell = cell_name(self._line, self._column)
            raise WorkbookError("broken_workbook", error=f"cell {cell} is covered by a merged cell")
        if text or self._kind == "String":
            self._formula = None
        if self.sheets:
            shown = SHOWN.get(self._kind, str)(text)
            self.sheets[-1].put(self._line, self._column, shown, is_number=self._kind == "Number")
        self._parts = None


def _reject_declarations(*_: object) -> None:
    """Reject document type declarations. Their entities can fill the memory or refer to other files."""
    raise WorkbookError("broken_workbook", error="it declares a document type")


def _attribute(attributes: dict[str, str], name: str) -> str | None:
    return attributes.get(f"{SPREADSHEET} {name}", attributes.get(name))


def _number(attributes: dict[str, str], name: str, otherwise: int = 0) -> int:
    stated = _attribute(attributes, name)
    if stated is None:
        return otherwise
    if not (stated.isascii() and stated.isdigit() and len(stated) < 8):
        raise WorkbookError("broken_workbook", error=f"{name}={stated[:20]!r}")
    return int(stated)


def _shown_number(text: str) -> str:
    """Number as in other workbooks: 19.99 for 19.989999999999998, no exponent, whole numbers with all digits."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number) or text.lstrip("-").isdigit():
        return text
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def _shown_time(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        return shown_moment(moment.isoformat(" ", "milliseconds").removesuffix(".000"), moment - DAY_ZERO)
    except (ValueError, TypeError):  # no date, or one with a time zone
        return text


def _shown_truth(text: str) -> str:
    return {"0": "false", "1": "true"}.get(text, text)


SHOWN = {"Number": _shown_number, "DateTime": _shown_time, "Boolean": _shown_truth}
