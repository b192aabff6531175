"""Batches of small files: grouping by kind, and size limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.originals import SmallOriginal
from shopwatch.ingest.small_files import SmallFile

MOST_FILES = 400
MOST_BYTES = 64 << 20  # bytes in memory: original files plus their cells as text


@dataclass(frozen=True)
class BatchFile:
    """File that is read and hashed, but not loaded yet."""

    detected: DetectedFile
    rows: SmallFile
    original: SmallOriginal

    @property
    def source(self) -> str:
        """Export name of the file."""
        return self.detected.detection.contract.export

    @property
    def kind(self) -> tuple[object, ...]:
        """Grouping key of a batch: files that share it are typed by one statement."""
        found, shop = self.detected.detection, self.detected.shop
        return found.contract, found.headers, found.titles, shop.timezone, shop.currency, self.rows.form


@dataclass
class Batches:
    """Files waiting to be loaded, by kind. Do not add equal bytes twice: the second file is a repetition."""

    _members: dict[tuple[object, ...], list[BatchFile]] = field(default_factory=dict)
    _hashes: set[str] = field(default_factory=set)
    _sizes: set[int] = field(default_factory=set)
    _bytes: int = 0

    def add(self, member: BatchFile) -> None:
        """Add a file to the batch of its kind."""
        self._members.setdefault(member.kind, []).append(member)
        self._hashes.add(member.original.sha256())
        self._sizes.add(member.detected.found.size)
        self._bytes += member.detected.found.size + member.rows.size

    def holds(self, member: BatchFile) -> bool:
        """True if a file with the same bytes is waiting."""
        return member.original.sha256() in self._hashes

    def may_hold(self, size: int) -> bool:
        """True if a file with the same bytes as one of this size may be waiting."""
        return size in self._sizes

    @property
    def is_full(self) -> bool:
        """True if the waiting files must be loaded before more are added."""
        return len(self._hashes) >= MOST_FILES or self._bytes >= MOST_BYTES

    def take_all(self) -> Iterator[list[BatchFile]]:
        """Yield all batches and clear them."""
        waiting = list(self._members.values())
        self._members, self._hashes, self._sizes, self._bytes = {}, set(), set(), 0
        yield from waiting
