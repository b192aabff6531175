"""The operational store's schema, and the dictionary of the warehouse that it is published in."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect
from sqlalchemy.engine import Engine

from shopwatch.alerts import Base, open_store
from shopwatch.settings import Settings


def test_migrations_give_exactly_the_tables_of_the_code(settings: Settings) -> None:
    with open_store(settings) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_the_store_again_changes_nothing(settings: Settings) -> None:
    with open_store(settings) as engine:
        before = inspect(engine).get_table_names()
    with open_store(settings) as engine:
        assert inspect(engine).get_table_names() == before
    assert "alembic_version" in before


@pytest.mark.parametrize("number", [2, 6, 12, 20])
def test_a_migration_that_breaks_off_is_made_again_from_the_start(number: int, settings: Settings) -> None:
    left = number

    def fail(*args: Any) -> None:
        nonlocal left
        left -= args[2].strip().upper().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE"))
        if left == 0:
            raise OSError("disk full")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(OSError, match="disk full"), open_store(settings):
            pass
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    with open_store(settings) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
