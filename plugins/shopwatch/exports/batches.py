"""Small files of one kind that are loaded together: which belong together, and when there are enough of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shopwatch.exports.originals import SmallOriginal
from shopwatch.exports.small_files import SmallFile
from shopwatch.exports.taken import Taken

MOST_FILES = 400
MOST_BYTES = 64 << 20  # in memory: of the files as they are, and of their cells as text


@dataclass(frozen=True)
class Member:
    """A file that is read and hashed, and not loaded yet."""

    taken: Taken
    rows: SmallFile
    original: SmallOriginal

    @property
    def source(self) -> str:
        """The export that the file is of."""
        return self.taken.recognised.contract.export

    @property
    def kind(self) -> tuple[object, ...]:
        """What files of one batch have in common: one statement types the rows of all."""
        found, shop = self.taken.recognised, self.taken.shop
        return found.contract, found.headers, found.titles, shop.timezone, shop.currency, self.rows.form


@dataclass
class Batches:
    """Files that wait to be loaded, by kind. No two of them should hold the same bytes: the second is a repetition."""

    _members: dict[tuple[object, ...], list[Member]] = field(default_factory=dict)
    _hashes: set[str] = field(default_factory=set)
    _sizes: set[int] = field(default_factory=set)
    _bytes: int = 0

    def add(self, member: Member) -> None:
        """Let a file wait."""
        self._members.setdefault(member.kind, []).append(member)
        self._hashes.add(member.original.sha256())
        self._sizes.add(member.taken.found.size)
        self._bytes += member.taken.found.size + member.rows.size

    def holds(self, member: Member) -> bool:
        """Whether a file with the same bytes waits."""
        return member.original.sha256() in self._hashes

    def may_hold(self, size: int) -> bool:
        """Whether a file with the same bytes as one of that size may wait."""
        return size in self._sizes

    @property
    def is_full(self) -> bool:
        """Whether so many wait that they have to be loaded first."""
        return len(self._hashes) >= MOST_FILES or self._bytes >= MOST_BYTES

    def take_all(self) -> Iterator[list[Member]]:
        """The batches, which wait no more."""
        waiting = list(self._members.values())
        self._members, self._hashes, self._sizes, self._bytes = {}, set(), set(), 0
        yield from waiting
