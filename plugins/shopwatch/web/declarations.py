"""The catalog for the pages, reloaded only when one of its files has changed."""

from __future__ import annotations

from collections.abc import Iterable
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
    include = settings.include
    paths: Iterable[Path] = (
        path
        for folder in FOLDERS
        for path in (include / folder).glob("**/*" if folder == "sources" else "*")
        if path.suffix in (".yaml", ".sql")
    )
    own = settings.home / "shops.yaml"
    files = [*paths, own] if own.exists() else paths
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _read(home: Path, include: Path, _stamp: object) -> Catalog:
    return Catalog(Settings(home=home, include=include))
