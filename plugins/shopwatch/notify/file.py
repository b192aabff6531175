"""The channel that needs no server: each mail is an .eml file in the outbox folder."""

from __future__ import annotations

import os
from pathlib import Path


def deliver(content: bytes, folder: Path, name: str) -> Path:
    """Write the mail whole or not at all; the same mail again is the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name.replace('/', '-')}.eml"
    partial = target.with_name(f".{target.name}.part")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    folder_handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_handle)
    finally:
        os.close(folder_handle)
    return target
