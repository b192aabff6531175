"""Pseudonyms: the same buyer keeps the same name, and nobody can tell which."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from shopwatch.core.durable import sync, write_whole
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings

BLOCK = 64


@dataclass(frozen=True)
class Pads:
    """The two pads of HMAC-SHA256 (RFC 2104), so that SQL can finish the sum."""

    inner: bytes
    outer: bytes

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without giving them away: the pseudonym of a text that is no buyer."""
        inner = hashlib.sha256(self.inner + b"shopwatch: fingerprint of the key").digest()
        return hashlib.sha256(self.outer + inner).hexdigest()[:16]


class PseudonymKeyError(StateError):
    """The key that made the pseudonyms in the warehouse is lost or was exchanged."""


def pads(settings: Settings) -> Pads:
    """The pads of this installation's key: from the environment, else a 0600 file made on first use.

    Raises ValueError for a key that is empty or over 64 bytes long, and PseudonymKeyError where the file is lost.
    """
    if settings.pseudonym_key is not None:
        key = settings.pseudonym_key.get_secret_value().encode()
    else:
        if settings.raw_warehouse.exists():
            require_key_file(settings)
        key = _key_file(_path(settings))
    if not 0 < len(key) <= BLOCK:
        raise ValueError(f"the pseudonym key has {len(key)} bytes; it needs 1 to {BLOCK}")
    block = key.ljust(BLOCK, b"\0")
    return Pads(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))


def require_key_file(settings: Settings) -> None:
    """Raise PseudonymKeyError where the key is a file, files were loaded with it, and it is gone."""
    is_used = settings.raw_warehouse.exists() or any(settings.archive.glob("*/*/*"))
    if settings.pseudonym_key is None and is_used and not _path(settings).exists():
        raise PseudonymKeyError(f"{_path(settings)} is missing: {_MEND}")


def fresh_key() -> str:
    """A new key, which nobody has yet."""
    return secrets.token_hex(32)


def exchange_key(settings: Settings, key: str) -> None:
    """Put another key into the file; the one before is kept under another name."""
    path = _path(settings)
    if path.exists():
        path.replace(path.with_name(f"pseudonym.{datetime.now():%Y%m%d-%H%M%S-%f}.old-key"))
    write_whole(path, key.encode())


def require_same_key(con: duckdb.DuckDBPyConnection, known: Pads) -> None:
    """Raise PseudonymKeyError where the pseudonyms in the raw warehouse were made with another key."""
    recorded = con.execute("select fingerprint from pseudonym_key").fetchone()
    if recorded not in (None, (known.fingerprint,)):
        raise PseudonymKeyError(f"the pseudonym key is not the one that the warehouse was loaded with: {_MEND}")


def record_key(con: duckdb.DuckDBPyConnection, known: Pads) -> None:
    """Remember the key of the first pseudonyms."""
    if not con.execute("select 1 from pseudonym_key").fetchone():
        con.execute("insert into pseudonym_key values ($1)", [known.fingerprint])


_MEND = (
    "buyers would get other pseudonyms, and every old buyer would count as new. Restore it from your copy "
    "(housekeeping keeps one in backups/<date>/pseudonym.key). If it is lost for good: bin/shopwatch replay --new-key"
)


def _path(settings: Settings) -> Path:
    return settings.home / "pseudonym.key"


def _key_file(path: Path) -> bytes:
    """The file's key, made first where there is none; two that make it at once get the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, mode="w") as fresh:  # private by its making
            fresh.write(fresh_key())
            fresh.flush()
            os.fsync(fresh.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, path)  # whole or not at all
        sync(path.parent)
    return path.read_bytes()
