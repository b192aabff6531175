"""The channel that needs no server: each mail is an .eml file in the outbox folder."""

from __future__ import annotations

from pathlib import Path

from shopwatch.core.durable import private_folder, write_whole


def deliver(content: bytes, folder: Path, name: str) -> Path:
    """Write the mail whole or not at all; the same mail again is the same file. It is on the disk when this returns."""
    private_folder(folder)
    target = folder / f"{name.replace('/', '-')}.eml"
    write_whole(target, content)
    return target
