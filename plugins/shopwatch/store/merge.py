"""Rows merged into a table of the store by its primary key, in one statement, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shopwatch.store.tables import Base


def merge_rows(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], update: Sequence[str] = ()
) -> None:
    """Insert the rows; of those whose key exists, the columns ``update`` are overwritten, by default none.

    Each row names the same columns. Objects of the session are read anew afterwards.
    """
    if not rows:
        return
    table = model.__table__
    assert isinstance(table, Table)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    if update:
        overwritten = {name: insert.excluded[name] for name in update}
        statement = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=overwritten)
    else:
        statement = insert.on_conflict_do_nothing()
    session.flush()
    session.execute(statement, list(rows))
    session.expire_all()
