"""Small files read side by side: the cells of many as one table of text, each row with its file and its line.

Only files that leave no doubt are read like this. What is doubtful in a text is told line by line, which
`readers.read` does with one file alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow

from shopwatch.exports.containers import Content, RejectedError
from shopwatch.exports.readers import Counted, csv_cells, header_texts, sheet_rows
from shopwatch.exports.recognise import Recognised
from shopwatch.exports.records import Survey
from shopwatch.exports.texts import HEAD, as_utf8, has_stray_quote, likely_encoding, may_be_mixed

SMALL = 1 << 20  # bytes; to plan the reading of a larger file costs little beside reading it
SHEET = "sheet"
EMPTY_ROW = -1
MAY_HOLD_HEADER = """
    select distinct file_number
    from cells
    where is_data and (problems > 1 or list_contains($titles, trim(problem_value)))
"""


@dataclass(frozen=True)
class SmallFile:
    """The rows of one file. ``lines``: where each row stands, `EMPTY_ROW` for one without a value.

    ``content``: the cells of a sheet, or the csv below its header in UTF-8. ``form``: what files that are read in one
    go have in common.
    """

    content: pyarrow.Table | bytes
    lines: np.ndarray
    counted: Counted
    form: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of text."""
        return self.content.nbytes if isinstance(self.content, pyarrow.Table) else len(self.content)


def small_file(found: Recognised) -> SmallFile | None:
    """A file ready to be read beside others, None where it has to be read alone. Raises RejectedError and OSError."""
    if not found.has_header or len(found.headers) < 2:
        return None
    return _small_text(found) if found.container == "text" else _small_sheet(found)


def _small_sheet(found: Recognised) -> SmallFile | None:
    rows, width = sheet_rows(found), len(found.headers)
    if rows.cells.num_columns < width:
        return None
    cells = rows.cells.select(range(width)).rename_columns(_names(found))
    return SmallFile(cells, rows.lines.to_numpy(), rows.counted, (SHEET,))


def _small_text(found: Recognised) -> SmallFile | None:
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
    counted = Counted(records, 0, survey.lines, found.header_line, survey.inside, blank)
    body = text.split(b"\n", found.header_line)[-1]
    return SmallFile(body, lines, counted, ("text", found.delimiter, str(survey.ends_in_crlf)))


def cells_of_all(
    con: duckdb.DuckDBPyConnection, found: Recognised, files: Sequence[SmallFile], scratch: Path
) -> pyarrow.Table:
    """The cells c0, c1, ... of files of one form with the headers of ``found``, with ``file_number`` and ``line``.

    ``file_number`` is the place among the files, counted from 1. Raises RejectedError where the parser does not see
    the records that were counted.
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


def doubtful_files(con: duckdb.DuckDBPyConnection, found: Recognised) -> set[int]:
    """The numbers of files of which a row in ``cells`` may be no row: their rows are taken out.

    Of a sheet none is: it says itself where a row begins.
    """
    if found.container != "text":
        return set()
    rows = con.execute(MAY_HOLD_HEADER, {"titles": header_texts(found)}).fetchall()
    doubtful = [number for (number,) in rows]
    if doubtful:
        con.execute("delete from cells where list_contains($1, file_number)", [doubtful])
    return set(doubtful)


def _parsed(
    con: duckdb.DuckDBPyConnection, found: Recognised, files: Sequence[SmallFile], scratch: Path
) -> pyarrow.Table:
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        copy.writelines(file.content for file in files)
        copy.flush()
        return csv_cells(con, found, Path(copy.name), 0).to_arrow_table()


def _names(found: Recognised) -> list[str]:
    return [f"c{place}" for place in range(len(found.headers))]
