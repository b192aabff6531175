"""Pseudonyms: the same buyer keeps the same name, and nobody can tell which."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

from shopwatch.settings import Settings

BLOCK = 64


@dataclass(frozen=True)
class Pads:
    """The two pads of HMAC-SHA256 (RFC 2104), so that SQL can finish the sum."""

    inner: bytes
    outer: bytes


def pads(settings: Settings) -> Pads:
    """The pads of this installation's key: from the environment, else a 0600 file made on first use."""
    if settings.pseudonym_key is not None:
        key = settings.pseudonym_key.get_secret_value().encode()
    else:
        path = settings.home / "pseudonym.key"
        settings.home.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        key = path.read_bytes()
    if len(key) > BLOCK:
        raise ValueError(f"the pseudonym key has {len(key)} bytes; at most {BLOCK}")
    block = key.ljust(BLOCK, b"\0")
    return Pads(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))
