"""Header rows below the header row of a file: the same one again, or that of another table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow
import pyarrow.compute

from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.headers import plain, position_of
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.formats.containers import RejectedError

TYPED = frozenset({"money", "price", "count", "ratio", "seconds", "day", "timestamp"})
WORD = r"^[^0-9]*\p{L}[^0-9]*$"


class BodyHeaders:
    """Recognises header rows in the body of one file."""

    def __init__(self, found: Detection) -> None:
        self._found, self._width = found, len(found.headers)
        self._headers = frozenset(found.headers) - {""}
        self._typed = _typed_positions(found.contract, found.headers)
        self.titles = frozenset(found.titles) | self._headers
        self.least_problems = max(1, min(2, len(self._typed)))
        """Unreadable cells of a row that may be the header row of another table."""

    def is_repeated(self, line: int, cells: Sequence[str], *, is_below_blank: bool = False) -> bool:
        """True if the line repeats the file's header row. Raises RejectedError for a different header row.

        ``is_below_blank``: the line above is blank, as above a second table.
        """
        is_words = self._is_words(cells, 1 if is_below_blank else 2)
        if self.titles.isdisjoint(cells) and not is_words:
            return False
        headers = tuple(map(plain, cells))
        if tuple(filter(None, headers)) == tuple(filter(None, self._found.headers)):
            return True
        shared = len(self._headers.intersection(headers))
        if shared >= max(2, len(self._headers) / 2) or is_words:
            require_header(self._found, line)
            raise RejectedError("second_header", line=line, first=self._found.header_line)
        return False

    def possible_rows(self, cells: pyarrow.Table) -> Iterator[int]:
        """Numbers, from 0, of the rows of a sheet that have two titles, or words in all columns of numbers and days."""
        if not cells.num_rows:
            return
        titles = pyarrow.array(sorted(self.titles))
        count = pyarrow.array([0] * cells.num_rows, pyarrow.int64())
        for column in cells.columns:
            is_title = pyarrow.compute.is_in(pyarrow.compute.utf8_trim_whitespace(column), titles)
            count = pyarrow.compute.add(count, is_title.cast(pyarrow.int64()))
        possible = pyarrow.compute.greater_equal(count, 2)
        if self._typed:
            words = [pyarrow.compute.match_substring_regex(cells.column(at), WORD) for at in self._typed]
            is_words = words[0]
            for more in words[1:]:
                is_words = pyarrow.compute.and_kleene(is_words, more)
            possible = pyarrow.compute.or_kleene(possible, is_words)
        yield from pyarrow.compute.indices_nonzero(pyarrow.compute.fill_null(possible, False)).to_pylist()

    def _is_words(self, cells: Sequence[str], least_typed: int) -> bool:
        """True if all cells are filled with words without digits, even in columns of numbers or days."""
        if len(self._typed) < least_typed or len(cells) != self._width:
            return False
        typed = [cells[at] for at in self._typed]
        return all(map(_is_word, typed)) and all(map(_is_word, cells))


def require_header(found: Detection, line: int) -> None:
    """Raise RejectedError for a file without a header row: an irregular record puts its column order in doubt."""
    if not found.has_header:
        raise RejectedError("no_header_broken", export=found.contract.export, expected=len(found.headers), line=line)


def _is_word(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and not any(map(str.isdigit, cell))


def _typed_positions(contract: Contract, headers: tuple[str, ...]) -> list[int]:
    """Positions of numbers, days and times."""
    columns = (column for column in contract.columns.values() if column.type in TYPED)
    positions = {position_of(column.headers, headers) for column in columns}
    return sorted(at for at in positions if at is not None)
