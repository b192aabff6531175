"""Where the records of a csv text lie: found chunk by chunk, in memory that does not grow with the file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from shopwatch.exports.containers import RejectedError
from shopwatch.exports.texts import LONGEST_LINE

LF, CR, QUOTE, EQUALS = b'\n\r"='
NONE = np.empty(0, dtype=np.int64)


class Survey:
    """The records below the header of a UTF-8 text, blank lines left out.

    A record ends with a line that has an even number of quotes up to its end (RFC 4180), or with the
    lines that are given. Lines count from 1, records from 0. ``empty`` records hold delimiters and
    blanks only; ``damaged`` ones a NUL, which stands for bytes that are no text. For each of the given byte
    positions (ascending) ``located`` is the record that it lies in or before. The lines are ``header_line +
    records + inside + blank``.
    """

    def __init__(
        self, header_line: int, delimiter: str, width: int, ends: np.ndarray | None = None, positions: np.ndarray = NONE
    ) -> None:
        self.header_line, self._width = header_line, width
        self.lines = self.records = self.inside = self.blank = 0
        self.empty = self.damaged = self.located = NONE
        self.sure = True  # each quote opens or closes a cell, so that counting them tells records apart
        self.lone_cr = False  # a carriage return alone ends a line
        self._ends, self._positions = ends, positions
        self._shifts: list[np.ndarray] = []  # a record and how far its line is ahead of it, wherever that changes
        self._shift = -1
        self._beside_quotes = _table(f'{delimiter}\r\n"')
        self._hollow = _table(f"{delimiter}\r \t")
        self._offset = self._start = self._quotes = self._lf_ends = self._crlf_ends = 0
        self._line_before = header_line
        self._last = LF

    @property
    def mixed(self) -> bool:
        """Some lines end in LF and some in CRLF, or some in CR."""
        return self.lone_cr or (self._lf_ends > 0 and self._crlf_ends > 0)

    @property
    def one_shift(self) -> int | None:
        """How far the line of every record is ahead of it; None where that differs."""
        return int(self._shift) if sum(map(len, self._shifts)) <= 1 else None

    def lines_of(self, records: np.ndarray) -> np.ndarray:
        """The lines on which records start."""
        first, shift = np.concatenate([np.zeros((1, 2), dtype=np.int64), *self._shifts]).T
        found: np.ndarray = records + shift[np.searchsorted(first, records, side="right") - 1]
        return found

    def take(self, chunks: Iterable[bytes]) -> Survey:
        """Read the whole text."""
        held = b""
        for chunk in chunks:
            if held:
                self._feed(held)
            held = chunk
        if held:
            self._feed(held if held.endswith(b"\n") else held + b"\n", last=True)
        self.located = np.append(self.located, np.full(len(self._positions), max(self.records - 1, 0)))
        self.empty, self.damaged = np.unique(self.empty), np.unique(self.damaged)
        return self

    def _feed(self, chunk: bytes, *, last: bool = False) -> None:
        data = np.frombuffer(chunk, dtype=np.uint8)
        newlines = np.flatnonzero(data == LF)
        crlf = np.take(data, newlines - 1, mode="wrap") == CR
        if newlines.size and newlines[0] == 0:
            crlf[0] = self._last == CR
        if np.count_nonzero(data == CR) > np.count_nonzero(crlf):
            self._look_for_lone_cr(data)
        above = min(max(self.header_line - self.lines, 0), newlines.size)
        begin = 0
        if self.lines < self.header_line:
            self._count_ends(crlf[:above])
            begin = int(newlines[above - 1]) + 1 if self.lines + above == self.header_line else data.size
            self._start = self._offset + begin
            self.lines += above
        if begin < data.size:
            self._feed_body(chunk, data, newlines[above:], crlf[above:], begin, last)
        self._offset += data.size
        self._last = chunk[-1]

    def _feed_body(
        self, chunk: bytes, data: np.ndarray, newlines: np.ndarray, crlf: np.ndarray, begin: int, last: bool
    ) -> None:
        closing = self._closing(chunk, data, newlines, begin)
        if last:
            self.sure &= bool(closing[-1])
            closing[-1] = True
        numbers = self.lines + 1 + np.flatnonzero(closing)
        ends = newlines[closing] + self._offset
        starts = np.concatenate([[self._start], ends + 1])
        befores = np.concatenate([[self._line_before], numbers])
        self._start, self._line_before = int(starts[-1]), int(befores[-1])
        self.lines += newlines.size
        self._count_ends(crlf[closing])
        length = ends - starts[:-1]
        filled = length > crlf[closing]
        self.blank += int(np.count_nonzero(~filled))
        self.inside += int((numbers - befores[:-1] - 1)[filled].sum())
        self._enter(chunk, data, starts[:-1][filled], ends[filled], befores[:-1][filled] + 1, begin)

    def _enter(
        self, chunk: bytes, data: np.ndarray, starts: np.ndarray, ends: np.ndarray, lines: np.ndarray, begin: int
    ) -> None:
        """The filled records that end in this chunk."""
        records = np.arange(self.records, self.records + ends.size)
        shift = lines - records
        changes = np.flatnonzero(np.diff(shift, prepend=self._shift))
        if changes.size:
            self._shifts.append(np.stack([records[changes], shift[changes]], axis=1))
            self._shift = int(shift[-1])
        if b"\0" in chunk:
            at = np.flatnonzero(data == 0)
            damaged = np.searchsorted(ends, at[at >= begin] + self._offset)
            self.damaged = np.append(self.damaged, self.records + np.unique(damaged))
        if self._positions.size and ends.size:
            near = np.searchsorted(self._positions, ends[-1])
            located = np.searchsorted(ends, self._positions[:near], side="right")
            self.located = np.append(self.located, self.records + located)
            self._positions = self._positions[near:]
        short = np.flatnonzero((ends - starts <= self._width + 2) & (starts >= self._offset))
        if short.size:
            solid = np.concatenate([[0], np.cumsum(~self._hollow[data], dtype=np.int32)])
            hollow = solid[ends[short] - self._offset] == solid[starts[short] - self._offset]
            self.empty = np.append(self.empty, records[short[hollow]])
        self.records += ends.size

    def _closing(self, chunk: bytes, data: np.ndarray, newlines: np.ndarray, begin: int) -> np.ndarray:
        """Which line ends end a record."""
        if self._ends is not None:
            closing: np.ndarray = np.isin(np.arange(self.lines + 1, self.lines + 1 + newlines.size), self._ends)
            return closing
        if chunk.find(b'"', begin) < 0:
            return np.full(newlines.size, self._quotes % 2 == 0)
        quotes = np.flatnonzero(data == QUOTE)
        quotes = quotes[quotes >= begin]
        odd = self._quotes % 2
        opening, closing = quotes[odd::2], quotes[1 - odd :: 2]
        formula = np.take(data, opening - 1, mode="wrap") == EQUALS
        beside = np.concatenate([opening[~formula] - 1, closing + 1])  # before it opens, after it closes
        self.sure &= bool(self._beside_quotes[np.take(data, beside, mode="wrap")].all())
        self.sure &= _on_one_line(opening[formula], quotes, newlines)
        before = self._quotes + np.searchsorted(quotes, newlines)
        self._quotes += quotes.size
        even: np.ndarray = before % 2 == 0
        return even

    def _look_for_lone_cr(self, data: np.ndarray) -> None:
        returns = np.flatnonzero(data == CR)
        alone = returns[np.take(data, returns + 1, mode="clip") != LF]
        quotes = self._quotes + np.searchsorted(np.flatnonzero(data == QUOTE), alone)
        self.lone_cr |= bool((quotes % 2 == 0).any())

    def _count_ends(self, crlf: np.ndarray) -> None:
        with_cr = int(np.count_nonzero(crlf))
        self._crlf_ends += with_cr
        self._lf_ends += crlf.size - with_cr


def _on_one_line(opening: np.ndarray, quotes: np.ndarray, newlines: np.ndarray) -> bool:
    """Whether each ="..., a cell that is not quoted, has its second quote before the line ends."""
    after = np.searchsorted(quotes, opening) + 1
    if after.size and after[-1] >= quotes.size:
        return False
    closing = quotes[after]
    return bool((np.searchsorted(newlines, opening) == np.searchsorted(newlines, closing)).all())


def ends_told_by_csv(path: Path, header_line: int, delimiter: str) -> np.ndarray:
    """The lines on which records of a UTF-8 text end, where quotes also stand inside cells.

    Only reading cell by cell tells then which of them count, so this takes its time. Raises
    RejectedError where a quote is opened and never closed.
    """
    usual = csv.field_size_limit(LONGEST_LINE)
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            lines = iter(partial(file.readline, LONGEST_LINE), "")
            above = sum(1 for _ in islice(lines, header_line))
            reader = csv.reader(_not_endless(lines), delimiter=delimiter)
            return above + np.fromiter((reader.line_num for _ in reader), dtype=np.int64)
    except csv.Error as error:
        raise RejectedError("open_quote", error=str(error)) from error
    finally:
        csv.field_size_limit(usual)


def _not_endless(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if len(line) >= LONGEST_LINE:
            raise csv.Error("a line without an end")
        yield line


def _table(characters: str) -> np.ndarray:
    """For each byte whether it is one of the characters."""
    found = np.zeros(256, dtype=bool)
    found[list(characters.encode())] = True
    return found
