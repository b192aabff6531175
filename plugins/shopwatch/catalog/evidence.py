"""Evidence: the rows behind a KPI's number, such as the orders that wait."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from shopwatch.core.declaration import Declaration
from shopwatch.core.i18n import Title, Unit
from shopwatch.core.sql_files import read_head


class EvidenceColumn(Declaration):
    """A column for readers. ``unit``: format of its numbers; ``words``: contract column with the words of its codes."""

    title: Title
    unit: Unit = "count"
    words: str | None = Field(None, pattern=r"^\w+\.\w+$")


class EvidenceHead(Declaration):
    """Grain and order of the rows, and their columns in the order of the SELECT."""

    grain: str
    columns: dict[str, EvidenceColumn] = Field(min_length=1)


@dataclass(frozen=True)
class Evidence:
    """A statement with the parameters ``shop``, ``entity``, ``first_day`` and ``last_day``, of which it may use any."""

    name: str
    head: EvidenceHead
    sql: str


def load_evidence(include: Path) -> dict[str, Evidence]:
    """Evidence under ``include/sql/evidence``, by name. Raises DeclarationError naming file and key."""
    paths = sorted((include / "sql" / "evidence").glob("*.sql"))
    return {path.stem: Evidence(path.stem, *read_head(path, EvidenceHead)) for path in paths}
