"""Files that outlast a power cut: synced before they get their name, as their folder is after."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def keep_private() -> None:
    """From now on this process makes files for their owner alone. Called wherever state is opened."""
    os.umask(0o077)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner may look into."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for made in reversed(missing):
        sync(made.parent)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's entries, are on the disk. Raises OSError where the disk fails."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(partial: Path, target: Path) -> None:
    """Give a complete file its name, in place of what had it. It may come from another disk.

    When this returns the file is on the disk; when it raises OSError the target is as it was.
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
    """Give a file a second name that nothing has; a copy where the file system knows no links."""
    try:
        os.link(source, target)
    except OSError:
        near = _partial(target)
        shutil.copy2(source, near)
        sync(near)
        near.replace(target)
    sync(target.parent)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file for its owner alone, complete or not at all."""
    partial = _partial(target)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    put(partial, target)


def _partial(target: Path) -> Path:
    """Beside the target, with a name that fits on any disk."""
    return target.with_name(f".{hashlib.sha256(target.name.encode(errors='surrogateescape')).hexdigest()[:16]}.part")


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Remove what a killed run was writing. Only for files that nobody else can be at."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
