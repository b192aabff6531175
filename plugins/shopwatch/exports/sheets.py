"""The sheets of a workbook (.xls, .xlsx), each cell as text."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import IO, Literal

import fastexcel
import pyarrow

from shopwatch.exports.containers import MOST_WORKBOOK, Content, RejectedError, opened, part_of
from shopwatch.exports.ole import cells_fit, chains_end
from shopwatch.exports.texts import Top

MOST_CELLS = 1 << 25  # of the rectangle round all cells; the library takes 32 bytes for each, empty ones too
SCAN = 1 << 20
LONGEST_NAME = 16  # bytes, of a cell's name with its attribute and quotes
FAR_RIGHT = re.compile(rb""" r=["']([A-Z]{2,3})\d""")
DOWN = re.compile(rb""" r=["'][A-Z]{0,3}(\d{1,7})["']""")
MOST_LINES = 1 << 20  # that Excel has
NO_VALUE = re.compile(  # a formula that nothing has worked out; where its value is an empty text, the cell says so
    rb"""<c\b(?![^>]*\bt=["']str)[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"""
)
LONGEST_FORMULA = 1 << 14  # bytes; Excel takes 8,192 characters
ERRORS = {
    "NA": "#N/A",
    "Div0": "#DIV/0!",
    "Value": "#VALUE!",
    "Ref": "#REF!",
    "Name": "#NAME?",
    "Num": "#NUM!",
    "Null": "#NULL!",
}
LOCKED = "EncryptedPackage".encode("utf-16-le")


class Workbook:
    """An open workbook. Raises RejectedError where it cannot be opened, is locked or is too large."""

    def __init__(self, content: Content) -> None:
        data = content.whole()
        if content.container == "xls" and LOCKED in data:
            raise RejectedError("locked_workbook")
        if content.container == "xls" and not (chains_end(data) and cells_fit(data)):
            raise RejectedError("torn_workbook")
        if content.container == "xlsx":
            _refuse_large(data)
        with _speaking():
            self._reader = fastexcel.read_excel(data)  # given a path, it would trust the extension
        self.sheets = len(self._reader.sheet_names)

    def cells(
        self, sheet: int, dtype: Literal["string", "boolean"] = "string", rows: int | None = None
    ) -> pyarrow.Table:
        """A sheet from its first line on, empty lines too, as columns c0, c1, ...

        A cell in which Excel shows an error has that as its text: #N/A is not an empty cell. Read as boolean,
        cells with a number give a value and those with text none.
        """
        with _speaking():
            page = self._reader.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes=dtype)
            batch, faults = page.to_arrow_with_errors()
            table = pyarrow.Table.from_batches([batch])
        if faults and dtype == "string":
            table = _with_errors(table, {fault.position: fault.detail for fault in faults.errors})
        return table.rename_columns([f"c{i}" for i in range(table.num_columns)])

    def tops(self, rows: int) -> Iterator[Top]:
        """For each sheet its first rows: the line, counted from 1, and the cells."""
        for sheet in range(self.sheets):
            lines = zip(*(column.to_pylist() for column in self.cells(sheet, rows=rows).columns), strict=True)
            yield [(number, [cell or "" for cell in line]) for number, line in enumerate(lines, start=1)]


def _with_errors(table: pyarrow.Table, said: dict[tuple[int, int], str]) -> pyarrow.Table:
    """The table with Excel's errors as text, where the library leaves the cell empty and tells them apart."""
    shown: dict[int, dict[int, str]] = defaultdict(dict)
    for (line, column), detail in said.items():
        kind = detail.partition("Error(")[2].partition(")")[0]
        shown[column][line] = ERRORS.get(kind, f"#{kind}")
    for column, errors in shown.items():
        cells = table.column(column).to_pylist()
        for line, error in errors.items():
            cells[line] = error
        table = table.set_column(column, table.schema.field(column), pyarrow.array(cells, pyarrow.string()))
    return table


class _speaking:  # noqa: N801
    """The library's faults as RejectedError: its errors have no common base, and its panics are no Exception."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None or (not isinstance(error, Exception) and type(error).__name__ != "PanicException"):
            return
        said = str(error).partition("\n")[0]
        if "password" in said.lower():
            raise RejectedError("locked_workbook") from error
        raise RejectedError("broken_workbook", error=said) from error


def _refuse_large(data: bytes) -> None:
    """Before the library reads it: for a rectangle that is too large it ends the whole process."""
    with opened(io.BytesIO(data)) as archive:
        _refuse_without_values(archive)
        if sum(part.file_size for part in archive.infolist()) > MOST_WORKBOOK:
            raise RejectedError("large_workbook", megabytes=MOST_WORKBOOK >> 20)
        for part in archive.infolist():
            with part_of(archive, part) as sheet:
                width = max(map(_column, _found(FAR_RIGHT, sheet)), default=26)
            if width * MOST_LINES <= MOST_CELLS:
                continue
            with part_of(archive, part) as sheet:
                height = max(map(int, _found(DOWN, sheet)), default=1)
            if width * height > MOST_CELLS:
                raise RejectedError("far_cells", column=width, line=height)


def _refuse_without_values(archive: zipfile.ZipFile) -> None:
    """Formulas whose values were never stored would be read as empty cells."""
    for part in archive.infolist():
        if not part.filename.startswith("xl/worksheets/"):
            continue
        with part_of(archive, part) as sheet:
            kept = b""
            while chunk := sheet.read(SCAN):
                text = kept + chunk
                found = NO_VALUE.search(text) if b"<f" in text else None
                if found:
                    cell = re.search(rb"""\br=["']([A-Z]+\d+)""", found[0])
                    raise RejectedError("formulas_without_values", cell=cell[1].decode() if cell else "?")
                kept = text[-LONGEST_FORMULA:]


def _found(pattern: re.Pattern[bytes], sheet: IO[bytes]) -> Iterator[bytes]:
    """What the pattern's group finds, each once a chunk."""
    kept = b""
    while chunk := sheet.read(SCAN):
        yield from set(pattern.findall(kept + chunk))
        kept = chunk[-LONGEST_NAME:]


def _column(letters: bytes) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
