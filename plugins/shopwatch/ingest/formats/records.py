"""Survey of csv records, chunk by chunk, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

LF, CR, QUOTE, EQUALS = b'\n\r"='
NONE = np.empty(0, dtype=np.int64)


class Survey:
    """Record structure of a UTF-8 text below the header row; blank lines are not records.

    A record ends at the first line end with an even number of quotes before it (RFC 4180). Lines count from 1, records
    from 0. ``empty``: records of delimiters and blanks only. Lines add up: ``header_line + records + inside + blank``.
    The results are valid only if the text ``is_clear``.
    """

    def __init__(self, header_line: int, delimiter: str, width: int) -> None:
        self.header_line, self._width, self._header = header_line, width, b""
        self.lines = self.records = self.inside = self.blank = 0
        self.empty = NONE
        self._doubt = False
        self._shifts: list[np.ndarray] = []  # (record, line minus record), at each change
        self._shift = -1
        self._delimiter = ord(delimiter)
        self._beside_quotes = _table(f'{delimiter}\r\n"')
        self._hollow = _table(f"{delimiter}\r \t")
        self._offset = self._start = self._quotes = self._lf_ends = self._crlf_ends = 0
        # delimiters and full-width lines of a record that continues in the next chunk
        self._held = self._full_lines = 0
        self._line_before = header_line
        self._last = LF

    @property
    def is_clear(self) -> bool:
        """True if all quotes enclose cells, all records have the header's number of cells, and all line ends are alike.

        Further, no record contains lines of others, a NUL (the mark of undecodable bytes) or the header row again.
        """
        return not self._doubt and not self.mixed

    @property
    def mixed(self) -> bool:
        """True if some lines end in LF and others in CRLF."""
        return self._lf_ends > 0 and self._crlf_ends > 0

    @property
    def ends_in_crlf(self) -> bool:
        """True if lines end in CRLF; without any CRLF, they end in LF."""
        return self._crlf_ends > 0

    @property
    def one_shift(self) -> int | None:
        """Common offset of line over record number; None if it varies."""
        return int(self._shift) if sum(map(len, self._shifts)) <= 1 else None

    def lines_of(self, records: np.ndarray) -> np.ndarray:
        """First lines of the given records."""
        first, shift = np.concatenate([np.zeros((1, 2), dtype=np.int64), *self._shifts]).T
        found: np.ndarray = records + shift[np.searchsorted(first, records, side="right") - 1]
        return found

    def take(self, chunks: Iterable[bytes]) -> Survey:
        """Consume the whole text."""
        held = b""
        for chunk in chunks:
            if held:
                self._feed(held)
            held = chunk
        if held:
            self._feed(held if held.endswith(b"\n") else held + b"\n", last=True)
        self.empty = np.unique(self.empty)
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
            self._header = chunk[:begin].splitlines()[-1] if begin else b""
        if begin < data.size:
            self._feed_body(chunk, data, newlines[above:], crlf[above:], begin, last)
        self._offset += data.size
        self._last = chunk[-1]

    def _feed_body(
        self, chunk: bytes, data: np.ndarray, newlines: np.ndarray, crlf: np.ndarray, begin: int, last: bool
    ) -> None:
        self._doubt |= chunk.find(b"\0", begin) >= 0 or (bool(self._header) and chunk.find(self._header, begin) >= 0)
        quotes = np.flatnonzero(data[begin:] == QUOTE) + begin if chunk.find(b'"', begin) >= 0 else NONE
        opening, closing_quotes = self._pairs(data, quotes, newlines)
        is_end = (self._quotes + np.searchsorted(quotes, newlines)) % 2 == 0
        self._quotes += quotes.size
        if last:
            self._doubt |= not is_end[-1]
            is_end[-1] = True
        numbers = self.lines + 1 + np.flatnonzero(is_end)
        ends = newlines[is_end] + self._offset
        starts = np.concatenate([[self._start], ends + 1])
        befores = np.concatenate([[self._line_before], numbers])
        self._start, self._line_before = int(starts[-1]), int(befores[-1])
        self.lines += newlines.size
        self._count_ends(crlf[is_end])
        filled = ends - starts[:-1] > crlf[is_end]
        delimiters = np.flatnonzero(data[begin:] == self._delimiter) + begin
        before = np.searchsorted(delimiters, newlines)
        quoted = np.searchsorted(delimiters, closing_quotes) - np.searchsorted(delimiters, opening)
        hidden = np.concatenate([[0], np.cumsum(quoted)])
        counted = before[is_end] - hidden[np.searchsorted(closing_quotes, newlines[is_end])]
        self._compare_widths(counted, filled, int(delimiters.size - hidden[-1]))
        self._look_for_rows_inside(before, is_end)
        self.blank += int(np.count_nonzero(~filled))
        self.inside += int((numbers - befores[:-1] - 1)[filled].sum())
        self._enter(data, starts[:-1][filled], ends[filled], befores[:-1][filled] + 1)

    def _pairs(self, data: np.ndarray, quotes: np.ndarray, newlines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Start and end of quoted cells; a cell that is open at a chunk boundary is cut there."""
        odd = self._quotes % 2
        opening, closing = quotes[odd::2], quotes[1 - odd :: 2]
        formula = np.take(data, opening - 1, mode="wrap") == EQUALS
        beside = np.concatenate([opening[~formula] - 1, closing + 1])  # before an opening and after a closing quote
        self._doubt |= not self._beside_quotes[np.take(data, beside, mode="wrap")].all()
        self._doubt |= not _on_one_line(opening[formula], quotes, newlines)
        if odd:
            opening, formula = np.append(-1, opening), np.append(False, formula)
        if closing.size < opening.size:
            closing = np.append(closing, data.size)
        return opening[~formula], closing[~formula]

    def _compare_widths(self, counted: np.ndarray, filled: np.ndarray, total: int) -> None:
        """Flag records without the header's number of unquoted delimiters.

        ``counted``: unquoted delimiters of the chunk up to the end of each record; ``total``: all of them.
        """
        self._doubt |= bool((np.diff(counted, prepend=-self._held)[filled] != self._width - 1).any())
        self._held = total - int(counted[-1]) if counted.size else total + self._held

    def _look_for_rows_inside(self, before: np.ndarray, is_end: np.ndarray) -> None:
        """Flag records with row-like lines inside. ``before``: delimiters up to the end of each line."""
        if not is_end.all() or self._full_lines:
            is_full = np.diff(before, prepend=0) >= self._width - 1
            record = np.concatenate([[0], np.cumsum(is_end)[:-1]])
            full = np.bincount(record, weights=is_full, minlength=1)
            full[0] += self._full_lines
            goes_on = ~is_end
            is_middle = goes_on[1:] & goes_on[:-1]
            self._doubt |= bool((full >= 2).any()) or bool((is_full[1:] & is_middle).any())
            self._full_lines = 0 if is_end[-1] else int(full[-1])

    def _enter(self, data: np.ndarray, starts: np.ndarray, ends: np.ndarray, lines: np.ndarray) -> None:
        """Record the non-blank records that end in this chunk."""
        records = np.arange(self.records, self.records + ends.size)
        shift = lines - records
        changes = np.flatnonzero(np.diff(shift, prepend=self._shift))
        if changes.size:
            self._shifts.append(np.stack([records[changes], shift[changes]], axis=1))
            self._shift = int(shift[-1])
        short = np.flatnonzero((ends - starts <= self._width + 2) & (starts >= self._offset))
        if short.size:
            solid = np.concatenate([[0], np.cumsum(~self._hollow[data], dtype=np.int32)])
            hollow = solid[ends[short] - self._offset] == solid[starts[short] - self._offset]
            self.empty = np.append(self.empty, records[short[hollow]])
        self.records += ends.size

    def _look_for_lone_cr(self, data: np.ndarray) -> None:
        returns = np.flatnonzero(data == CR)
        alone = returns[np.take(data, returns + 1, mode="clip") != LF]
        quotes = self._quotes + np.searchsorted(np.flatnonzero(data == QUOTE), alone)
        self._doubt |= bool((quotes % 2 == 0).any())

    def _count_ends(self, crlf: np.ndarray) -> None:
        with_cr = int(np.count_nonzero(crlf))
        self._crlf_ends += with_cr
        self._lf_ends += crlf.size - with_cr


def _on_one_line(opening: np.ndarray, quotes: np.ndarray, newlines: np.ndarray) -> bool:
    """True if each formula cell (="...") has its second quote on the same line."""
    after = np.searchsorted(quotes, opening) + 1
    if after.size and after[-1] >= quotes.size:
        return False
    closing = quotes[after]
    return bool((np.searchsorted(newlines, opening) == np.searchsorted(newlines, closing)).all())


def _table(characters: str) -> np.ndarray:
    """Lookup table over byte values: True for the given characters."""
    found = np.zeros(256, dtype=bool)
    found[list(characters.encode())] = True
    return found
