"""Pseudonyms: stable per buyer and not reversible without the key."""

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
class HmacPads:
    """Inner and outer pad of HMAC-SHA256 (RFC 2104), so that SQL can compute the digest."""

    inner: bytes
    outer: bytes

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the key, safe to store: the pseudonym of a text that is no buyer."""
        inner = hashlib.sha256(self.inner + b"shopwatch: fingerprint of the key").digest()
        return hashlib.sha256(self.outer + inner).hexdigest()[:16]


class PseudonymKeyError(StateError):
    """Pseudonym key lost, or not the one behind the pseudonyms in the warehouse."""


def pads(settings: Settings) -> HmacPads:
    """Pads of this installation's key: from the environment, else from a 0600 file created on first use.

    Raises PseudonymKeyError if the file is lost, or if the key is empty or over 64 bytes long.
    """
    if settings.pseudonym_key is not None:
        key, place = settings.pseudonym_key.get_secret_value().encode(), "SHOPWATCH_PSEUDONYM_KEY"
    else:
        if settings.raw_warehouse.exists():
            require_key_file(settings)
        key, place = _key_file(_path(settings)), str(_path(settings))
    if not 0 < len(key) <= BLOCK:
        raise PseudonymKeyError(f"{place} is not a key: it has {len(key)} bytes instead of 1 to {BLOCK}; {_MEND}")
    block = key.ljust(BLOCK, b"\0")
    return HmacPads(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))


def require_key_file(settings: Settings) -> None:
    """Raise PseudonymKeyError if the key belongs in a file, files were loaded with it, and it is gone."""
    is_used = settings.raw_warehouse.exists() or any(settings.archive.glob("*/*/*"))
    if settings.pseudonym_key is None and is_used and not _path(settings).exists():
        raise PseudonymKeyError(f"{_path(settings)} is missing: {_MEND}")


def fresh_key() -> str:
    """Generate a random key."""
    return secrets.token_hex(32)


def exchange_key(settings: Settings, key: str) -> None:
    """Replace the key file; the previous key is kept under another name."""
    path = _path(settings)
    if path.exists():
        path.replace(path.with_name(f"pseudonym.{datetime.now():%Y%m%d-%H%M%S-%f}.old-key"))
    write_whole(path, key.encode())


def require_same_key(con: duckdb.DuckDBPyConnection, known: HmacPads) -> None:
    """Raise PseudonymKeyError if the pseudonyms in the raw warehouse were made with another key."""
    recorded = con.execute("select fingerprint from pseudonym_key").fetchone()
    if recorded not in (None, (known.fingerprint,)):
        raise PseudonymKeyError(f"the pseudonym key is not the one that the warehouse was loaded with: {_MEND}")


def record_key(con: duckdb.DuckDBPyConnection, known: HmacPads) -> None:
    """Record the key's fingerprint with the first pseudonyms."""
    if not con.execute("select 1 from pseudonym_key").fetchone():
        con.execute("insert into pseudonym_key values ($1)", [known.fingerprint])


_MEND = (
    "buyers would get other pseudonyms, and every old buyer would count as new. Restore it from your copy "
    "(housekeeping keeps one in backups/<date>/pseudonym.key). If it is lost for good: bin/shopwatch replay --new-key"
)


def _path(settings: Settings) -> Path:
    return settings.home / "pseudonym.key"


def _key_file(path: Path) -> bytes:
    """Key of the file, created if missing. Concurrent callers get the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, mode="w") as fresh:  # created private
            fresh.write(fresh_key())
            fresh.flush()
            os.fsync(fresh.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, path)  # atomic
        sync(path.parent)
    return path.read_bytes()
