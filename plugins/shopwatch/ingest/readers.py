"""Readers: bytes to rows of text; every cell VARCHAR, c0, c1, ... in file order, with its line in the file."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO

import duckdb
import numpy as np
import pyarrow
import pyarrow.compute
from sqlglot import exp

from shopwatch.catalog.headers import position_of
from shopwatch.ingest.body_headers import BodyHeaders
from shopwatch.ingest.damaged_text import DamagedLine, Records, Sorter, usual_cells
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.formats.containers import Content, RejectedError, content_of
from shopwatch.ingest.formats.records import Survey
from shopwatch.ingest.formats.texts import (
    HEAD,
    MARK,
    as_utf8,
    encoding_by_all,
    ends_in_marks,
    has_stray_quote,
    likely_encoding,
    may_be_mixed,
    refuse_mixed,
)
from shopwatch.ingest.record_counts import RecordCounts
from shopwatch.ingest.sheet_rows import SheetRows, sheet_rows

OF_THE_CSV = ("Invalid Input Error: CSV Error", "Invalid Input Error: The CSV Parser")
MAKE_CELLS = "create temp table cells as"
FORGET = "drop table if exists temp.cells"
MAY_HOLD_HEADER = """
    select 1
    from cells
    where is_data and (problems >= $problems or list_contains($titles, trim(problem_value)))
    limit 1
"""
# Rows are numbered by their order. IN with many values, or an equivalent, would become a join, and after a join several
# threads write rows out of order.
KEEP_ORDER = "set disabled_optimizers = 'in_clause'"
VIEW_ALIKE = """
    create temp view lines as
    select cells.rowid + record_lines.ahead as line, cells.*
    from cells
    cross join record_lines
"""
VIEW_BY_ROW = """
    create temp view lines as
    select record_lines.line, cells.*
    from cells
    inner join record_lines on cells.rowid = record_lines.row
"""


def encoding_of(path: Path) -> str:
    """Encoding of a text file, by all of its bytes: utf-8-sig, utf-16 or gb18030.

    Raises RejectedError if the file is not text in lines.
    """
    content = content_of(path)
    with content.open() as file:
        likely = likely_encoding(file.read(HEAD))
    try:
        for _ in as_utf8(content, "utf-8", one_line_end=False) if likely == "utf-8" else ():
            pass
    except UnicodeDecodeError:
        likely = encoding_by_all(content)
    return {"utf-8": "utf-8-sig"}.get(likely, likely)


def read(
    con: duckdb.DuckDBPyConnection,
    found: Detection,
    scratch: Path,
    cells: str | None = None,
    *,
    texts_only: bool = False,
) -> RecordCounts:
    """Create the temporary view ``lines`` (line, ...) and the table ``broken`` (line, reason, code, values) of the
    file.

    The columns of ``lines`` come from the query ``cells`` over ``source`` (c0, ...), row by row; default: the cells
    named by the contract. ``texts_only``: without the numbers of a workbook's number cells. Lines without readable
    cells go to ``broken``, with the reason. Raises RejectedError if the file cannot be
    parsed reliably.
    """
    con.execute(KEEP_ORDER)
    cells = cells or exp.select(*_used_columns(found)).from_("source").sql("duckdb")
    if found.container == "text":
        return _count_stray_quote(con, found, _read_text(con, found, scratch, cells))
    return _read_sheet(con, sheet_rows(found, texts_only=texts_only), cells)


def _read_sheet(con: duckdb.DuckDBPyConnection, rows: SheetRows, cells: str) -> RecordCounts:
    con.from_arrow(rows.cells).query("source", f"{MAKE_CELLS} {cells}")
    _number_by_row(con, _first_row(con), rows.lines)
    _enter_broken(con, rows.faults)
    return rows.counted


class _DoubtError(Exception):
    """Text with records that need a closer look."""


def _read_text(con: duckdb.DuckDBPyConnection, found: Detection, scratch: Path, cells: str) -> RecordCounts:
    content = Content(found.path, found.container, found.member)
    with content.open() as file:
        encoding = likely_encoding(file.read(HEAD))
    if encoding == "gb18030" and may_be_mixed(content):
        refuse_mixed(content)  # it would be read without an error, but with wrong characters
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        try:
            return _read_clear(con, found, scratch, encoding, cells)
        except _DoubtError:
            con.execute(FORGET)
            return _read_doubtful(con, found, scratch, encoding, "strict", cells)
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-16"):  # a missing byte shifts all that follow
            raise RejectedError("wrong_encoding", encodings=["UTF-16"]) from error
    con.execute(FORGET)
    try:
        return _read_doubtful(con, found, scratch, encoding_by_all(content), MARK, cells)
    except RejectedError as error:
        if error.code == "damaged_throughout":
            refuse_mixed(content)
        raise


def _read_clear(
    con: duckdb.DuckDBPyConnection, found: Detection, scratch: Path, encoding: str, cells: str
) -> RecordCounts:
    """Let DuckDB read the file directly if it is UTF-8, else a copy; a survey of the bytes numbers the lines.

    Raises _DoubtError if the two disagree on the records, or if the survey is not certain.
    """
    if len(found.delimiter) > 1:
        raise _DoubtError
    content = Content(found.path, found.container, found.member)
    survey = Survey(found.header_line, found.delimiter, len(found.headers))
    chunks = as_utf8(content, encoding, one_line_end=False)
    if encoding == "utf-8" and content.member is None and not ends_in_marks(content):
        return _read_surveyed(con, found, found.path, found.skip, survey.take(chunks), cells)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        survey.take(_write_blanked(chunks, found.header_line, copy))
        copy.flush()
        return _read_surveyed(con, found, Path(copy.name), found.header_line, survey, cells)


def _write_blanked(chunks: Iterable[bytes], header_line: int, copy: IO[bytes]) -> Iterator[bytes]:
    """Write each chunk with the lines down to the header row blanked, and yield it unchanged."""
    for chunk in chunks:
        body, blank = chunk, b""
        while header_line and body:
            line, _, body = body.partition(b"\n")
            blank += b"\r\n" if line.endswith(b"\r") else b"\n"  # all line ends of the copy are alike
            header_line -= 1
        copy.write(blank + body)
        yield chunk


def _read_surveyed(
    con: duckdb.DuckDBPyConnection, found: Detection, path: Path, skip: int, survey: Survey, cells: str
) -> RecordCounts:
    if not survey.is_clear:
        raise _DoubtError
    try:
        _make_cells(con, found, path, skip, cells)
    except RejectedError as error:
        raise _DoubtError from error
    if con.table("temp.cells").shape[0] != survey.records or _may_hold_header(con, found):
        raise _DoubtError
    _number(con, survey)
    _enter_broken(con, [])
    records, blank = survey.records - len(survey.empty), survey.blank + len(survey.empty)
    return RecordCounts(records, 0, survey.lines, found.header_line, survey.inside, blank)


def _read_doubtful(
    con: duckdb.DuckDBPyConnection, found: Detection, scratch: Path, encoding: str, errors: str, cells: str
) -> RecordCounts:
    """Let DuckDB read a copy with the good records only; as few records as possible are parsed to make it."""
    content = Content(found.path, found.container, found.member)
    chunks = partial(as_utf8, content, encoding, one_line_end=True, errors=errors)
    try:
        records = _sort_records(con, found, chunks, scratch, cells, copies_spans=True)
    except _DoubtError:
        con.execute(FORGET)
        records = _sort_records(con, found, chunks, scratch, cells, copies_spans=False)
    rows = con.table("temp.cells").shape[0]
    if rows != len(records.good):
        raise RejectedError("doubtful_records", some=rows, others=len(records.good))
    _number_by_row(con, _first_row(con), records.lines_of_good())
    _enter_broken(con, records.faults)
    count, broken = len(records.good) + len(records.faults), len(records.faults)
    lines = found.header_line + records.lines
    return RecordCounts(count, broken, lines, found.header_line, records.inside, records.blank)


def _sort_records(
    con: duckdb.DuckDBPyConnection,
    found: Detection,
    chunks: Callable[[], Iterable[bytes]],
    scratch: Path,
    cells: str,
    *,
    copies_spans: bool,
) -> Records:
    """Create ``cells`` from the good records. ``chunks``: the file as UTF-8, from its beginning at each call.

    Raises _DoubtError if copied spans may contain other records.
    """
    lines = chain.from_iterable(io.StringIO(chunk.decode(), newline="\n") for chunk in chunks())
    width = usual_cells(islice(lines, found.header_line, None), found)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        records = Sorter(found, width, copies_spans=copies_spans).write(chunks(), copy)
        copy.flush()
        try:
            _make_cells(con, found, Path(copy.name), 0, cells)
        except RejectedError as error:
            if not copies_spans:
                raise
            raise _DoubtError from error
    is_sure = con.table("temp.cells").shape[0] == len(records.good) and not _may_hold_header(con, found)
    if copies_spans and not is_sure:
        raise _DoubtError
    return records


def _count_stray_quote(con: duckdb.DuckDBPyConnection, found: Detection, counted: RecordCounts) -> RecordCounts:
    """Count the header row as a broken line if its quotes are misplaced: its titles were read without them."""
    content = Content(found.path, found.container, found.member)
    if not found.has_header or not has_stray_quote(content, found.delimiter, found.header_line):
        return counted
    line, reason, code, values = DamagedLine(found.header_line, "stray quote in the header", "header_quote")
    con.execute("insert into broken values ($1, $2, $3, $4)", [line, reason, code, values])
    records, broken, above = counted.records + 1, counted.broken + 1, counted.above - 1
    return replace(counted, records=records, broken=broken, above=above)


def csv_cells(con: duckdb.DuckDBPyConnection, found: Detection, path: Path, skip: int) -> duckdb.DuckDBPyRelation:
    """Text cells c0, c1, ... of a UTF-8 csv below the skipped records."""
    return con.read_csv(
        str(path),
        header=False,
        skiprows=skip,
        columns={f"c{i}": "VARCHAR" for i in range(len(found.headers))},
        auto_detect=False,
        delimiter=found.delimiter[0],
        quotechar='"',
        escapechar='"',
    )


def _make_cells(con: duckdb.DuckDBPyConnection, found: Detection, path: Path, skip: int, cells: str) -> None:
    """Create ``cells`` from a csv. Raises RejectedError for DuckDB's csv errors only; others are our own faults."""
    try:
        csv_cells(con, found, path, skip).query("source", f"{MAKE_CELLS} {cells}")
    except duckdb.InvalidInputException as error:
        message = str(error).splitlines()[0]
        if not message.startswith(OF_THE_CSV):
            raise
        raise RejectedError("broken_text", error=message) from error


def _may_hold_header(con: duckdb.DuckDBPyConnection, found: Detection) -> bool:
    """True if a row has a header in place of a value, or several unreadable cells."""
    if "problem_value" not in con.table("temp.cells").columns:
        return False
    row = con.execute(MAY_HOLD_HEADER, header_suspicion(found)).fetchone()
    return row is not None


def header_suspicion(found: Detection) -> dict[str, object]:
    """Signs of a header row among typed rows: ``titles`` in place of a value, ``problems`` or more in one row."""
    headers = BodyHeaders(found)
    return {"titles": sorted(headers.titles), "problems": headers.least_problems}


def _used_columns(found: Detection) -> list[str]:
    """Cell columns used by the contract; the others are not even copied."""
    named = [column.headers for column in found.contract.columns.values()]
    others = {header for column in found.contract.columns.values() for header in column.until.values()}
    alone = ((header,) for header in (*others, *found.contract.skip, *found.contract.only))
    positions = {position_of(headers, found.headers) for headers in (*named, *alone)}
    return [f"c{at}" for at in sorted(p for p in positions if p is not None)]


def _number(con: duckdb.DuckDBPyConnection, survey: Survey) -> None:
    """Create the view ``lines``: rows of ``cells`` with their line, without empty rows."""
    first = _first_row(con)
    if len(survey.empty):
        rows = pyarrow.table({"row": first + survey.empty})
        con.from_arrow(rows).query("source", "delete from cells where rowid in (select row from source)")
    if survey.one_shift is not None:
        ahead = pyarrow.table({"ahead": [survey.one_shift - first]})
        con.from_arrow(ahead).query("source", "create temp table record_lines as select * from source")
        con.execute(VIEW_ALIKE)
    else:
        _number_by_row(con, first, survey.lines_of(np.arange(survey.records)))


def _first_row(con: duckdb.DuckDBPyConnection) -> int:
    """Smallest row id of ``cells``, which is not 0 within a transaction."""
    (first,) = con.execute("select coalesce(min(rowid), 0) from cells").fetchone() or (0,)
    return int(first)


def _number_by_row(con: duckdb.DuckDBPyConnection, first: int, lines: np.ndarray | pyarrow.Array) -> None:
    numbers = pyarrow.table({"row": first + np.arange(len(lines)), "line": lines})
    con.from_arrow(numbers).query("source", "create temp table record_lines as select * from source")
    con.execute(VIEW_BY_ROW)


def _enter_broken(con: duckdb.DuckDBPyConnection, faults: list[DamagedLine]) -> None:
    names = pyarrow.schema({"line": pyarrow.int64(), **dict.fromkeys(("reason", "code", "values"), pyarrow.string())})
    columns = list(zip(*faults, strict=True)) or [()] * len(names)
    broken = pyarrow.table(list(map(list, columns)), schema=names)
    con.from_arrow(broken).query("source", "create temp table broken as select * from source")
