"""A table of text that is filled cell by cell, within the limits of a sheet."""

from __future__ import annotations

from collections import defaultdict

import pyarrow

from shopwatch.ingest.formats.biff import WorkbookError

MOST_COLUMNS = 1 << 14  # that Excel has
MOST_CELLS = 1 << 25  # of the rectangle round all cells


class Grid:
    """A sheet, filled line by line. Lines and columns count from 0; a cell that was not filled is null.

    ``is_whole``: false while the end of the sheet has not been seen.
    """

    def __init__(self, name: str = "") -> None:
        self.name, self.is_whole = name, False
        self._height = self._width = 0
        self._texts: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._numbers: defaultdict[int, set[int]] = defaultdict(set)

    def put(self, line: int, column: int, text: str, *, is_number: bool = False) -> None:
        """Fill one cell. Raises WorkbookError for one so far out that the sheet could not be held."""
        self._height, self._width = max(self._height, line + 1), max(self._width, column + 1)
        if column >= MOST_COLUMNS or self._height * self._width > MOST_CELLS:
            raise WorkbookError("far_cells", column=self._width, line=self._height)
        if text:
            self._texts[column][line] = text
        if is_number:
            self._numbers[column].add(line)

    def texts(self, rows: int | None) -> pyarrow.RecordBatch:
        """The first ``rows`` lines, or all, as columns c0, c1, ... Raises WorkbookError where the end is missing."""
        if rows is None and not self.is_whole:
            raise WorkbookError("torn_workbook")
        height = self._height if rows is None else min(rows, self._height)
        cells = (self._texts[column] for column in range(self._width))
        return _batch([pyarrow.array(map(known.get, range(height)), pyarrow.string()) for known in cells])

    def numbers(self) -> pyarrow.RecordBatch:
        """The same columns: true where the cell holds a number, else null."""
        cells = (self._numbers[column] for column in range(self._width))
        lines = range(self._height)
        return _batch([pyarrow.array([line in known or None for line in lines], pyarrow.bool_()) for known in cells])


def _batch(columns: list[pyarrow.Array]) -> pyarrow.RecordBatch:
    return pyarrow.RecordBatch.from_arrays(columns, names=[f"c{column}" for column in range(len(columns))])
