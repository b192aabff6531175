"""Where a lake is: its folder or object store, and the catalogue that lists its files."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlglot import exp

from shopwatch.core.durable import private_folder, put, remove_leftovers
from shopwatch.core.errors import DeclarationError, StateError
from shopwatch.core.settings import Settings

EXTENSION = "duckdb_extension_{name}"
"""Package on PyPI with an extension of DuckDB: nothing is downloaded at run time."""


class LakeError(StateError):
    """The lake or its catalogue cannot be reached, or is incomplete."""


@dataclass(frozen=True)
class LakeStore:
    """A lake: files below ``address`` on an fsspec filesystem, and a catalogue in SQLite or PostgreSQL."""

    address: str
    fs: Any
    root: str
    catalog: Path | URL
    is_shared: bool

    @property
    def is_folder(self) -> bool:
        return "://" not in self.address

    def load(self, con: duckdb.DuckDBPyConnection) -> None:
        """Load the extensions that the lake needs. Raises DeclarationError if one is not installed."""
        load_extension(con, "ducklake")
        load_extension(con, "sqlite_scanner" if isinstance(self.catalog, Path) else "postgres_scanner")
        if not self.is_folder:
            con.register_filesystem(self.fs)  # before httpfs, or that would take s3:// with credentials of its own
            load_extension(con, "httpfs")
        elif self.is_shared:
            Path(self.address).mkdir(parents=True, exist_ok=True)
            Path(self.address).chmod(0o755)
        else:
            private_folder(Path(self.address))

    @contextmanager
    def attached(self, con: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Attach as ``lake``, created if it is not there. Rows never go to the catalogue: others read the Parquet.

        A catalogue in a file is changed in a copy that replaces it at the end: readers hold up no publication, and
        never meet a half-written file. Raises LakeError while another process publishes to it.
        """
        if isinstance(self.catalog, URL):
            con.execute(_secret(self.catalog))  # in the address of the catalogue, errors would show the password
            self._attach(con, "postgres:", ", meta_secret 'lake_catalog'")
            yield
            con.execute("detach lake")
            return
        with _locked(self.catalog):
            copy = self.catalog.with_name(f".{self.catalog.name}.new")
            remove_leftovers(copy.parent.glob(f"{copy.name}*"))
            if self.catalog.exists():
                shutil.copyfile(self.catalog, copy)
            self._attach(con, f"sqlite:{copy}")
            yield
            con.execute("detach lake")
            put(copy, self.catalog)

    def _attach(self, con: duckdb.DuckDBPyConnection, catalog: str, more: str = "") -> None:
        options = f"data_path {_literal(f'{self.address}/')}, data_inlining_row_limit 0{more}"
        con.execute(f"attach {_literal(f'ducklake:{catalog}')} as lake ({options})")

    @contextmanager
    def permissions(self) -> Iterator[None]:
        """Files that others may read if the settings share what is published; else their owner's alone."""
        former = os.umask(0o022 if self.is_shared else 0o077)
        try:
            yield
        finally:
            os.umask(former)

    def file_names(self) -> set[str]:
        """Names of all files of the lake."""
        return {path.rpartition("/")[2] for path in self.fs.find(self.root)}

    def remove_unknown(self, known: set[str], before: datetime) -> None:
        """Remove Parquet files that DuckLake wrote before a time and that are not known by their names."""
        for path in self.fs.find(self.root):
            is_unknown = fnmatchcase(name := path.rpartition("/")[2], "ducklake-*.parquet") and name not in known
            if is_unknown and _modified(self.fs, path) < before:
                self.fs.rm_file(path)


@contextmanager
def _locked(catalog: Path) -> Iterator[None]:
    catalog.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(catalog.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LakeError(f"another process publishes to {catalog}: try again when it has ended") from error
    finally:
        os.close(folder)


def open_lake_store(settings: Settings) -> LakeStore:
    """The lake of the settings. Raises DeclarationError if a setting or a package is missing."""
    from fsspec.core import url_to_fs

    address = settings.lake
    try:
        fs, root = url_to_fs(address, skip_instance_cache=True)
    except (ImportError, ValueError) as error:
        raise DeclarationError(f"SHOPWATCH_LAKE={address}: {error}") from error
    return LakeStore(address, fs, root, _catalog(settings), settings.share_published)


def _catalog(settings: Settings) -> Path | URL:
    address = settings.lake_catalog.get_secret_value() if settings.lake_catalog else ""
    if not address:
        if "://" in settings.lake:
            raise DeclarationError(
                "SHOPWATCH_LAKE is not a folder: set SHOPWATCH_LAKE_CATALOG as well, to postgresql://… or sqlite:///…"
            )
        return Path(settings.lake) / "catalog.sqlite"
    try:
        url = make_url(address)
    except ArgumentError:
        url = URL.create("unknown")  # without the address, which may hold a password
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database:
        return Path(url.database).expanduser().resolve()
    if backend != "postgresql":
        raise DeclarationError(
            "SHOPWATCH_LAKE_CATALOG is neither postgresql://user:password@host/database nor sqlite:///file"
        )
    return url


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension of DuckDB from its Python package. Raises DeclarationError if that is not installed."""
    spec = find_spec(EXTENSION.format(name=name))
    folders = (spec.submodule_search_locations or []) if spec else []
    files = [Path(folder, "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension") for folder in folders]
    found = next((file for file in files if file.exists()), None)
    if found is None:
        raise DeclarationError(
            f"SHOPWATCH_LAKE is set, and DuckDB's extension {name} for version {duckdb.__version__} is not installed: "
            "pip install --require-hashes -r requirements-lake.txt"
        )
    con.load_extension(str(found))


def _secret(url: URL) -> str:
    """Statement that creates the secret ``lake_catalog`` for a PostgreSQL catalogue."""
    parts = {
        "host": url.host or "",
        "port": str(url.port or 5432),
        "database": url.database or "",
        "user": url.username or "",
        "password": str(url.password or ""),
    }
    given = ", ".join(f"{name} {_literal(value)}" for name, value in parts.items() if value)
    return f"create or replace secret lake_catalog (type postgres, {given})"


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql("duckdb")


def _modified(fs: Any, path: str) -> datetime:
    at: datetime = fs.modified(path)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
