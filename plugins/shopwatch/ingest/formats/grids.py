"""Text grid filled cell by cell, within the limits of a sheet."""

from __future__ import annotations

from collections import defaultdict

import pyarrow

from shopwatch.ingest.formats.biff import WorkbookError

MOST_COLUMNS = 1 << 14  # Excel's limit
MOST_CELLS = 1 << 25  # of the bounding rectangle


class Grid:
    """Sheet filled cell by cell. Lines and columns count from 0; unset cells are null.

    ``is_whole``: False until the end of the sheet has been read.
    """

    def __init__(self, name: str = "") -> None:
        self.name, self.is_whole = name, False
        self._height = self._width = 0
        self._texts: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._numbers: defaultdict[int, set[int]] = defaultdict(set)

    def put(self, line: int, column: int, text: str, *, is_number: bool = False) -> None:
        """Set one cell. Raises WorkbookError if its position makes the sheet too large for memory."""
        self._height, self._width = max(self._height, line + 1), max(self._width, column + 1)
        if column >= MOST_COLUMNS or self._height * self._width > MOST_CELLS:
            raise WorkbookError("far_cells", column=self._width, line=self._height)
        if text:
            self._texts[column][line] = text
        if is_number:
            self._numbers[column].add(line)

    def texts(self, rows: int | None) -> pyarrow.RecordBatch:
        """First ``rows`` lines, or all, as columns c0, c1, ...

        Raises WorkbookError if all are wanted and the end is missing.
        """
        if rows is None and not self.is_whole:
            raise WorkbookError("torn_workbook")
        height = self._height if rows is None else min(rows, self._height)
        cells = (self._texts[column] for column in range(self._width))
        return _batch([pyarrow.array(map(known.get, range(height)), pyarrow.string()) for known in cells])

    def numbers(self) -> pyarrow.RecordBatch:
        """Same columns: true for cells that hold a number, else null."""
        cells = (self._numbers[column] for column in range(self._width))
        lines = range(self._height)
        return _batch([pyarrow.array([line in known or None for line in lines], pyarrow.bool_()) for known in cells])


def _batch(columns: list[pyarrow.Array]) -> pyarrow.RecordBatch:
    return pyarrow.RecordBatch.from_arrays(columns, names=[f"c{column}" for column in range(len(columns))])
