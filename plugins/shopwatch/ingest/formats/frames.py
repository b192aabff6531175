"""Framed messages between two processes: two lengths, a JSON object, raw bytes."""

from __future__ import annotations

import json
import struct
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Buffer

SIZES = struct.Struct("<QQ")


def write_frame(pipe: IO[bytes], header: dict[str, Any], body: Buffer = b"") -> None:
    """Write one message and flush."""
    text = json.dumps(header).encode()
    content = memoryview(body)
    pipe.write(SIZES.pack(len(text), content.nbytes) + text)
    pipe.write(content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read the next message; None if the other side has closed."""
    head = pipe.read(SIZES.size)
    if len(head) < SIZES.size:
        return None
    size, length = SIZES.unpack(head)
    text, body = pipe.read(size), pipe.read(length)
    return (json.loads(text), body) if len(text) == size and len(body) == length else None
