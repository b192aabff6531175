"""The operational store for the pages: brought up to date once a process, then shared by all requests."""

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
    """A session that commits at the end, or rolls back."""
    with Session(_engine(settings)) as session, session.begin():
        yield session


def _engine(settings: Settings) -> Engine:
    """Alembic keeps its state in a module, so requests must not migrate at the same time."""
    with _lock:
        if settings.store not in _engines:
            with open_store(settings):
                pass
            _engines[settings.store] = create_engine(settings.store, pool_pre_ping=True)
        return _engines[settings.store]
