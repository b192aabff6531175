"""Bytes to rows of text: every cell VARCHAR, c0, c1, ... in file order, with its line in the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb
import numpy as np
import pyarrow
import pyarrow.compute
from sqlglot import exp

from shopwatch.exports.containers import Content, RejectedError, content_of
from shopwatch.exports.headers import position_of
from shopwatch.exports.recognise import Recognised
from shopwatch.exports.records import Survey, ends_told_by_csv
from shopwatch.exports.sheets import Workbook
from shopwatch.exports.texts import HEAD, MARK, as_utf8, encoding_by_all, likely_encoding, without_head

EXACT_DIGITS = 15  # of a number in Excel; the rest are zeros
MOST_FAULTS = 200_000  # each keeps its line: a file where every line has some would fill the memory
DAMAGED = "damaged: bytes that are no text"
FEW_DAMAGED, MOST_DAMAGED = 3, 0.05  # records; beyond both not lines are damaged but the file
OF_THE_CSV = ("Invalid Input Error: CSV Error", "Invalid Input Error: The CSV Parser")
# A line short of cells has a fault for each that is missing: the first says how many there are.
READ_FAULTS = r"""
    select
        line_byte_position - 1 as position,
        ltrim(regexp_replace(
            if(
                any_value(error_type) = 'TOO MANY COLUMNS',
                max_by(error_message, column_idx),
                min_by(error_message, column_idx)
            ),
            '(?s)^Expected Number of Columns: (\d+) Found: (\d+).*|^([^\n]*).*$', '\2/\1\3'
        ), '/') as reason
    from csv_faults
    group by line_byte_position
    order by line_byte_position
"""
MAKE_CELLS = "create temp table cells as"
# The rows get their lines by their order. IN with many values, and what amounts to it, would become a join, and from a
# join several threads write rows as they come.
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
FORGET = (
    "drop table if exists temp.cells",
    "drop table if exists temp.csv_faults",
    "drop table if exists temp.csv_scans",
)


@dataclass(frozen=True)
class Counted:
    """Every line of a file: ``lines`` is the sum of ``above``, ``records``, ``inside`` and ``blank``.

    ``above``: down to the header. ``records``: below it; ``broken`` of them had no readable cells.
    ``inside``: lines that go on with a record. ``blank``: lines without a single value.
    """

    records: int
    broken: int
    lines: int
    above: int
    inside: int
    blank: int


def encoding_of(path: Path) -> str:
    """The encoding that a text file is read in, by all of its bytes: utf-8-sig, utf-16 or gb18030.

    Raises RejectedError for what is no file of lines.
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


def read(con: duckdb.DuckDBPyConnection, found: Recognised, scratch: Path, cells: str | None = None) -> Counted:
    """Make the temporary view ``lines`` (line, ...) and the table ``broken`` (line, reason) of the file.

    ``lines`` has the columns that the query ``cells`` makes of ``source`` (c0, ...), row by row: without it
    the cells that the contract names. A line that has no readable cells is in ``broken``, with the
    reason. Raises RejectedError where the file cannot be taken apart surely.
    """
    con.execute(KEEP_ORDER)
    cells = cells or exp.select(*_used(found)).from_("source").sql("duckdb")
    if found.container == "text":
        return _read_text(con, found, scratch, cells)
    return _read_sheet(con, found, cells)


def _read_sheet(con: duckdb.DuckDBPyConnection, found: Recognised, cells: str) -> Counted:
    workbook = Workbook(Content(found.path, found.container, found.member))
    sheet = _own_up(found, workbook, workbook.cells(found.sheet))
    filled = pyarrow.array(np.zeros(sheet.num_rows, dtype=bool))
    for column in sheet.columns:
        text = pyarrow.compute.utf8_trim_whitespace(pyarrow.compute.fill_null(column, ""))
        filled = pyarrow.compute.or_(filled, pyarrow.compute.not_equal(text, ""))
    numbers = pyarrow.array(range(1, sheet.num_rows + 1), pyarrow.int64())
    is_body = pyarrow.compute.and_(filled, pyarrow.compute.greater(numbers, found.header_line))
    con.from_arrow(sheet.filter(is_body)).query("source", f"{MAKE_CELLS} {cells}")
    _number_by_row(con, _first_row(con), numbers.filter(is_body))
    _enter_broken(con, np.empty(0, dtype=np.int64), [])
    records, above = con.table("temp.cells").shape[0], min(found.header_line, sheet.num_rows)
    return Counted(records, 0, sheet.num_rows, above, 0, sheet.num_rows - above - records)


def _own_up(found: Recognised, workbook: Workbook, cells: pyarrow.Table) -> pyarrow.Table:
    """Long ids that stand in number cells have lost their last digits: show them as 6.9E+18, as csv does."""
    ids = (c for c in found.contract.columns.values() if c.type == "id")
    numbers: pyarrow.Table | None = None
    for at in {position_of(column.headers, found.headers) for column in ids} - {None}:
        long = pyarrow.compute.match_substring_regex(cells.column(at), rf"^\d{{{EXACT_DIGITS + 1},}}$")
        if pyarrow.compute.any(long).as_py():
            numbers = numbers or workbook.numbers(found.sheet)
            lost = pyarrow.compute.and_kleene(long, numbers.column(at).is_valid()).to_pylist()
            shown = [f"{float(t):E}" if gone else t for t, gone in zip(cells.column(at).to_pylist(), lost, strict=True)]
            cells = cells.set_column(at, f"c{at}", pyarrow.array(shown, pyarrow.string()))
    return cells


class _DoubtError(RejectedError):
    """DuckDB and the survey see different records."""


class _CsvError(RejectedError):
    """DuckDB cannot read the csv."""


@dataclass(frozen=True)
class _Text:
    """A UTF-8 file and where its records lie; ``skip``: records above the body, blank lines too."""

    path: Path
    survey: Survey
    skip: int


def _read_text(con: duckdb.DuckDBPyConnection, found: Recognised, scratch: Path, cells: str) -> Counted:
    content = Content(found.path, found.container, found.member)
    with content.open() as file:
        encoding = likely_encoding(file.read(HEAD))
    try:
        return _read_encoded(con, found, scratch, encoding, cells)
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-16"):  # a byte too few puts all that follow out of step
            raise RejectedError("wrong_encoding", encodings=["UTF-16"]) from error
    return _read_encoded(con, found, scratch, encoding_by_all(content), cells, errors=MARK)


def _read_encoded(
    con: duckdb.DuckDBPyConnection,
    found: Recognised,
    scratch: Path,
    encoding: str,
    cells: str,
    errors: str = "strict",
) -> Counted:
    """Read the file as it stands; where that leaves doubts, a copy with one kind of line end."""
    with _text(found, scratch, encoding, errors, one_line_end=False) as text:
        if not text.survey.mixed:
            try:
                return _take_apart(con, found, text, cells)
            except (_CsvError, _DoubtError):
                for statement in FORGET:
                    con.execute(statement)
    with _text(found, scratch, encoding, errors, one_line_end=True) as text:
        return _take_apart(con, found, text, cells)


@contextmanager
def _text(found: Recognised, scratch: Path, encoding: str, errors: str, *, one_line_end: bool) -> Iterator[_Text]:
    """The file itself where it is all UTF-8, else a private copy that goes with the block, its head blanked."""
    content = Content(found.path, found.container, found.member)
    survey = Survey(found.header_line, found.delimiter, len(found.headers))
    chunks = as_utf8(content, encoding, one_line_end=one_line_end, errors=errors)
    if encoding == "utf-8" and errors == "strict" and content.member is None and not one_line_end:
        yield _Text(found.path, survey.take(chunks), found.skip)
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        survey.take(_written(without_head(chunks, found.header_line), copy))
        copy.flush()
        yield _Text(Path(copy.name), survey, found.header_line)


def _written(chunks: Iterable[bytes], copy: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        copy.write(chunk)
        yield chunk


def _take_apart(con: duckdb.DuckDBPyConnection, found: Recognised, text: _Text, cells: str) -> Counted:
    """DuckDB tells the cells, the survey the lines.

    Raises _CsvError where DuckDB cannot tell them, _DoubtError where the two do not see the same records.
    """
    with _csv_errors():
        con.read_csv(
            str(text.path),
            header=False,
            skiprows=text.skip,
            columns={f"c{i}": "VARCHAR" for i in range(len(found.headers))},
            auto_detect=False,
            delimiter=found.delimiter,
            quotechar='"',
            escapechar='"',
            store_rejects=True,
            rejects_scan="csv_scans",
            rejects_table="csv_faults",
            rejects_limit=MOST_FAULTS,
        ).query("source", f"{MAKE_CELLS} {cells}")
    if con.table("temp.csv_faults").shape[0] >= MOST_FAULTS:
        _, reason = con.execute(READ_FAULTS).fetchone() or (0, "")
        raise RejectedError("ragged_throughout", expected=len(found.headers), example=reason)
    faults = con.execute(READ_FAULTS).fetch_arrow_table()
    positions = faults["position"].to_numpy()
    survey = text.survey
    if not survey.sure or len(positions):
        ends = None if survey.sure else ends_told_by_csv(text.path, found.header_line, found.delimiter)
        survey = Survey(found.header_line, found.delimiter, len(found.headers), ends, positions)
        survey.take(as_utf8(Content(text.path, "text"), "utf-8", one_line_end=False))
    faulty, first = np.unique(survey.located, return_index=True)
    rows = con.table("temp.cells").shape[0]
    if rows + len(faulty) != survey.records:
        raise _DoubtError("doubtful_records", some=rows + len(faulty), others=survey.records)
    _refuse_damaged(survey)
    _number(con, survey, faulty)
    reasons = dict(zip(faulty.tolist(), faults["reason"].take(first).to_pylist(), strict=True))
    reasons |= dict.fromkeys(survey.damaged.tolist(), DAMAGED)
    for empty in survey.empty.tolist():
        reasons.pop(empty, None)
    broken = np.array(sorted(reasons), dtype=np.int64)
    _enter_broken(con, survey.lines_of(broken), [reasons[record] for record in broken.tolist()])
    return Counted(
        survey.records - len(survey.empty),
        len(broken),
        survey.lines,
        found.header_line,
        survey.inside,
        survey.blank + len(survey.empty),
    )


@contextmanager
def _csv_errors() -> Iterator[None]:
    """What DuckDB says of the csv is the file's fault; all else that goes wrong in a query is ours, or the disk's."""
    try:
        yield
    except duckdb.InvalidInputException as error:
        said = str(error).splitlines()[0]
        if not said.startswith(OF_THE_CSV):
            raise
        raise _CsvError("broken_text", error=said) from error


def _refuse_damaged(survey: Survey) -> None:
    count = len(survey.damaged)
    if count > max(FEW_DAMAGED, MOST_DAMAGED * survey.records):
        line = int(survey.lines_of(survey.damaged[:1])[0])
        raise RejectedError("damaged_throughout", damaged=count, rows=survey.records, line=line)


def _used(found: Recognised) -> list[str]:
    """The columns that the contract names: the others are not even copied."""
    named = [column.headers for column in found.contract.columns.values()]
    others = {header for column in found.contract.columns.values() for header in column.until.values()}
    alone = ((header,) for header in (*others, *found.contract.skip, *found.contract.only))
    positions = {position_of(headers, found.headers) for headers in (*named, *alone)}
    return [f"c{at}" for at in sorted(p for p in positions if p is not None)]


def _number(con: duckdb.DuckDBPyConnection, survey: Survey, faulty: np.ndarray) -> None:
    """Make the view ``lines``: each row of ``cells`` with its line, without those that are empty or damaged."""
    first = _first_row(con)
    left_out = np.setdiff1d(np.union1d(survey.empty, survey.damaged), faulty)
    if len(left_out):
        rows = pyarrow.table({"row": first + left_out - np.searchsorted(faulty, left_out)})
        con.from_arrow(rows).query("source", "delete from cells where rowid in (select row from source)")
    if survey.one_shift is not None and not len(faulty):
        ahead = pyarrow.table({"ahead": [survey.one_shift - first]})
        con.from_arrow(ahead).query("source", "create temp table record_lines as select * from source")
        con.execute(VIEW_ALIKE)
    else:
        good = np.delete(np.arange(survey.records), faulty)
        _number_by_row(con, first, survey.lines_of(good))


def _first_row(con: duckdb.DuckDBPyConnection) -> int:
    """The first row id of ``cells``: in a transaction not 0."""
    (first,) = con.execute("select coalesce(min(rowid), 0) from cells").fetchone() or (0,)
    return int(first)


def _number_by_row(con: duckdb.DuckDBPyConnection, first: int, lines: np.ndarray | pyarrow.Array) -> None:
    numbers = pyarrow.table({"row": first + np.arange(len(lines)), "line": lines})
    con.from_arrow(numbers).query("source", "create temp table record_lines as select * from source")
    con.execute(VIEW_BY_ROW)


def _enter_broken(con: duckdb.DuckDBPyConnection, lines: np.ndarray, reasons: list[str]) -> None:
    broken = pyarrow.table({"line": lines, "reason": pyarrow.array(reasons, pyarrow.string())})
    con.from_arrow(broken).query("source", "create temp table broken as select * from source")
