"""The catalog for the pages, reloaded only when one of its files has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings

FOLDERS = ("rules", "sql/metrics", "sources", ".")


def current_catalog(settings: Settings) -> Catalog:
    """The catalog of the current files."""
    return _read(settings.home, settings.include, _stamp(settings))


def _stamp(settings: Settings) -> tuple[tuple[str, int], ...]:
    """Fingerprint of the files: paths and modification times."""
    own = settings.home / "shops.yaml"
    found = [(str(own), own.stat().st_mtime_ns)] if own.exists() else []
    for folder in FOLDERS:
        found += _files(settings.include / folder, is_deep=folder == "sources")
    return tuple(sorted(found))


def _files(folder: Path, is_deep: bool) -> Iterator[tuple[str, int]]:
    """Declarations of a folder. Each page asks three times, and ``Path.glob`` would cost it a tenth of its time."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if entry.name.endswith((".yaml", ".sql")):
                yield entry.path, entry.stat().st_mtime_ns
            elif is_deep and entry.is_dir():
                yield from _files(Path(entry.path), is_deep)


@lru_cache(maxsize=2)
def _read(home: Path, include: Path, _stamp: object) -> Catalog:
    return Catalog(Settings(home=home, include=include))
