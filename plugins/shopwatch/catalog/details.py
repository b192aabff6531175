"""Details: tables on the page of a product, campaign, SKU, keyword or shop, one file each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from shopwatch.catalog.tables import TableColumn
from shopwatch.core.declaration import Declaration
from shopwatch.core.i18n import Title
from shopwatch.core.sql_files import read_head


class DetailHead(Declaration):
    """Grain of the rows, the entity types that have the table, its place on their page, title and columns.

    A column ``name`` links to the entity of the row's ``entity_type`` and ``entity``.
    """

    grain: str
    note: str = ""
    of: tuple[str, ...] = Field(min_length=1)
    place: int
    title: Title
    columns: dict[str, TableColumn] = Field(min_length=1)


@dataclass(frozen=True)
class Detail:
    """A statement with the parameters ``shop``, ``entity`` and ``night``, of which it may use any."""

    name: str
    head: DetailHead
    sql: str


def load_details(include: Path) -> list[Detail]:
    """Details under ``include/sql/details`` in their order. Raises DeclarationError naming file and key."""
    paths = sorted((include / "sql" / "details").glob("*.sql"))
    details = [Detail(path.stem, *read_head(path, DetailHead)) for path in paths]
    return sorted(details, key=lambda detail: (detail.head.place, detail.name))
