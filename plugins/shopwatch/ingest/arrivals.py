"""Inbox state and advice for a run that finds nothing to load."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shopwatch.catalog.shops import load_shops
from shopwatch.core.settings import Settings
from shopwatch.ingest.inbox import InboxFile, find, open_inbox, public, unfinished


@dataclass(frozen=True)
class Arrivals:
    """State of the inbox.

    ``missing``: the folder does not exist. ``settles_in``: seconds until the youngest file that is only too fresh
    counts as complete; 0 if there is none. ``outside``: files outside every shop folder.
    """

    address: str
    shops: tuple[str, ...]
    missing: bool = False
    files: int = 0
    settles_in: float = 0
    outside: tuple[str, ...] = ()

    def notes(self) -> Iterator[str]:
        """Obstacles, one sentence each, with the remedy."""
        folders = ", ".join(f"{shop}/" for shop in self.shops)
        if self.missing:
            yield f"{self.address} does not exist: create it with a folder per shop ({folders}), or correct INBOX="
        elif not self.files:
            yield (
                f"no file in {self.address}: put each shop's exports into its folder ({folders}), "
                "or name another inbox with make run INBOX=<folder>"
            )
        elif self.outside:
            count = len(self.outside)
            are = "1 file is" if count == 1 else f"{count} files are"
            yield (
                f"{are} outside every shop folder of {self.address}, such as {self.outside[0]}: "
                f"move exports into the folder of their shop ({folders}); shops are declared in shops.yaml"
            )


def arrivals(settings: Settings) -> Arrivals:
    """Inspect the inbox without opening a file. Raises OSError if it cannot be listed."""
    address, shops = public(settings.inbox_address), load_shops(settings)
    if settings.inbox_is_folder and not settings.inbox.is_dir():
        return Arrivals(address, tuple(shops), missing=True)
    found = list(find(open_inbox(settings), settings.fetched))
    return Arrivals(
        address,
        tuple(shops),
        files=len(found),
        settles_in=_settles_in(found, settings.settle_seconds),
        outside=tuple(file.name for file in found if file.folder not in shops),
    )


def _settles_in(files: Iterable[InboxFile], seconds: float) -> float:
    """Seconds until the youngest file has settled. Files with an unfinished name or zero bytes are ignored."""
    resting = (file for file in files if file.size and unfinished(file, seconds) and not unfinished(file, 0))
    ages = [time.time() - file.modified_ns / 1e9 for file in resting]
    return max((seconds - age for age in ages if 0 <= age < seconds), default=0)
