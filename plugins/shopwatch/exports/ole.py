"""The frame of an .xls file: sectors chained by tables of numbers (MS-CFB)."""

from __future__ import annotations

import re

import numpy as np

HEADER = 512  # bytes
FIRST_TABLES = slice(76, HEADER)  # where the header names the sectors that hold the table
LAST_SECTOR = 0xFFFFFFFA  # numbers from here on are marks: end of chain, free, ...

# Cells (of shared text, number, packed number, none) that stand in column 257 or further right, which .xls cannot have.
TOO_FAR_RIGHT = [
    re.compile(re.escape(start) + b"..." + rb"[^\0]", re.DOTALL)
    for start in (b"\xfd\x00\x0a\x00", b"\x03\x02\x0e\x00", b"\x7e\x02\x0a\x00", b"\x01\x02\x06\x00")
]


def cells_fit(data: bytes) -> bool:
    """False where a cell lies outside of any .xls: its reader would make room for all columns up to there."""
    return not any(far.search(data) for far in TOO_FAR_RIGHT)


def chains_end(data: bytes) -> bool:
    """False where a chain of sectors runs in a circle: who follows it reads until the memory is full."""
    if len(data) < HEADER:
        return True
    size = 1 << min(int.from_bytes(data[30:32], "little"), 20)
    numbers = np.frombuffer(data[: len(data) // 4 * 4], dtype="<u4")

    def sector(number: int) -> np.ndarray:
        start = (number + 1) * size // 4
        return numbers[start : start + size // 4]

    tables = [number for number in numbers[FIRST_TABLES.start // 4 : FIRST_TABLES.stop // 4] if number < LAST_SECTOR]
    more, passed = int(numbers[68 // 4]), set()
    while more < LAST_SECTOR and sector(more).size:
        if more in passed:
            return False
        passed.add(more)
        *named, more = sector(more).tolist()
        tables += [number for number in named if number < LAST_SECTOR]
    table = np.concatenate([sector(int(number)) for number in tables[: len(data) // size + 1]] or [numbers[:0]])
    if not _all_end(table):
        return False
    small, at = [numbers[:0]], int(numbers[60 // 4])
    while at < len(table):
        small.append(sector(at))
        at = int(table[at])
    return _all_end(np.concatenate(small))


def _all_end(following: np.ndarray) -> bool:
    """Whether every way through ``following`` leaves it; the steps double, so that a long way takes few of them."""
    away = len(following)
    steps = np.append(np.minimum(following, away), away).astype(np.int64)
    for _ in range(away.bit_length()):
        steps = steps[steps]
    return bool((steps == away).all())
