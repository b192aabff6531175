"""The operational store for the pages: migrated once per process, then shared by all requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.store.tables import open_store

_engines: dict[str, Engine] = {}
_lock = Lock()


@contextmanager
def store(settings: Settings) -> Iterator[Session]:
    """Open a session that commits at the end, or rolls back on an error."""
    with Session(_engine(settings)) as session, session.begin():
        yield session


def _engine(settings: Settings) -> Engine:
    """Return the shared engine. Alembic keeps state in a module, so requests must not migrate at the same time."""
    with _lock:
        if settings.store not in _engines:
            with open_store(settings):
                pass
            _engines[settings.store] = create_engine(settings.store, pool_pre_ping=True)
        return _engines[settings.store]
