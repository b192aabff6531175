"""Which files lie in the inbox whole, and whose they are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UNFINISHED = frozenset({".part", ".crdownload", ".tmp", ".download", ".partial"})


@dataclass(frozen=True)
class Found:
    """A file and the folder of the inbox that it lies in: its shop's name, or None in the root.

    ``key``, ``folder`` and ``name`` are text that can be stored, also where the bytes on disk are no UTF-8.
    """

    path: Path
    key: str
    folder: str | None
    name: str
    size: int
    modified_ns: int


def find(inbox: Path) -> Iterator[Found]:
    """Every file below the inbox, in name order, but hidden ones and Office's lock files.

    Links are not followed: what they point at was not dropped here.
    """
    for path in sorted(inbox.rglob("*")):
        parts = path.relative_to(inbox).parts
        if path.is_symlink() or not path.is_file() or any(p.startswith((".", "~$")) for p in parts):
            continue
        stat = path.stat()
        key = os.fsencode(path).decode("utf-8", "backslashreplace")
        folder = readable(parts[0]) if len(parts) > 1 else None
        yield Found(path, key, folder, readable(path.name), stat.st_size, stat.st_mtime_ns)


def readable(name: str) -> str:
    """A file's name as its owner saw it: Chinese zip archives leave names in GBK."""
    content = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "backslashreplace")


def unfinished(found: Found, settle_seconds: float) -> bool:
    """Whether the file is still being written: its name says so, it is empty, or it changed just now."""
    age = time.time() - found.modified_ns / 1e9
    return found.path.suffix.lower() in UNFINISHED or found.size == 0 or 0 <= age < settle_seconds
