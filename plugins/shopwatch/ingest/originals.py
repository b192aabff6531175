"""Original of a file: hashed and copied in one pass parallel to reading, then moved to its final folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from shopwatch.core.durable import private_folder, put
from shopwatch.ingest.inbox import InboxFile

CHUNK = 1 << 20
PARTIAL = ".original.part"


class Original:
    """Copy in progress of a file, mode 0600."""

    def __init__(self, found: InboxFile, copy: Path, copying: Future[str]) -> None:
        self._found, self._copy, self._copying = found, copy, copying

    def sha256(self) -> str:
        """SHA-256 of the copied bytes, in hexadecimal. Blocks until complete. Raises OSError if it failed."""
        return self._copying.result()

    def wait(self) -> None:
        """Wait until the copy has ended, successfully or not."""
        wait([self._copying])

    def keep(self, folder: Path) -> None:
        """Move the copy into a folder under the file's name and modification time, unless it exists there.

        On return it is durable on disk, so that the ledger may refer to it.
        """
        self.sha256()
        private_folder(folder)
        kept = folder / self._found.kept_name
        if not kept.exists():
            os.utime(self._copy, ns=(self._found.modified_ns, self._found.modified_ns))
            put(self._copy, kept)


class SmallOriginal:
    """Bytes of a small file, held until its folder is known. Raises OSError if the file cannot be read."""

    def __init__(self, found: InboxFile, scratch: Path) -> None:
        self._found, self._copy, self._content = found, scratch / PARTIAL, found.path.read_bytes()
        self._sha256 = hashlib.sha256(self._content).hexdigest()

    def sha256(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return self._sha256

    def keep(self, folder: Path) -> None:
        """Write the bytes into a folder; see `Original.keep`."""
        private_folder(folder)
        kept = folder / self._found.kept_name
        if not kept.exists():
            with self._copy.open("wb") as out:
                self._copy.chmod(0o600)
                out.write(self._content)
            os.utime(self._copy, ns=(self._found.modified_ns, self._found.modified_ns))
            put(self._copy, kept)


@contextmanager
def original_of(found: InboxFile, scratch: Path) -> Iterator[Original]:
    """Copy a file in parallel to the block. The copy is removed unless the block keeps it."""
    copy = scratch / PARTIAL  # files are loaded one at a time, so leftovers of a killed load are overwritten
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
