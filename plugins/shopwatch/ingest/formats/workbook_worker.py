"""Workbook reader process: a hostile or damaged workbook costs only its own file.

Run as ``python -m shopwatch.ingest.formats.workbook_worker MEGABYTES SECONDS``. Requests arrive on standard input,
replies go to standard output, one frame each. Imports little, to start fast.
"""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import sys
import threading
from collections import defaultdict
from typing import IO, Any

import fastexcel
import pyarrow
import pyarrow.compute

from shopwatch.ingest.formats.biff import WorkbookError, only_sheets
from shopwatch.ingest.formats.frames import read_frame, write_frame
from shopwatch.ingest.formats.grids import Grid
from shopwatch.ingest.formats.html_tables import html_tables
from shopwatch.ingest.formats.moments import shown_moment
from shopwatch.ingest.formats.spreadsheetml import xml_sheets

ERRORS = {
    "NA": "#N/A",
    "Div0": "#DIV/0!",
    "Value": "#VALUE!",
    "Ref": "#REF!",
    "Name": "#NAME?",
    "Num": "#NUM!",
    "Null": "#NULL!",
}
# A time of day or a duration is a number of days, like a date: the library shows it as a moment after 1899.
MAYBE_TIME = r"^(1899|1900|1904)-\d\d-\d\d \d\d:\d\d:\d\d"
MAYBE_CUT = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.999$"
NO_MEMORY = re.compile("memory|capacity overflow", re.I)


def text_cells(book: fastexcel.ExcelReader, sheet: int, rows: int | None) -> pyarrow.RecordBatch:
    """Sheet from its first line, each cell as text; errors and times in Excel's display format."""
    page = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes="string")
    cells, faults = page.to_arrow_with_errors()
    texts = dict(enumerate(cells.columns))
    if faults:
        texts |= _with_errors(texts, {fault.position: fault.detail for fault in faults.errors})
    moments = [column for column, values in texts.items() if _any_match(values, f"{MAYBE_TIME}|{MAYBE_CUT}")]
    if moments:
        days = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes="duration").to_arrow()
        texts |= {column: _with_times(texts[column], days.column(column)) for column in moments}
    return pyarrow.RecordBatch.from_arrays(list(texts.values()), names=[f"c{column}" for column in texts])


def _any_match(texts: pyarrow.Array, pattern: str) -> bool:
    return bool(pyarrow.compute.any(pyarrow.compute.match_substring_regex(texts, pattern)).as_py())


def _with_errors(texts: dict[int, pyarrow.Array], details: dict[tuple[int, int], str]) -> dict[int, pyarrow.Array]:
    """Columns with Excel errors restored: the library leaves those cells empty and lists them separately."""
    shown: dict[int, dict[int, str]] = defaultdict(dict)
    for (line, column), detail in details.items():
        kind = detail.partition("Error(")[2].partition(")")[0]
        shown[column][line] = ERRORS.get(kind, f"#{kind}")
    return {
        column: pyarrow.array(
            [errors.get(line, text) for line, text in enumerate(texts[column].to_pylist())], pyarrow.string()
        )
        for column, errors in shown.items()
    }


def _with_times(texts: pyarrow.Array, days: pyarrow.Array) -> pyarrow.Array:
    """Times and durations as H:MM:SS; moments truncated to .999 s are rounded up to the intended second."""
    cells = zip(texts.to_pylist(), days.cast(pyarrow.duration("ms")).to_pylist(), strict=True)
    return pyarrow.array(
        [text if since is None else shown_moment(text, since) for text, since in cells], pyarrow.string()
    )


def number_cells(book: fastexcel.ExcelReader, sheet: int) -> pyarrow.RecordBatch:
    """Same columns: a value for cells that hold a number, else null."""
    page = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="boolean").to_arrow()
    return pyarrow.RecordBatch.from_arrays(page.columns, names=[f"c{column}" for column in range(page.num_columns)])


def _open(container: str, data: bytes) -> fastexcel.ExcelReader | list[Grid]:
    match container:
        case "html":
            return html_tables(data)
        case "xml":
            return xml_sheets(data)
        case "xls":
            data = only_sheets(data)
    return fastexcel.read_excel(data)  # given a path, it would trust the extension


class Worker:
    """Holds one open workbook and answers requests."""

    def __init__(self, megabytes: int, seconds: int) -> None:
        self._megabytes, self._seconds = megabytes, seconds
        self._book: fastexcel.ExcelReader | list[Grid] | None = None

    def answer(self, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes | pyarrow.Buffer]:
        """Reply to one request; a fault of the workbook is a reply, too."""
        signal.setitimer(signal.ITIMER_PROF, self._seconds)  # SIGPROF ends the process, even inside native code
        try:
            return self._answer(request, body)
        except BaseException as error:  # the library's panics do not derive from Exception
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            fault = error if isinstance(error, WorkbookError) else self._fault(error)
            return {"code": fault.code, "values": fault.values}, b""
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _answer(self, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes | pyarrow.Buffer]:
        if "container" in request:
            self._book = None
            self._book = _open(request["container"], body)
            if isinstance(self._book, list):
                return {"sheets": [sheet.name for sheet in self._book]}, b""
            return {"sheets": list(self._book.sheet_names)}, b""
        assert self._book is not None
        sheet, rows = request["sheet"], request["rows"]
        if isinstance(self._book, list):
            cells = self._book[sheet].numbers() if request["numbers"] else self._book[sheet].texts(rows)
        else:
            cells = number_cells(self._book, sheet) if request["numbers"] else text_cells(self._book, sheet, rows)
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, cells.schema) as stream:
            stream.write_batch(cells)
        return {}, sink.getvalue()

    def _fault(self, error: BaseException) -> WorkbookError:
        message = str(error).partition("\n")[0]
        if "password" in message.lower():
            return WorkbookError("locked_workbook")
        if isinstance(error, MemoryError) or NO_MEMORY.search(message):
            return WorkbookError("hungry_workbook", gigabytes=self._megabytes >> 10)
        return WorkbookError("broken_workbook", error=message.removeprefix("calamine error: "))


def _exit_on_hangup(pipe: IO[bytes]) -> None:
    """End this process when the client is gone, even in the middle of a workbook."""
    poll = select.poll()
    poll.register(pipe, 0)  # a hang-up is reported for any event mask
    poll.poll()
    os._exit(0)


def main(megabytes: int, seconds: int) -> None:
    """Serve requests until the client closes the pipe."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    threading.Thread(target=_exit_on_hangup, args=(requests,), daemon=True).start()
    worker = Worker(megabytes, seconds)
    while (request := read_frame(requests)) is not None:
        write_frame(replies, *worker.answer(*request))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
