"""Which contract a file fulfils: told by its headers, never by its name."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import fastexcel
from fastexcel import ExcelSheet

from shopwatch.exports.contract import Contract, closest
from shopwatch.exports.reasons import RejectedError as RejectedError

HEADER_WITHIN = 30
HEAD_BYTES = 1 << 17
DELIMITERS = (",", "\t", ";", "|")
BLANKS = dict.fromkeys(map(ord, " \t\r\n\u00a0\u3000\ufeff"))


@dataclass(frozen=True)
class Recognised:
    """How a file is to be read. ``header_line`` counts from 1; ``headers`` are in file order, made ``plain``.

    ``titles`` are the same headers as the file writes them.
    """

    path: Path
    contract: Contract
    container: str
    header_line: int
    headers: tuple[str, ...]
    titles: tuple[str, ...]
    preamble: tuple[str, ...]
    delimiter: str = ","


def plain(header: str) -> str:
    """A header without what platforms vary in it: blanks, line breaks, wide or narrow brackets, upper case."""
    return unicodedata.normalize("NFKC", header).translate(BLANKS).casefold()


def position_of(wanted: tuple[str, ...], headers: tuple[str, ...]) -> int | None:
    """Where the first of the wanted headers stands that a file has."""
    return next((headers.index(h) for h in map(plain, wanted) if h in headers), None)


def container_of(path: Path) -> str:
    """``text``, ``xls`` or ``xlsx``, by the file's first bytes. Raises RejectedError for anything else."""
    with path.open("rb") as file:
        magic = file.read(8)
    if magic == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "xls"
    if magic.startswith(b"PK\x03\x04"):
        if b"xl/" in path.read_bytes()[: 1 << 20]:
            return "xlsx"
        raise RejectedError("a zip archive: unpack it and drop the files that are in it")
    if magic.startswith(b"%PDF"):
        raise RejectedError("a PDF: download the report as csv or Excel")
    return "text"


def head_encoding(head: bytes) -> str:
    """The encoding that the first bytes allow: a byte order mark, else UTF-8, else GB18030."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _text_tops(path: Path) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """For each delimiter: the first records as (line on which the record ends, cells)."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    decoder = codecs.getincrementaldecoder(head_encoding(head))(errors="replace")
    text = decoder.decode(head)
    tops = []
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        records: list[tuple[int, list[str]]] = []
        try:
            for record in reader:
                records.append((reader.line_num, record))
                if reader.line_num >= HEADER_WITHIN:
                    break
        except csv.Error:
            pass  # what was read before the fault may still hold the header
        tops.append((delimiter, records))
    return tops


def open_sheet(path: Path, dtype: Literal["string", "boolean"] = "string", rows: int | None = None) -> ExcelSheet:
    """The first sheet from its first line on, empty lines too. Raises RejectedError where it cannot be opened."""
    try:
        content = path.read_bytes()  # given a path, the library would trust its extension
        return fastexcel.read_excel(content).load_sheet(0, header_row=None, skip_rows=0, n_rows=rows, dtypes=dtype)
    except BaseException as error:  # calamine's errors have no common base, and its panics are no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        said = str(error).partition("\n")[0]
        raise RejectedError(f"the workbook cannot be opened ({said}): download it again") from error


def _sheet_top(path: Path) -> list[tuple[int, list[str]]]:
    sheet = open_sheet(path, rows=HEADER_WITHIN)
    rows = zip(*(column.to_pylist() for column in sheet.to_arrow().columns), strict=True)
    return [(number, [cell or "" for cell in row]) for number, row in enumerate(rows, start=1)]


def first_lines(path: Path) -> tuple[str, list[tuple[str, list[tuple[int, list[str]]]]]]:
    """The container, and for each delimiter the first records as (line on which the record ends, cells)."""
    container = container_of(path)
    return container, [("", _sheet_top(path))] if container != "text" else _text_tops(path)


def missing_headers(contract: Contract, headers: set[str]) -> list[str]:
    """What keeps the contract from fitting: headers that are absent (an alias counts for one), or one too many."""
    alias = {plain(h): {plain(a) for a in c.headers} for c in contract.columns.values() for h in c.headers}
    absent = [h for h in contract.recognise if not alias.get(plain(h), {plain(h)}) & headers]
    return absent + [f"(not {h})" for h in contract.unless if plain(h) in headers]


def recognise(path: Path, contracts: dict[str, Contract]) -> Recognised:
    """How to read the file. Raises RejectedError: unknown, ambiguous, or without a column that is needed."""
    container, tops = first_lines(path)
    nearest: tuple[int, Contract, list[str]] | None = None
    for delimiter, records in tops:
        for index, (line, cells) in enumerate(records):
            headers = tuple(plain(cell) for cell in cells)
            missing = {name: missing_headers(contract, set(headers)) for name, contract in contracts.items()}
            fitting = [contracts[name] for name, absent in missing.items() if not absent]
            if len(fitting) > 1:
                names = " and ".join(c.export for c in fitting)
                raise RejectedError(f"ambiguous: the headers fit {names}; make one contract's `recognise` stricter")
            if fitting:
                preamble = tuple(" ".join(row) for _, row in records[:index])
                titles = tuple(" ".join(cell.split()).strip("\ufeff") for cell in cells)
                found = Recognised(path, fitting[0], container, line, headers, titles, preamble, delimiter)
                _demand_columns(found)
                return found
            for name, absent in missing.items():
                hits = len(contracts[name].recognise) - len(absent)
                if hits and (nearest is None or hits > nearest[0]):
                    nearest = (hits, contracts[name], absent)
    if nearest is None:
        raise RejectedError("unknown: no contract's headers stand in the first 30 lines; add one in include/sources")
    _, contract, absent = nearest
    raise RejectedError(
        f"unknown: nearest is {contract.export} ({contract.title.zh}), but its headers "
        f"{', '.join(absent)} are not in the first {HEADER_WITHIN} lines"
    )


def _demand_columns(found: Recognised) -> None:
    for name, column in found.contract.columns.items():
        position = position_of(column.headers, found.headers)
        if position is not None and found.headers.count(found.headers[position]) > 1:
            raise RejectedError(
                f"the column {column.headers[0]} ({name}) stands more than once in line {found.header_line}: "
                "nobody can tell which one counts; export again with one of them"
            )
        if not column.optional and position is None:
            wanted = " / ".join(column.headers)
            raise RejectedError(
                f"{found.contract.export} needs the column {wanted} ({name}), which line {found.header_line} "
                f"does not have{closest(column.headers[0], set(found.titles) - {''})}; export again with it"
            )
