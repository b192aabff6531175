"""Records of an .xls workbook (MS-XLS in MS-CFB streams), checked before a reader may trust them.

Imports nothing from the project, so that the reader process starts fast.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import olefile
from xlwt.CompoundDoc import XlsDoc

STREAMS = ("Workbook", "Book")  # Excel 97 and later; Excel 5 and 95
ENCRYPTED = "EncryptedPackage"  # an .xlsx with a password is wrapped in an OLE file
FORMULA, EOF, FILEPASS, BOUNDSHEET, BOF = 0x06, 0x0A, 0x2F, 0x85, 0x809
CELL_FORMAT, NUMBER_FORMAT, OLD_NUMBER_FORMAT = 0xE0, 0x41E, 0x1E
OWN_FORMATS = range(164, 383)  # ids for custom number formats
OF_EAST_ASIA = {*range(27, 37), *range(50, 59)}  # date formats without definition: ECMA-376 part 1, 18.8.30
SHORT_DATE = 14
ONE_CELL = {FORMULA, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E}
SEVERAL_CELLS = {0xBD, 0xBE}  # their last field is the last column
NO_TEXT = b"\x03"  # cached result of a formula: an empty text
ARITHMETIC = {0x03, 0x04, 0x05, 0x06, 0x07, 0x12, 0x13, 0x14}  # operators from + to ^, signs and %
NUMBER_FUNCTIONS = {0, 4, 5, 6, 7, 24, 25, 26, 27, 39, 169, 183, 212, 213, 228, 345, 346}  # COUNT, SUM, AVERAGE, ...
SUM_ATTRIBUTE = b"\x19\x10"

CHART = 0x20  # sheet type
NOTHING = b"\x50\x08"  # record naming the program that made a chart; readers skip it

Record = tuple[int, int, int, int]
"""Record type, content offset, content size, and depth: 1 in the sheet, 2 in a chart on it."""


class WorkbookError(ValueError):
    """Workbook that cannot be read reliably: a code of ``include/reasons.yaml`` with its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def only_sheets(data: bytes) -> bytes:
    """Rebuild the workbook as a clean OLE file with cells only, without charts.

    fastexcel mistakes chart points for cells, which hide those of the sheet, and follows damaged sector chains until
    memory is exhausted. Raises WorkbookError if the file has a password, is no workbook, is damaged, or lacks the
    cached results of its formulas.
    """
    stream, size = _workbook_stream(data)
    sheets = []
    for kind, at, _, _ in _records(stream, 0, size):
        if kind == FILEPASS:
            raise WorkbookError("locked_workbook")
        if kind == BOUNDSHEET:
            sheets.append(int.from_bytes(stream[at : at + 4], "little"))
    cells = bytearray(stream)
    _renumber_formats(cells, list(_records(stream, 0, size)))
    for start in sheets:
        for kind, at, length, depth in _records(stream, start, size):
            if depth > 1 or (stream[start + 6] == CHART and kind not in (BOF, EOF)):
                cells[at - 4 : at - 2] = NOTHING
            else:
                _check_cell(stream, kind, at, length)
    whole = io.BytesIO()
    XlsDoc().save(whole, bytes(cells))
    return whole.getvalue()


def _workbook_stream(data: bytes) -> tuple[bytes, int]:
    """Stream with the sheets, and its declared size."""
    try:
        with olefile.OleFileIO(data) as file:
            if file.exists(ENCRYPTED):
                raise WorkbookError("locked_workbook")
            name = next(filter(file.exists, STREAMS), None)
            if name is None:
                raise WorkbookError("no_workbook")
            with file.openstream(name) as stream:
                return stream.read(), file.get_size(name)
    except (WorkbookError, MemoryError):
        raise
    except Exception as error:  # of any kind: the library trusts the numbers in the frame
        raise WorkbookError("torn_workbook") from error


def _records(stream: bytes, at: int, size: int) -> Iterator[Record]:
    """Records from the start of a sheet to its end, including those of embedded charts."""
    depth, unpack = 0, struct.Struct("<HH").unpack_from
    while at + 4 <= len(stream):
        kind, length = unpack(stream, at)
        at += 4
        depth += kind == BOF
        if at + length > len(stream) or not depth:
            raise WorkbookError("torn_workbook")
        yield kind, at, length, depth
        at += length
        depth -= kind == EOF
        if not depth:
            return
    if not depth or len(stream) < size:
        raise WorkbookError("torn_workbook")


def _renumber_formats(stream: bytearray, records: list[Record]) -> None:
    """Renumber number formats that the reader ignores to known ids, because it would read their dates as numbers."""
    stated = {
        int.from_bytes(stream[at : at + 2], "little"): at
        for kind, at, length, _ in records
        if kind in (NUMBER_FORMAT, OLD_NUMBER_FORMAT) and length > 2
    }
    free = iter(number for number in OWN_FORMATS if number not in stated)
    renumbered = zip(filter(_is_ignored_format, stated), free, strict=False)
    changed = dict.fromkeys(OF_EAST_ASIA, SHORT_DATE) | dict(renumbered)
    places = [at for number, at in stated.items() if number in changed]
    places += [at + 2 for kind, at, length, _ in records if kind == CELL_FORMAT and length > 4]
    for at in places:
        number = int.from_bytes(stream[at : at + 2], "little")
        stream[at : at + 2] = changed.get(number, number).to_bytes(2, "little")


def _is_ignored_format(number: int) -> bool:
    """True if the reader knows the id neither as built-in nor as custom."""
    return not (number < 27 or 37 <= number < 50 or 63 <= number < 67 or number in OWN_FORMATS)


def _check_cell(stream: bytes, kind: int, at: int, length: int) -> None:
    """Reject cells beyond column 256, which no .xls has: the reader would allocate every column up to there.

    Rejects formulas without a cached result, too. Raises WorkbookError.
    """
    if kind in ONE_CELL:
        is_far = length < 6 or stream[at + 3]
    elif kind in SEVERAL_CELLS:
        is_far = length < 6 or stream[at + 3] or stream[at + length - 1]
    else:
        return
    if is_far:
        raise WorkbookError("torn_workbook")
    if kind == FORMULA and _has_no_result(stream[at : at + length]):
        row, column = struct.unpack_from("<HH", stream, at)
        raise WorkbookError("formulas_without_values", cell=cell_name(row, column))


def _has_no_result(formula: bytes) -> bool:
    """True if a numeric formula has an empty text as its cached result."""
    if formula[6:7] != NO_TEXT or formula[12:14] != b"\xff\xff":
        return False
    (size,) = struct.unpack_from("<H", formula.ljust(22, b"\0"), 20)
    tokens = formula[22 : 22 + size]
    function = int.from_bytes(tokens[-2:], "little")
    calls = {0x21: tokens[-3:-2], 0x22: tokens[-4:-3]}
    is_call = any(token and token[0] & 0x1F | 0x20 == kind and token[0] >= 0x20 for kind, token in calls.items())
    return bool(tokens) and (
        tokens[-1] in ARITHMETIC or tokens[-4:-2] == SUM_ATTRIBUTE or (is_call and function in NUMBER_FUNCTIONS)
    )


def cell_name(row: int, column: int) -> str:
    """Cell reference from row and column, both from 0: row 0, column 26 is AA1."""
    letters, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"
