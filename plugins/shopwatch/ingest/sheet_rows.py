"""Rows of a workbook's sheet: text cells, with what number cells hold shown beyond doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow
import pyarrow.compute

from shopwatch.catalog.headers import position_of
from shopwatch.ingest.body_headers import BodyHeaders
from shopwatch.ingest.damaged_text import DamagedLine
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.formats.containers import Content
from shopwatch.ingest.formats.sheets import Workbook
from shopwatch.ingest.record_counts import RecordCounts
from shopwatch.ingest.type_sql import NUMBERS

EXACT_DIGITS = 15  # precision of a number in Excel; further digits are zeros
LONG_ID = rf"^\d{{{EXACT_DIGITS + 1},}}$"
THREE_DECIMALS = r"^-?\d{1,3}\.\d{3}$"


@dataclass(frozen=True)
class SheetRows:
    """Filled rows of a sheet below its header row: text cells c0, c1, ..., and the line of each row.

    ``faults``: rows that repeat the header row; they are not among the cells.
    """

    cells: pyarrow.Table
    lines: pyarrow.Array
    faults: list[DamagedLine]
    counted: RecordCounts


def sheet_rows(found: Detection, *, texts_only: bool = False) -> SheetRows:
    """Read the rows of a workbook's sheet; with ``texts_only``, without the numbers of its number cells.

    Raises RejectedError if the workbook is unreadable, or if the sheet has a different header row in its body.
    """
    workbook = Workbook(Content(found.path, found.container, found.member))
    sheet = _unambiguous(found, workbook, workbook.cells(found.sheet), texts_only=texts_only)
    filled = pyarrow.array(np.zeros(sheet.num_rows, dtype=bool))
    for column in sheet.columns:
        text = pyarrow.compute.utf8_trim_whitespace(pyarrow.compute.fill_null(column, ""))
        filled = pyarrow.compute.or_(filled, pyarrow.compute.not_equal(text, ""))
    numbers = pyarrow.array(range(1, sheet.num_rows + 1), pyarrow.int64())
    is_body = pyarrow.compute.and_(filled, pyarrow.compute.greater(numbers, found.header_line))
    cells, lines = sheet.filter(is_body), numbers.filter(is_body)
    records, above = cells.num_rows, min(found.header_line, sheet.num_rows)
    faults = _repeated_headers(found, cells, lines)
    if faults:
        is_row = pyarrow.compute.invert(pyarrow.compute.is_in(lines, pyarrow.array([fault.line for fault in faults])))
        cells, lines = cells.filter(is_row), lines.filter(is_row)
    blank = sheet.num_rows - above - records
    return SheetRows(cells, lines, faults, RecordCounts(records, len(faults), sheet.num_rows, above, 0, blank))


def _repeated_headers(found: Detection, cells: pyarrow.Table, lines: pyarrow.Array) -> list[DamagedLine]:
    """Rows that repeat the header row. Raises RejectedError for a different header row."""
    headers, faults = BodyHeaders(found), []
    for row in headers.possible_rows(cells):
        line, texts = lines[row].as_py(), [column[row].as_py() or "" for column in cells.columns]
        is_below_blank = line - 1 > found.header_line and (row == 0 or lines[row - 1].as_py() < line - 1)
        if headers.is_repeated(line, texts[: len(found.headers)], is_below_blank=is_below_blank):
            faults.append(DamagedLine(line, "header again", "repeated_header"))
    return faults


def _unambiguous(found: Detection, workbook: Workbook, cells: pyarrow.Table, *, texts_only: bool) -> pyarrow.Table:
    """Show what a number cell holds so that it is not mistaken for text of the same characters.

    A long id, which has lost its last digits, becomes 6.9E+18, like in a csv. A decimal 1.234 becomes 1.2340, because
    the text 1.234 may mean 1,234. With ``texts_only``, number cells of numeric columns are left out.
    """
    numbers: pyarrow.Table | None = None
    for at, pattern, shown in _mistakable(found, texts_only=texts_only):
        like = pyarrow.compute.match_substring_regex(cells.column(at), pattern)
        if pyarrow.compute.any(like).as_py():
            numbers = numbers or workbook.numbers(found.sheet)
            is_number = pyarrow.compute.and_kleene(like, numbers.column(at).is_valid()).to_pylist()
            texts = zip(cells.column(at).to_pylist(), is_number, strict=True)
            clear = [shown(text) if number else text for text, number in texts]
            cells = cells.set_column(at, f"c{at}", pyarrow.array(clear, pyarrow.string()))
    return cells


def _mistakable(found: Detection, *, texts_only: bool) -> Iterator[tuple[int, str, Callable[[str], str | None]]]:
    """Place of each column of ids or numbers, the cells in doubt there, and how a number cell is shown instead."""
    for column in found.contract.columns.values():
        at = position_of(column.headers, found.headers)
        if at is not None and column.type == "id":
            yield at, LONG_ID, lambda text: f"{float(text):E}"
        elif at is not None and column.type in NUMBERS:
            yield (at, ".", lambda _: None) if texts_only else (at, THREE_DECIMALS, lambda text: text + "0")
