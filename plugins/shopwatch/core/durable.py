"""Durable files: synced before the rename that names them, the folder synced after it."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

LONGEST_NAME = 255
"""Bytes that file systems allow for a name."""
LONGEST_ENDING = 20


def keep_private() -> None:
    """Restrict files created by this process to their owner. Call it wherever state is opened."""
    os.umask(0o077)


def private_folder(folder: Path) -> None:
    """Create a folder with mode 0700."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for made in reversed(missing):
        sync(made.parent)


def sync(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to disk. Raises OSError if the disk fails."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(partial: Path, target: Path) -> None:
    """Move a complete file to its final name and replace any existing file. Source and target may be on different
    disks.

    On return the file is on disk; on OSError the target is unchanged.
    """
    sync(partial)
    try:
        partial.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = _partial(target)
        shutil.copy2(partial, near)
        sync(near)
        near.replace(target)
        partial.unlink()
    sync(target.parent)


def copy_or_link(source: Path, target: Path) -> None:
    """Add a second name to a file by hard link; copy it if the file system has no links. The target must not exist."""
    try:
        os.link(source, target)
    except OSError:
        near = _partial(target)
        shutil.copy2(source, near)
        sync(near)
        near.replace(target)
    sync(target.parent)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file with mode 0600 atomically: complete or not at all."""
    partial = _partial(target)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        put(partial, target)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def fitting_name(name: str, room: int = 0) -> str:
    """The name of a file, cut before its ending if file systems do not allow it; ``room``: bytes to leave for more.

    A name in GBK that fits becomes half as long again in UTF-8.
    """
    content, ending = name.encode(errors="surrogateescape"), Path(name).suffix.encode(errors="surrogateescape")
    most = LONGEST_NAME - room
    if len(content) <= most:
        return name
    ending = ending if len(ending) <= LONGEST_ENDING else b""
    return content[: most - len(ending)].decode(errors="ignore") + ending.decode(errors="ignore")


def _partial(target: Path) -> Path:
    """Temporary path beside the target; the name is short enough for any file system."""
    return target.with_name(f".{hashlib.sha256(target.name.encode(errors='surrogateescape')).hexdigest()[:16]}.part")


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Remove partial files of a killed run. Only for files that no other process can be using."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
