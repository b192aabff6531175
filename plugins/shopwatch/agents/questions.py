"""Read-only questions to the published warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopwatch.agents.answers import MOST_ROWS, QueryResult, QuestionError, answer, closed_off
from shopwatch.agents.statement import run_apart
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import closest
from shopwatch.web.published import published

SECONDS = 10.0


@dataclass(frozen=True)
class PublishedFile:
    """The published warehouse, opened anew for each question: a new night is seen at once.

    ``seconds``: limit of one statement. ``shops``: those whose rows are read; None: all.
    """

    settings: Settings
    seconds: float = SECONDS
    shops: frozenset[str] | None = None

    def ask(self, name: str, limit: int = MOST_ROWS, **values: object) -> QueryResult:
        """Answer of a library statement such as ``agents/kpi``, with its parameters bound."""
        with self._open() as con:
            return answer(con, library_sql(name), values, limit, self.seconds)

    def run(self, sql: str, limit: int) -> QueryResult:
        """Answer of one SELECT of somebody else.

        Raises QuestionError for anything but a single SELECT or EXPLAIN, a statement that DuckDB refuses, and one that
        takes longer than ``seconds``, and for any statement where only some shops may be read.
        """
        if self.shops is not None:
            raise QuestionError("SQL could read the rows of other shops: ask for KPIs and alerts")
        return run_apart(self._existing(), sql, limit, self.seconds)

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        path = self._existing()
        if self.shops is not None:
            with published(self.settings, self.shops) as night:
                yield night.con
            return
        with closed_off(path) as con:
            yield con

    def _existing(self) -> Path:
        path = self.settings.published
        if not path.is_file():
            raise QuestionError(f"{path} is not there: no night has been published yet")
        return path


def require_known(kind: str, name: str, known: set[str]) -> None:
    """Raise QuestionError for a name that is not known, with the closest that is."""
    if name not in known:
        raise QuestionError(f"unknown {kind} `{name}`{closest(name, known)}; there are {', '.join(sorted(known))}")
