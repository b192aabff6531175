"""A file's original: hashed and copied in one go beside what else is read of it, and kept where it then belongs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from shopwatch.durable import private_folder, put
from shopwatch.exports.inbox import Found

CHUNK = 1 << 20
PARTIAL = ".original.part"


class Original:
    """The copy of a file that is being made, for its owner's eyes only."""

    def __init__(self, found: Found, copy: Path, copying: Future[str]) -> None:
        self._found, self._copy, self._copying = found, copy, copying

    def sha256(self) -> str:
        """The hash of the bytes that were copied, in hexadecimal. Waits for it; raises OSError where they were not."""
        return self._copying.result()

    def wait(self) -> None:
        """Wait until the file has been read to its end, or could not be."""
        wait([self._copying])

    def keep(self, folder: Path) -> None:
        """Put the copy into a folder under the file's name and with its time, unless it is there already.

        It is on the disk when this returns: the ledger may say so.
        """
        self.sha256()
        private_folder(folder)
        kept = folder / self._found.name
        if not kept.exists():
            os.utime(self._copy, ns=(self._found.modified_ns, self._found.modified_ns))
            put(self._copy, kept)


class SmallOriginal:
    """A small file's bytes, held until it is known where they belong. Raises OSError where it cannot be read."""

    def __init__(self, found: Found, scratch: Path) -> None:
        self._found, self._copy, self._content = found, scratch / PARTIAL, found.path.read_bytes()
        self._sha256 = hashlib.sha256(self._content).hexdigest()

    def sha256(self) -> str:
        """The hash of the bytes, in hexadecimal."""
        return self._sha256

    def keep(self, folder: Path) -> None:
        """As `Original.keep`."""
        private_folder(folder)
        kept = folder / self._found.name
        if not kept.exists():
            with self._copy.open("wb") as out:
                self._copy.chmod(0o600)
                out.write(self._content)
            os.utime(self._copy, ns=(self._found.modified_ns, self._found.modified_ns))
            put(self._copy, kept)


@contextmanager
def original_of(found: Found, scratch: Path) -> Iterator[Original]:
    """Copy a file beside what the block does. A copy that the block does not keep goes with it."""
    copy = scratch / PARTIAL  # one file is loaded at a time: what a killed load left is written over
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="original") as beside:
        try:
            yield Original(found, copy, beside.submit(_copy, found.path, copy))
        finally:
            beside.shutdown()
            copy.unlink(missing_ok=True)


def _copy(path: Path, copy: Path) -> str:
    sha256, buffer = hashlib.sha256(), bytearray(CHUNK)
    with path.open("rb", buffering=0) as file, copy.open("wb") as out:
        copy.chmod(0o600)
        while count := file.readinto(buffer):
            chunk = memoryview(buffer)[:count]
            sha256.update(chunk)
            out.write(chunk)
    return sha256.hexdigest()
