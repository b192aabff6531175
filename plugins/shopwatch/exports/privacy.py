"""Pseudonyms: the same buyer keeps the same name, and nobody can tell which."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from shopwatch.settings import Settings

BLOCK = 64


@dataclass(frozen=True)
class Pads:
    """The two pads of HMAC-SHA256 (RFC 2104), so that SQL can finish the sum."""

    inner: bytes
    outer: bytes


def pads(settings: Settings) -> Pads:
    """The pads of this installation's key: from the environment, else a 0600 file made on first use.

    Raises ValueError for a key that is empty or over 64 bytes long.
    """
    if settings.pseudonym_key is not None:
        key = settings.pseudonym_key.get_secret_value().encode()
    else:
        key = _key_file(settings.home / "pseudonym.key")
    if not 0 < len(key) <= BLOCK:
        raise ValueError(f"the pseudonym key has {len(key)} bytes; it needs 1 to {BLOCK}")
    block = key.ljust(BLOCK, b"\0")
    return Pads(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))


def _key_file(path: Path) -> bytes:
    """The file's key, made first where there is none; two that make it at once get the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, mode="w") as fresh:  # private by its making
            fresh.write(secrets.token_hex(32))
            fresh.flush()
            os.fsync(fresh.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, path)  # whole or not at all
    return path.read_bytes()
