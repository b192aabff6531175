"""Migration of the operational store from the SQLite file to a server's database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.store.tables import Base, last_night, open_store

BATCH = 50
"""Rows copied at a time; a mail may have megabytes."""


def require_moved_store(settings: Settings) -> None:
    """Raise StateError if a server's store knows no night, but the SQLite file beside it does.

    Every team would be notified of all open alerts again, and the file's waiting mails would never be sent.
    """
    file = _left_behind(settings)
    if file is None:
        return
    with open_store(settings) as engine, Session(engine) as session:
        if last_night(session) is not None:
            return
    with open_store(_on_file(settings)) as engine, Session(engine) as session:
        newest = last_night(session)
    if newest is not None:
        raise StateError(
            f"the store at SHOPWATCH_STORE_URL is empty, but {file} knows the nights up to {newest}. "
            f"Run bin/shopwatch migrate to copy it there; to start afresh, move the file away"
        )


def move_store(settings: Settings) -> int:
    """Copy the SQLite file into the server's store, in one transaction, then rename it; returns the rows read.

    Notices written to the server's store in the meantime are kept. Raises StateError if there is no such file, or if
    the server's store knows a night. Nothing else may use either store meanwhile.
    """
    file = _left_behind(settings)
    if file is None:
        raise StateError(f"nothing to move: SHOPWATCH_STORE_URL is no server, or {settings.home} has no store.sqlite")
    rows = 0
    with open_store(_on_file(settings)) as old, open_store(settings) as new:
        with Session(new) as session:
            if (newest := last_night(session)) is not None:
                raise StateError(f"the store at SHOPWATCH_STORE_URL is in use: it knows the night {newest}")
        with old.connect() as source, new.begin() as target:
            for table in Base.metadata.sorted_tables:
                rows += _copy(source, target, table)
    file.rename(file.with_name("store.sqlite.moved"))
    return rows


def _copy(source: Connection, target: Connection, table: Table) -> int:
    count = 0
    for batch in source.execute(select(table)).mappings().partitions(BATCH):
        target.execute(insert(table).on_conflict_do_nothing(), [dict(row) for row in batch])
        count += len(batch)
    return count


def _left_behind(settings: Settings) -> Path | None:
    """The SQLite file in the home of a store that is on a server."""
    file = settings.home / "store.sqlite"
    is_server = make_url(settings.store).get_backend_name() != "sqlite"
    return file if is_server and file.exists() else None


def _on_file(settings: Settings) -> Settings:
    return settings.model_copy(update={"store_url": None})
