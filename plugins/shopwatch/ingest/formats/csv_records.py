"""Csv records with their source lines, for text with doubtful quotes, line ends or cell counts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

OPENING = re.compile(r'(?<![\d"])"(?=.)|"(?=\w)', re.S)
LONGEST_CELL = 2_000_000  # characters; an unclosed quote must not fill the memory


class CsvRecord(NamedTuple):
    """One record: number of its first line, its raw lines, and its cells.

    ``cells`` is None if they cannot be separated: text follows a closing quote, or a quote never closes. The next
    record then starts on the next line. A quote inside an unquoted cell is an ordinary character.
    """

    line: int
    lines: list[str]
    cells: list[str] | None

    def swallows(self, delimiter: str, width: int) -> bool:
        """True if a misplaced quote has merged whole records into cells.

        The sign is an inner line that is a record by itself. The last line counts only if the first line has all
        delimiters:
        it may also end a first cell of several lines, but then the first line has no delimiters.
        """
        if len(self.lines) < 2 or self.cells is None:
            return False
        last_counts = self.lines[0].count(delimiter[0]) >= width - 1
        inner = self.lines[1:] if last_counts else self.lines[1:-1]
        return any(_is_record(line, delimiter, width) for line in inner)

    def has_loose_quotes(self) -> bool:
        """True if quotes inside unquoted cells may be meant as enclosing or escaped quotes.

        A single one is not, nor is an inch sign: it follows a digit, and no letter or digit follows it.
        """
        cells = self.cells or ()
        if not any('"' in cell for cell in cells):
            return False
        text = "".join(self.lines)
        loose = [cell for cell in cells if '"' in cell and cell.replace('"', '""') not in text]
        return any('""' in cell for cell in loose) or any(OPENING.search(cell) for cell in loose[:-1])


def csv_records(lines: Iterable[str], delimiter: str, first_line: int = 1) -> Iterator[CsvRecord]:
    """Parse lines into records, numbered from ``first_line``; a blank line is a record without cells."""
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
    """Csv dialect of a delimiter. A delimiter of two characters is one followed by a blank."""
    return {"delimiter": delimiter[0], "skipinitialspace": len(delimiter) > 1, "strict": True}


@contextmanager
def _long_cells() -> Iterator[None]:
    usual = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(usual)
