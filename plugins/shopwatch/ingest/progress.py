"""Progress of a long load, logged every few seconds at negligible cost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

log = logging.getLogger("shopwatch.load")

EVERY_SECONDS = 5.0
TO_OPEN = 50_000  # bytes that can be read in the time it takes to open a file
FIRST_ESTIMATE = 0.05  # share of the work after which the rest is estimated: the first file also pays for the start
WORTH_WATCHING = 16 << 20  # bytes; smaller files are done before the first message


class TotalProgress:
    """Progress over all files of a step, weighted by size plus a constant for opening."""

    def __init__(self, sizes: Iterable[int]) -> None:
        weights = [size + TO_OPEN for size in sizes]
        self._files, self._weight = len(weights), sum(weights)
        self._done = self._done_weight = self._rows = 0
        self._start = self._last_logged = time.monotonic()

    def next(self, size: int, rows: int) -> str:
        """Count a finished file and its rows: ``[3/20]``."""
        self._done, self._rows = self._done + 1, self._rows + rows
        self._done_weight += size + TO_OPEN
        return f"[{self._done}/{self._files}]"

    def due(self) -> str | None:
        """``120 of 344 files, 12,345 rows, 14 s, about 26 s left``, every few seconds until the end; else None.

        The time left is given once enough is done to estimate it.
        """
        now = time.monotonic()
        if now - self._last_logged < EVERY_SECONDS or self._done >= self._files:
            return None
        self._last_logged, took = now, now - self._start
        so_far = f"{self._done} of {self._files} files, {self._rows:,} rows, {took:.0f} s"
        if self._done_weight < FIRST_ESTIMATE * self._weight:
            return so_far
        left = took * (self._weight - self._done_weight) / self._done_weight
        return f"{so_far}, about {left:.0f} s left"


class FileProgress:
    """Progress of the current step for one file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, name: str, size: int, copies: Callable[[], int]) -> None:
        self.name, self.doing, self.rows, self.size = name, "reading", 0, size
        self._con, self._copies, self._start = con, copies, time.monotonic()
        self._furthest = ("", 0.0)  # a step may take several queries, each of which starts at 0

    def looking_up(self, rows: int) -> None:
        """Enter the phase after all cells are read and typed: buyers and places."""
        self.doing, self.rows = "looking up buyers and places", rows

    def storing(self) -> None:
        """Enter the last phase: writing the rows to the warehouse."""
        self.doing = "storing"

    def __str__(self) -> str:
        """``orders.csv: reading, 430 of 983 MB, 12 s``; in bytes first, in rows once they are counted."""
        doing, before = self._furthest
        share = max(self._con.query_progress() / 100, before if doing == self.doing else 0.0)
        self._furthest = (self.doing, share)
        copied = self._copies()
        if self.rows:
            far = f"{share * self.rows:,.0f} of {self.rows:,} rows"
        elif share == 0 and copied:
            far = f"{copied / 1e6:,.0f} MB turned into UTF-8"
        else:
            far = f"{share * self.size / 1e6:,.0f} of {self.size / 1e6:,.0f} MB"
        return f"{self.name}: {self.doing}, {far}, {time.monotonic() - self._start:.0f} s"


@contextmanager
def watched(con: duckdb.DuckDBPyConnection, name: str, size: int, scratch: Path) -> Iterator[FileProgress]:
    """Log a file's progress every few seconds during the block; ``scratch``: folder of its growing copies."""

    def copies() -> int:
        return sum(path.stat().st_size for path in scratch.rglob("*") if path.suffix in (".csv", ".part"))

    step = FileProgress(con, name, size, copies)
    if size < WORTH_WATCHING:
        yield step
        return
    con.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
    done = threading.Event()

    def log_progress() -> None:
        while not done.wait(EVERY_SECONDS):
            try:
                log.info("%s", str(step))  # format now: a handler may do so later
            except (duckdb.Error, OSError):  # a copy was removed while its size was read
                continue

    thread = threading.Thread(target=log_progress, name="progress", daemon=True)
    thread.start()
    try:
        yield step
    finally:
        done.set()
        thread.join()
