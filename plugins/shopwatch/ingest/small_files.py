"""Small files read side by side: one text table with the cells of many files, each row with file and line.

Only files without doubtful records qualify. Doubtful text is reported line by line, which `readers.read` does for one
file alone.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow

from shopwatch.ingest.detect import Detection
from shopwatch.ingest.formats.containers import Content, RejectedError
from shopwatch.ingest.formats.records import Survey
from shopwatch.ingest.formats.texts import HEAD, as_utf8, has_stray_quote, likely_encoding, may_be_mixed
from shopwatch.ingest.readers import csv_cells, header_suspicion
from shopwatch.ingest.record_counts import RecordCounts
from shopwatch.ingest.sheet_rows import sheet_rows
from shopwatch.ingest.typed_rows import doubted_amounts, doubted_numbers

SMALL = 1 << 20  # bytes; for larger files, planning the read costs little compared with reading
SHEET = "sheet"
EMPTY_ROW = -1
DOUBTFUL = """
    select distinct file_number
    from cells
    where
        is_data
        and (
            problems >= $problems
            or list_contains($titles, trim(problem_value))
            or (list_contains($numbers, problem) and has_decimal_comma(problem_value))
            or (list_contains($amounts, problem) and has_thousand_point(problem_value))
        )
"""
NO_HEADERS = {"titles": [], "problems": sys.maxsize}


@dataclass(frozen=True)
class SmallFile:
    """Rows of one file. ``lines``: line of each row, `EMPTY_ROW` for a row without a value.

    ``content``: cells of a sheet, or the UTF-8 csv below the header row. ``form``: must be equal for files read
    together.
    """

    content: pyarrow.Table | bytes
    lines: np.ndarray
    counted: RecordCounts
    form: tuple[str, ...]

    @property
    def size(self) -> int:
        """Size of the text in bytes."""
        return self.content.nbytes if isinstance(self.content, pyarrow.Table) else len(self.content)


def small_file(found: Detection) -> SmallFile | None:
    """Prepare a file for batch reading; None if it must be read alone. Raises RejectedError and OSError."""
    if not found.has_header or len(found.headers) < 2:
        return None
    return _small_text(found) if found.container == "text" else _small_sheet(found)


def _small_sheet(found: Detection) -> SmallFile | None:
    rows, width = sheet_rows(found), len(found.headers)
    if rows.faults or rows.cells.num_columns < width:
        return None
    cells = rows.cells.select(range(width)).rename_columns(_names(found))
    return SmallFile(cells, rows.lines.to_numpy(), rows.counted, (SHEET,))


def _small_text(found: Detection) -> SmallFile | None:
    content = Content(found.path, found.container, found.member)
    with content.open() as file:
        encoding = likely_encoding(file.read(HEAD))
    is_doubtful = (
        len(found.delimiter) > 1
        or (encoding == "gb18030" and may_be_mixed(content))
        or has_stray_quote(content, found.delimiter, found.header_line)
    )
    if is_doubtful:
        return None
    try:
        text = b"".join(as_utf8(content, encoding, one_line_end=False))
    except (UnicodeDecodeError, RejectedError):
        return None
    if not text.endswith(b"\n"):
        text += b"\r\n" if b"\r\n" in text else b"\n"
    survey = Survey(found.header_line, found.delimiter, len(found.headers)).take([text])
    if not survey.is_clear:
        return None
    lines = survey.lines_of(np.arange(survey.records))
    lines[survey.empty] = EMPTY_ROW
    records, blank = survey.records - len(survey.empty), survey.blank + len(survey.empty)
    counted = RecordCounts(records, 0, survey.lines, found.header_line, survey.inside, blank)
    body = text.split(b"\n", found.header_line)[-1]
    return SmallFile(body, lines, counted, ("text", found.delimiter, str(survey.ends_in_crlf)))


def cells_of_all(
    con: duckdb.DuckDBPyConnection, found: Detection, files: Sequence[SmallFile], scratch: Path
) -> pyarrow.Table:
    """Cells c0, c1, ... of files of one form with the headers of ``found``, plus ``file_number`` and ``line``.

    ``file_number``: position among the files, from 1. Raises RejectedError if the parser's records differ from the
    counted ones.
    """
    if files[0].form == (SHEET,):
        cells = pyarrow.concat_tables([file.content for file in files])
    else:
        cells = _parsed(con, found, files, scratch)
    lines = np.concatenate([file.lines for file in files])
    if cells.num_rows != len(lines):
        raise RejectedError("doubtful_records", some=cells.num_rows, others=len(lines))
    numbers = np.repeat(np.arange(1, len(files) + 1), [len(file.lines) for file in files])
    numbered = cells.append_column("file_number", pyarrow.array(numbers)).append_column("line", pyarrow.array(lines))
    is_empty = lines == EMPTY_ROW
    return numbered.filter(pyarrow.array(~is_empty)) if is_empty.any() else numbered


def doubtful_files(con: duckdb.DuckDBPyConnection, found: Detection) -> set[int]:
    """Numbers of files with a row of ``cells`` that may be misread, or whose decimal mark is in doubt.

    Their rows are deleted.

    Sheets mark their rows, so no record of theirs is misread.
    """
    headers = header_suspicion(found) if found.container == "text" else NO_HEADERS
    doubted = {"numbers": doubted_numbers(found.contract), "amounts": doubted_amounts(found.contract)}
    rows = con.execute(DOUBTFUL, headers | doubted).fetchall()
    doubtful = [number for (number,) in rows]
    if doubtful:
        con.execute("delete from cells where list_contains($1, file_number)", [doubtful])
    return set(doubtful)


def _parsed(
    con: duckdb.DuckDBPyConnection, found: Detection, files: Sequence[SmallFile], scratch: Path
) -> pyarrow.Table:
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        copy.writelines(file.content for file in files)
        copy.flush()
        return csv_cells(con, found, Path(copy.name), 0).to_arrow_table()


def _names(found: Detection) -> list[str]:
    return [f"c{place}" for place in range(len(found.headers))]
