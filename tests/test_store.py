"""The operational store's schema, and the dictionary of the warehouse that it is published in."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from shopwatch.core.settings import Settings
from shopwatch.store.tables import Base, open_store


def test_migrations_give_exactly_the_tables_of_the_code(settings: Settings) -> None:
    with open_store(settings) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_the_store_again_changes_nothing(settings: Settings) -> None:
    with open_store(settings) as engine:
        before = inspect(engine).get_table_names()
    with open_store(settings) as engine:
        assert inspect(engine).get_table_names() == before
    assert "alembic_version" in before
