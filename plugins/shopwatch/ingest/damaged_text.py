"""Text with doubtful records: good records are rewritten, all others are reported line by line. No row is a guess."""

from __future__ import annotations

import csv
import io
import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, NamedTuple

import numpy as np

from shopwatch.ingest.body_headers import BodyHeaders, require_header
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.formats.containers import RejectedError
from shopwatch.ingest.formats.csv_records import CsvRecord, csv_records
from shopwatch.ingest.formats.records import LF, QUOTE, Survey

DAMAGED = "damaged: bytes that are no text"
FEW_DAMAGED, MOST_DAMAGED = 3, 0.05  # records; beyond both limits the file is damaged, not its lines
MOST_FAULTS = 50_000  # each is kept in memory with its line
REMARK = "#"
BLANK = " \t\r\n"
SPAN = 1 << 17  # bytes copied verbatim if a survey finds them free of doubt


class DamagedLine(NamedTuple):
    """Line without readable cells. ``code`` and ``values`` refer to ``include/reasons.yaml``."""

    line: int
    reason: str
    code: str
    values: str = "{}"


@dataclass
class Records:
    """Records below the header row; every line is accounted for.

    ``good``: first lines of the written records. ``inside``: continuation lines of these records.
    """

    good: array[int] = field(default_factory=lambda: array("q"))
    faults: list[DamagedLine] = field(default_factory=list)
    inside: int = 0
    blank: int = 0
    lines: int = 0

    def lines_of_good(self) -> np.ndarray:
        """First lines of the written records."""
        return np.frombuffer(self.good, dtype=np.int64)


class Sorter:
    """Separates the good records of a text from the others."""

    def __init__(self, found: Detection, cells: int, *, copies_spans: bool) -> None:
        """``cells``: cells per record, as counted by `usual_cells`.

        ``copies_spans``: copy spans that a survey finds free of doubt without parsing their cells.
        """
        self._found, self._cells, self._width = found, cells, len(found.headers)
        self._copies_spans = copies_spans and len(found.delimiter) == 1 and cells == self._width
        self._header = b""
        self._headers, self._is_below_blank = BodyHeaders(found), False
        self._damaged: list[int] = []
        self.records = Records()

    def write(self, chunks: Iterable[bytes], copy: IO[bytes]) -> Records:
        """Write the good records, verbatim or fully quoted. The chunks are UTF-8 and consist of whole lines that end in
        LF.

        Raises RejectedError if the body contains another header row, or if most of the file is damaged.
        """
        text = io.TextIOWrapper(copy, encoding="utf-8", newline="")
        writer = csv.writer(text, delimiter=self._found.delimiter[0], lineterminator="\n", quoting=csv.QUOTE_ALL)
        body = self._below_header(chunks)
        rest = b""
        while span := rest or next(body, b""):
            span, rest = _whole_records(span)
            if not self._copy_span(span, copy):
                lines = _Lines(span, rest, body)
                writer.writerows(self._good_cells(lines))
                text.flush()
                rest = lines.rest()
        text.detach()
        self._reject_if_damaged()
        return self.records

    def _below_header(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        above = self._found.header_line
        for chunk in chunks:
            body = chunk
            while above and body:
                self._header, _, body = body.partition(b"\n")
                above -= 1
            if body:
                yield body

    def _copy_span(self, span: bytes, copy: IO[bytes]) -> bool:
        """Copy a span of whole records if nothing in it is in doubt and no line consists of delimiters only."""
        if not self._copies_spans or (self._header and self._header in span):
            return False
        survey = Survey(0, self._found.delimiter, self._width).take([span])
        if not survey.is_clear or len(survey.empty):
            return False
        copy.write(span)
        records, line = self.records, self._found.header_line + self.records.lines
        records.good.frombytes((survey.lines_of(np.arange(survey.records)) + line).astype(np.int64).tobytes())
        records.lines += survey.lines
        records.inside += survey.inside
        records.blank += survey.blank
        return True

    def _good_cells(self, lines: _Lines) -> Iterator[list[str]]:
        """Cells of the good records, up to the first record that ends with the span or below it."""
        records = self.records
        for record in csv_records(lines, self._found.delimiter, self._found.header_line + records.lines + 1):
            records.lines += len(record.lines)
            is_blank = _is_blank(record, self._found.delimiter)
            if is_blank:
                records.blank += len(record.lines)
            elif fault := self._fault(record):
                self._report(record, fault)
            else:
                records.good.append(record.line)
                records.inside += len(record.lines) - 1
                cells = (record.cells or [])[: self._width]
                yield cells + [""] * (self._width - len(cells))
            self._is_below_blank = is_blank
            if lines.is_over:
                return

    def _fault(self, record: CsvRecord) -> DamagedLine | None:
        cells = record.cells
        if any("\0" in line for line in record.lines):
            self._damaged.append(record.line)
            return DamagedLine(record.line, DAMAGED, "damaged_line")
        if cells is None or record.has_loose_quotes():
            return DamagedLine(record.line, "stray quote", "broken_line")
        if self._headers.is_repeated(record.line, cells, is_below_blank=self._is_below_blank):
            return DamagedLine(record.line, "header again", "repeated_header")
        if record.swallows(self._found.delimiter, self._width):
            return DamagedLine(record.line, "lines inside a cell", "swallowed_lines", _json(lines=len(record.lines)))
        if self._is_remark(cells):
            return None
        if len(cells) != self._cells or any(cells[self._width :]):
            counts = {"found": len(cells), "expected": self._width}
            return DamagedLine(record.line, f"{len(cells)}/{self._width}", "ragged", _json(**counts))
        return None

    def _is_remark(self, cells: list[str]) -> bool:
        """True for a line of few cells that the contract skips as a remark: ``#支出合计：…`` below a bill."""
        skipped = (text for texts in self._found.contract.skip.values() for text in texts)
        return len(cells) < self._width and cells[0].startswith(REMARK) and any(map(_is_of_remarks, skipped))

    def _report(self, record: CsvRecord, fault: DamagedLine) -> None:
        """Report a broken record: its first line with the reason, further non-blank lines with a reference to it."""
        require_header(self._found, fault.line)
        faults = self.records.faults
        faults.append(fault)
        for number, line in enumerate(record.lines[1:], start=record.line + 1):
            if line.strip(BLANK):
                reason = f"inside the broken record of line {record.line}"
                faults.append(DamagedLine(number, reason, "inside_broken", _json(line=record.line)))
            else:
                self.records.blank += 1
        if len(faults) > MOST_FAULTS:
            raise RejectedError("ragged_throughout", expected=self._width, example=f"{fault.line}: {fault.reason}")

    def _reject_if_damaged(self) -> None:
        count = len(self._damaged)
        total = len(self.records.good) + len(self.records.faults)
        if count > max(FEW_DAMAGED, MOST_DAMAGED * total):
            raise RejectedError("damaged_throughout", damaged=count, rows=total, line=self._damaged[0])


class _Lines:
    """Lines of a span, plus as many following lines as its last record needs."""

    def __init__(self, span: bytes, rest: bytes, chunks: Iterator[bytes]) -> None:
        self._text, self._rest, self._chunks = io.StringIO(span.decode(), newline="\n"), rest, chunks
        self._length, self._is_beyond = len(self._text.getvalue()), False

    def __iter__(self) -> Iterator[str]:
        while True:
            while line := self._text.readline():  # `yield from` would close the text
                yield line
            chunk = self._rest or next(self._chunks, b"")
            self._rest = b""
            if not chunk:
                return
            self._text, self._is_beyond = io.StringIO(chunk.decode(), newline="\n"), True

    @property
    def is_over(self) -> bool:
        """True if all lines of the span have been read."""
        return self._is_beyond or self._text.tell() >= self._length

    def rest(self) -> bytes:
        """Bytes below the last line read."""
        return self._text.read().encode() + self._rest


def _whole_records(text: bytes) -> tuple[bytes, bytes]:
    """First span and the remainder. The span ends with a record, by the parity of quotes, or else with a line."""
    data = np.frombuffer(text[:SPAN], dtype=np.uint8)
    newlines = np.flatnonzero(data == LF)
    is_end = np.searchsorted(np.flatnonzero(data == QUOTE), newlines) % 2 == 0
    ends = newlines[is_end] if is_end.any() else newlines
    end = int(ends[-1]) + 1 if ends.size else text.find(b"\n") + 1 or len(text)
    return text[:end], text[end:]


def usual_cells(lines: Iterable[str], found: Detection) -> int:
    """Cells per record: as many as in the header row, or more if every record ends with the same number of empty cells.

    Records shorter than the header row are broken either way, and are ignored.
    """
    width, least, is_empty = len(found.headers), 0, True
    for record in csv_records(lines, found.delimiter):
        cells = record.cells or []
        if len(cells) < width or _is_blank(record, found.delimiter):
            continue
        if len(cells) == width:
            return width
        if not least or len(cells) < least:
            least, is_empty = len(cells), True
        if len(cells) == least:
            is_empty &= not any(cells[width:])
    return least if least and is_empty else width


def _is_blank(record: CsvRecord, delimiter: str) -> bool:
    return len(record.lines) == 1 and not record.lines[0].strip(f"{delimiter}{BLANK}")


def _is_of_remarks(skipped: str) -> bool:
    return skipped.startswith(REMARK)


def _json(**values: int) -> str:
    return json.dumps(values, separators=(",", ":"))
