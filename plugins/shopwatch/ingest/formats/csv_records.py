"""Csv text taken apart record by record, for texts whose quotes, line ends or numbers of cells leave doubts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

OPENING = re.compile(r'(?<![\d"])"(?=.)|"(?=\w)', re.S)
LONGEST_CELL = 2_000_000  # characters; a quote that never closes must not fill the memory


class CsvRecord(NamedTuple):
    """One record: the line that it starts on, its lines as they stand, and its cells.

    ``cells`` is None where they cannot be told apart: text stands behind a closing quote, or a quote never closes. The
    next record starts on the next line. A quote inside a cell without quotes is a character like others.
    """

    line: int
    lines: list[str]
    cells: list[str] | None

    def swallows(self, delimiter: str, width: int) -> bool:
        """Whether a quote that should not be there has made cells of whole records.

        Then a line inside is a record by itself. So may be the last line of a first cell that goes on over several
        lines, but its first line has no delimiters.
        """
        if len(self.lines) < 2 or self.cells is None:
            return False
        last_counts = self.lines[0].count(delimiter[0]) >= width - 1
        inner = self.lines[1:] if last_counts else self.lines[1:-1]
        return any(_is_record(line, delimiter, width) for line in inner)

    def has_loose_quotes(self) -> bool:
        """Whether quotes inside cells that do not begin with one may be meant to hold cells together, or to be one.

        A single one is none of them, nor is an inch: a digit stands before it, no letter or digit behind it.
        """
        cells = self.cells or ()
        if not any('"' in cell for cell in cells):
            return False
        text = "".join(self.lines)
        loose = [cell for cell in cells if '"' in cell and cell.replace('"', '""') not in text]
        return any('""' in cell for cell in loose) or any(OPENING.search(cell) for cell in loose[:-1])


def csv_records(lines: Iterable[str], delimiter: str, first_line: int = 1) -> Iterator[CsvRecord]:
    """The records of lines of which the first has that number; a blank line is a record without cells."""
    held: list[str] = []

    def held_lines() -> Iterator[str]:
        for line in lines:
            held.append(line)
            yield line

    reader = csv.reader(held_lines(), **_dialect(delimiter))
    line = first_line
    with _long_cells():
        while True:
            cells: list[str] | None = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                pass
            yield CsvRecord(line, held.copy(), cells)
            line += len(held)
            held.clear()


def _is_record(line: str, delimiter: str, width: int) -> bool:
    if line.count(delimiter[0]) < width - 1:
        return False
    try:
        return len(next(csv.reader([line], **_dialect(delimiter)), [])) == width
    except csv.Error:
        return False


def _dialect(delimiter: str) -> dict[str, Any]:
    """A delimiter of two characters is one with a blank behind it."""
    return {"delimiter": delimiter[0], "skipinitialspace": len(delimiter) > 1, "strict": True}


@contextmanager
def _long_cells() -> Iterator[None]:
    usual = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(usual)
