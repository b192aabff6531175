"""The published warehouse, attached once per night: a new night is visible at once, and old ones are released."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import dicts
from shopwatch.web.scope import create_scope

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger("shopwatch.web")
Row = dict[str, Any]
_numbers = itertools.count(1)


class NothingPublishedError(ShopwatchError, RuntimeError):
    """No night has been published yet."""


class UnreadableNightError(ShopwatchError, RuntimeError):
    """The published night lacks a table or column: it was published by an older version."""


class PublishedWarehouse:
    """One night's warehouse for the duration of a request."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, shops: frozenset[str] | None = None) -> None:
        """Read through the connection, which the caller closes. ``shops``: those that it shows; None: all."""
        self.con = con
        self.settings = settings
        self.shops = shops

    def rows(self, name: str, **values: object) -> list[Row]:
        """Rows of a library statement, such as ``web/files``, with its parameters bound."""
        return dicts(self.con.execute(library_sql(name), values))

    @cached_property
    def night(self) -> date:
        """Business date of the numbers."""
        row = self.con.execute("select night from meta.night").fetchone()
        assert row is not None
        night: date = row[0]
        return night


@dataclass
class _Version:
    """One attached file: its fingerprint, its name here, and the number of requests that read it.

    ``scopes``: shops -> name of the database with their rows only.
    """

    mark: tuple[int, ...]
    name: str
    readers: int = 0
    scopes: dict[frozenset[str], str] = field(default_factory=dict)


_lock = Lock()
_newest: list[_Version] = []  # at most one


@contextmanager
def published(settings: Settings, shops: frozenset[str] | None) -> Iterator[PublishedWarehouse]:
    """Open the published warehouse read-only, with the rows of these shops only; None: all.

    Raises NothingPublishedError, and UnreadableNightError if a statement asks for what the night does not have.

    Attaching a file costs as much as a page, so the newest stays attached until the next request after another is
    published; requests that still read the old one keep it. One thread: a page is many small statements, and a second
    thread costs a third more processor time than it saves; requests run in parallel anyway.
    """
    import duckdb

    version = _enter(settings.published)
    con = _memory().cursor()
    try:
        con.execute(f"use {version.name if shops is None else _scope(version, shops, settings.include)}")
        yield PublishedWarehouse(con, settings, shops)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        log.exception("the published night cannot be read")
        raise UnreadableNightError(settings.published) from error
    finally:
        con.close()
        _leave(version)


def _enter(path: Path) -> _Version:
    """The currently published version, attached, with this request counted as a reader."""
    with _lock:
        try:
            stat = path.stat()
        except FileNotFoundError as error:
            raise NothingPublishedError(path) from error
        mark = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if not _newest or _newest[0].mark != mark:
            before, _newest[:] = [*_newest], [_attach(path, mark)]
            for old in before:
                _let_go(old)
        _newest[0].readers += 1
        return _newest[0]


def _leave(version: _Version) -> None:
    with _lock:
        version.readers -= 1
        _let_go(version)


def _attach(path: Path, mark: tuple[int, ...]) -> _Version:
    import duckdb

    name = exp.to_identifier(f"night_{next(_numbers)}").sql("duckdb")
    file = exp.Literal.string(str(path)).sql("duckdb")
    try:
        _memory().execute(f"attach {file} as {name} (read_only)")
    except duckdb.IOException as error:
        raise NothingPublishedError(path) from error
    return _Version(mark, name)


def _scope(version: _Version, shops: frozenset[str], include: Path) -> str:
    """Name of the database with the rows of these shops, created at the first request for them."""
    with _lock:
        if shops not in version.scopes:
            name = f"{version.name}_{len(version.scopes) + 1}"
            create_scope(_memory(), version.name, name, shops, include)
            version.scopes[shops] = name
        return version.scopes[shops]


def _let_go(version: _Version) -> None:
    """Detach a version that is not the newest and has no readers."""
    if version not in _newest and not version.readers:
        for name in (*version.scopes.values(), version.name):
            _memory().execute(f"detach {name}")


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
