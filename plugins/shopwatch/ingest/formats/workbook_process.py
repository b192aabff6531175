"""Client side of the workbook reader process: started on demand, kept, replaced if it dies."""

from __future__ import annotations

import atexit
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from shopwatch.core.reasons import RejectedError
from shopwatch.ingest.formats.frames import read_frame, write_frame

PLUGINS = Path(__file__).parents[3]
MOST_MEGABYTES = 4096  # of address space; the largest accepted sheet takes about half
MOST_SECONDS = 120  # of CPU time per request; a million lines take some 20
LONGEST_NOTE = 1 << 16
FOR_LITTLE_MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}


class WorkbookProcess:
    """Running reader process; it holds the last workbook sent."""

    def __init__(self) -> None:
        paths = [str(PLUGINS), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [
            sys.executable,
            "-m",
            "shopwatch.ingest.formats.workbook_worker",
            str(MOST_MEGABYTES),
            str(MOST_SECONDS),
        ]
        self._notes = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._notes,
            env=os.environ | FOR_LITTLE_MEMORY | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        self._held: tuple[str, bytes] | None = None
        self._sheets: tuple[str, ...] = ()

    def hold(self, container: str, data: bytes) -> tuple[str, ...]:
        """Open the workbook unless it is open already; returns its sheet names. Raises RejectedError."""
        key = (container, hashlib.sha256(data).digest())
        if key != self._held:
            self._held = None
            answer, _ = self.ask({"container": container}, data)
            self._held, self._sheets = key, tuple(answer["sheets"])
        return self._sheets

    def ask(self, request: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Return the reply to a request. Raises RejectedError if the workbook is unreadable or crashed the reader."""
        assert self._process.stdin
        assert self._process.stdout
        with suppress(BrokenPipeError):
            write_frame(self._process.stdin, request, body)
        reply = read_frame(self._process.stdout)
        if reply is None:
            raise self._crash_reason()
        answer, body = reply
        if "code" in answer:
            raise RejectedError.relay(answer["code"], answer["values"])
        return answer, body

    def _crash_reason(self) -> RejectedError:
        code = self._process.wait()
        self._notes.seek(max(0, self._notes.seek(0, 2) - LONGEST_NOTE))
        notes = self._notes.read().decode(errors="replace")
        if code == -signal.SIGPROF:
            return RejectedError("slow_workbook", seconds=MOST_SECONDS)
        if code == -signal.SIGKILL or "memory allocation" in notes or "MemoryError" in notes:
            return RejectedError("hungry_workbook", gigabytes=MOST_MEGABYTES >> 10)
        return RejectedError("broken_workbook", error=f"reading it ended the reader with {code}")

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True while the process is running."""
        return self._process.poll() is None

    def close(self) -> None:
        """Kill the process."""
        self.disown()
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        """Close this side's pipes; in a forked child, those of the parent's reader."""
        for pipe in (self._process.stdin, self._process.stdout, self._notes):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


class _ReaderSlot:
    """Singleton reader of this process; one request at a time."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reader: WorkbookProcess | None = None

    def close(self) -> None:
        with self.lock:
            reader, self.reader = self.reader, None
        if reader:
            reader.close()

    def leave_to_parent(self) -> None:
        """Detach after a fork: the reader belongs to the parent."""
        reader, self.reader, self.lock = self.reader, None, threading.RLock()
        if reader:
            reader.disown()


_slot = _ReaderSlot()
atexit.register(_slot.close)
os.register_at_fork(after_in_child=_slot.leave_to_parent)


@contextmanager
def workbook_process() -> Iterator[WorkbookProcess]:
    """Reader process, reserved for this thread; a dead one is replaced."""
    with _slot.lock:
        if _slot.reader is None or not _slot.reader.is_alive:
            _slot.close()
            _slot.reader = WorkbookProcess()
        yield _slot.reader


@contextmanager
def closing_reader() -> Iterator[None]:
    """Scope of a step that may read workbooks; the reader ends with it."""
    try:
        yield
    finally:
        _slot.close()
