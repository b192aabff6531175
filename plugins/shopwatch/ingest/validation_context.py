"""Great Expectations on the open raw warehouse: its context, its connection, its Data Docs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from shopwatch.core.durable import private_folder
from shopwatch.core.settings import Settings

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
    from great_expectations.data_context.types.base import DataContextConfig
    from great_expectations.expectations.expectation import Expectation


@contextmanager
def validation_context(
    settings: Settings, con: duckdb.DuckDBPyConnection, *, is_kept: bool
) -> Iterator[AbstractDataContext]:
    """Great Expectations context on the open raw warehouse. ``is_kept``: what it writes stays in the home folder.

    It would open the file with a configuration of its own, which DuckDB refuses while another connection is open. And
    it fetches rows after it has returned its connection, and the rollback that follows would empty DuckDB's result; one
    connection for the whole run avoids this.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    import great_expectations as gx
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from sqlalchemy import Connection

    kept: list[Connection] = []

    @contextmanager
    def one_connection(engine: SqlAlchemyExecutionEngine) -> Iterator[Connection]:
        if not kept:
            kept.append(engine.engine.connect())
        yield kept[0]

    usual = SqlAlchemyExecutionEngine.get_connection
    SqlAlchemyExecutionEngine.get_connection = one_connection
    try:
        if is_kept:
            private_folder(settings.quality)
        stores = _stores(settings.quality / "gx") if is_kept else None
        context = gx.get_context(mode="ephemeral", project_config=stores)
        context.variables.progress_bars = {"globally": False}
        # Nothing reads this context's configuration again, which would be turned into YAML for each table.
        context._save_project_config = lambda *_, **__: None
        with _engines_share(con):
            source = context.data_sources.add_or_update_sql(
                "raw", connection_string=f"duckdb:///{settings.raw_warehouse}"
            )
            try:
                yield context
            finally:
                for connection in kept:
                    connection.close()
                    connection.engine.dispose()
                source.get_engine().dispose()
    finally:
        SqlAlchemyExecutionEngine.get_connection = usual


def _stores(folder: Path) -> DataContextConfig:
    """Stores of suites, results and Data Docs in a folder.

    The context itself is not kept: it would be written again for every suite, and grow with them.
    """
    from great_expectations.data_context.types.base import DataContextConfig, FilesystemStoreBackendDefaults

    return DataContextConfig(store_backend_defaults=FilesystemStoreBackendDefaults(root_directory=folder))


@contextmanager
def _engines_share(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """SQLAlchemy's DuckDB engines use cursors of this connection instead of opening the file."""
    from duckdb_sqlalchemy import ConnectionWrapper, Dialect
    from sqlalchemy import event

    def share(*_: object) -> ConnectionWrapper:
        return ConnectionWrapper(con.cursor())

    event.listen(Dialect, "do_connect", share)
    try:
        yield
    finally:
        event.remove(Dialect, "do_connect", share)


@contextmanager
def keep_configurations() -> Iterator[None]:
    """Build the configuration of an expectation once while a suite runs.

    Great Expectations builds it again for each value that it looks up in it, which takes a quarter of the run.
    """
    from great_expectations.expectations.expectation import Expectation

    built = Expectation.configuration
    kept: dict[int, tuple[Expectation, Any]] = {}  # with the expectation, whose id nothing else has as long as it lives

    def configuration(expectation: Expectation) -> Any:
        if id(expectation) not in kept:
            kept[id(expectation)] = (expectation, built.fget(expectation))
        return kept[id(expectation)][1]

    Expectation.configuration = property(configuration)
    try:
        yield
    finally:
        Expectation.configuration = built


def add_to_data_docs(context: AbstractDataContext, earlier: set[Any]) -> None:
    """Add the pages of tonight's results and their suites; building all would grow with every night."""
    new: list[Any] = [key for key in context.validation_results_store.list_keys() if key not in earlier]
    context.build_data_docs(resource_identifiers=[*new, *(key.expectation_suite_identifier for key in new)])
