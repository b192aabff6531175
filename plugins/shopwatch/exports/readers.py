"""Bytes to rows of text: every cell VARCHAR, c0, c1, ... in file order, with its line in the file."""

from __future__ import annotations

import codecs
import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow
import pyarrow.compute

from shopwatch.exports.recognise import Recognised, RejectedError, head_encoding, open_sheet, position_of

CHUNK = 1 << 20
SCAN = 1 << 26
EXACT_DIGITS = 15  # of a number in Excel; the rest are zeros
# A line short of cells has a fault for each that is missing: the first says how many there are.
READ_FAULTS = r"""
    select
        line_byte_position - 1,
        ltrim(regexp_replace(
            if(
                any_value(error_type) = 'TOO MANY COLUMNS',
                max_by(error_message, column_idx),
                min_by(error_message, column_idx)
            ),
            '(?s)^Expected Number of Columns: (\d+) Found: (\d+).*|^([^\n]*).*$', '\2/\1\3'
        ), '/')
    from csv_faults
    group by line_byte_position
    order by line_byte_position
"""


@dataclass(frozen=True)
class Counted:
    """Records below the header, blank ones left out, and how many of them had no readable cells."""

    records: int
    broken: int


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(con: duckdb.DuckDBPyConnection, found: Recognised, scratch: Path) -> Counted:
    """Fill the temporary tables ``lines`` (line, c0, ...) and ``broken`` (line, reason) from the file.

    ``lines`` is in file order; a line that has no readable cells is in ``broken``, with the reason.
    Raises RejectedError where the file's bytes are no text.
    """
    if found.container == "text":
        return _read_text(con, found, scratch)
    return _read_sheet(con, found)


def _read_sheet(con: duckdb.DuckDBPyConnection, found: Recognised) -> Counted:
    cells = pyarrow.Table.from_batches([open_sheet(found.path).to_arrow()])
    cells = _own_up(found, cells.rename_columns([f"c{i}" for i in range(cells.num_columns)]))
    numbered = cells.append_column("line", pyarrow.array(range(1, cells.num_rows + 1), pyarrow.int64()))
    body = con.from_arrow(numbered.slice(found.header_line))
    present = duckdb.CoalesceOperator(*(duckdb.ColumnExpression(name) for name in cells.column_names))
    body.filter(present.isnotnull()).query("source", "create temp table lines as select * from source")
    con.execute("create temp table broken (line bigint, reason varchar)")
    return Counted(con.table("temp.lines").shape[0], 0)


def _own_up(found: Recognised, cells: pyarrow.Table) -> pyarrow.Table:
    """Long ids that stand in number cells have lost their last digits: show them as 6.9E+18, as csv does.

    Read as boolean, number cells give a value and text cells none.
    """
    ids = (c for c in found.contract.columns.values() if c.type == "id")
    numbers: pyarrow.Table | None = None
    for at in {position_of(column.headers, found.headers) for column in ids} - {None}:
        long = pyarrow.compute.match_substring_regex(cells.column(at), rf"^\d{{{EXACT_DIGITS + 1},}}$")
        if pyarrow.compute.any(long).as_py():
            numbers = numbers or pyarrow.Table.from_batches([open_sheet(found.path, "boolean").to_arrow()])
            lost = pyarrow.compute.and_kleene(long, numbers.column(at).is_valid()).to_pylist()
            shown = [f"{float(t):E}" if gone else t for t, gone in zip(cells.column(at).to_pylist(), lost, strict=True)]
            cells = cells.set_column(at, f"c{at}", pyarrow.array(shown, pyarrow.string()))
    return cells


def _read_text(con: duckdb.DuckDBPyConnection, found: Recognised, scratch: Path) -> Counted:
    try:
        records, plain_lines = _read_csv(con, found, scratch, one_line_end=False)
    except duckdb.Error:  # among others: LF and CRLF in one file, which the strict parser refuses
        try:
            records, plain_lines = _read_csv(con, found, scratch, one_line_end=True)
        except duckdb.Error as error:
            raise RejectedError(f"no table of text: {str(error).splitlines()[0]}") from error
    faults = con.execute(READ_FAULTS).fetchall()
    rows = con.table("temp.cells").shape[0]
    fitting = next((r for r in (records, plain_lines) if len(r.line) == rows + len(faults)), records)
    # a fault lies before its record, on a line end or a blank line, or where quotes do not balance inside it
    at = np.searchsorted(fitting.end[:-1], [position for position, _ in faults], side="right")
    good = np.delete(fitting.line, at) if len(fitting.line) else fitting.line
    if len(good) != rows:  # quotes that do not balance: the order of the records is all that is sure
        good = np.arange(found.header_line + 1, found.header_line + 1 + rows)
    con.register("record_lines", pyarrow.table({"line": good}))
    con.execute("create temp table lines as select * from record_lines positional join cells")
    con.unregister("record_lines")
    con.execute("create temp table broken (line bigint, reason varchar)")
    for index, (_, reason) in zip(at, faults, strict=True):
        line = int(fitting.line[index]) if index < len(fitting.line) else None
        con.execute("insert into broken values ($1, $2)", [line, reason])
    return Counted(rows + len(faults), len(faults))


def _read_csv(
    con: duckdb.DuckDBPyConnection, found: Recognised, scratch: Path, *, one_line_end: bool
) -> tuple[_Records, _Records]:
    with _as_utf8(found.path, scratch, one_line_end=one_line_end) as path:
        con.read_csv(
            str(path),
            header=False,
            skiprows=found.header_line,
            columns={f"c{i}": "VARCHAR" for i in range(len(found.headers))},
            auto_detect=False,
            delimiter=found.delimiter,
            quotechar='"',
            escapechar='"',
            store_rejects=True,
            rejects_scan="csv_scans",
            rejects_table="csv_faults",
        ).query("source", "create temp table cells as select * from source")
        return _records(path, found.header_line, quoted=True), _records(path, found.header_line, quoted=False)


class _Records(NamedTuple):
    """Where each record starts and ends (byte offsets) and on which line it starts, in file order."""

    start: np.ndarray
    end: np.ndarray
    line: np.ndarray


def _records(path: Path, after_line: int, *, quoted: bool) -> _Records:
    """The records that start after a line, blank ones left out.

    With ``quoted`` a record ends at a line end that has an even number of quotes before it
    (RFC 4180); without, each line is a record.
    """
    offset, quotes = 0, 0
    ends, closes = [np.array([-1])], [np.array([True])]
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(SCAN):
            data = np.frombuffer(chunk, dtype=np.uint8)
            at = np.flatnonzero(data == ord("\n"))
            quote_at = np.flatnonzero(data == ord('"'))
            before = quotes + np.searchsorted(quote_at, at)
            closes.append(before % 2 == 0 if quoted else np.full(len(at), True))
            ends.append(at + offset)
            offset, quotes, last = offset + len(chunk), quotes + len(quote_at), chunk
    if last and not last.endswith(b"\n"):
        ends.append(np.array([offset]))
        closes.append(np.array([True]))
    end, closing = np.concatenate(ends), np.concatenate(closes)
    closing[-1] = True  # the file's end closes what a quote left open
    line = np.flatnonzero(closing)[:-1] + 1
    start, length = end[closing][:-1] + 1, np.diff(end[closing])
    filled = (line > after_line) & (length > 2)
    short = np.flatnonzero((line > after_line) & (length == 2))
    filled[short[_not_cr(path, start[short])]] = True
    return _Records(start[filled], end[closing][1:][filled], line[filled])


def _not_cr(path: Path, positions: np.ndarray) -> np.ndarray:
    """Which one-byte lines hold something other than a carriage return."""
    if not len(positions):
        return np.array([], dtype=bool)
    bytes_there: np.ndarray = np.memmap(path, dtype=np.uint8, mode="r")[positions]
    other: np.ndarray = bytes_there != ord("\r")
    return other


@contextmanager
def _as_utf8(path: Path, scratch: Path, *, one_line_end: bool) -> Iterator[Path]:
    """The file itself where it is UTF-8, else a private transcoded copy that goes with the block.

    ``one_line_end``: a copy in any case, in which each line ends in LF.
    """
    encoding = encoding_of(path)
    if encoding == "utf-8-sig" and not one_line_end:
        yield path
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(encoding)()
        if one_line_end:
            decoder = io.IncrementalNewlineDecoder(decoder, translate=True)  # type: ignore[assignment]
        with path.open("rb") as file:
            try:
                while chunk := file.read(CHUNK):
                    copy.write(decoder.decode(chunk).encode())
                copy.write(decoder.decode(b"", final=True).encode())
            except UnicodeDecodeError as error:
                raise RejectedError(
                    f"neither UTF-8 nor {encoding} near byte {file.tell()}: download the file again"
                ) from error
        copy.flush()
        yield Path(copy.name)


def encoding_of(path: Path) -> str:
    """The encoding that a text file is read in, by all of its bytes: utf-8-sig, utf-16 or gb18030."""
    with path.open("rb") as file:
        encoding = head_encoding(file.read(CHUNK))
    return "gb18030" if encoding == "utf-8-sig" and not _is_utf8(path) else encoding


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
