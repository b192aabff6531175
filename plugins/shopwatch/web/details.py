"""Tables on the page of an entity: what was sold, counted, refunded, reviewed, bid and spent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.details import Detail
from shopwatch.core.i18n import Language
from shopwatch.core.links import entity_path
from shopwatch.warehouse.connections import dicts
from shopwatch.web.published import PublishedWarehouse, Row
from shopwatch.web.table_cells import NUMERIC, Cell, Wording, with_cents, wording

PARAMETER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class DetailTable:
    """A table with rows. ``heads``: title of each column, and whether it holds numbers."""

    name: str
    title: str
    heads: list[tuple[str, bool]]
    rows: list[list[Cell]]


def detail_tables(
    night: PublishedWarehouse, known: Catalog, language: Language, key: Mapping[str, str]
) -> list[DetailTable]:
    """Details of the entity (``shop``, ``entity_type``, ``entity``) that have rows, in their order."""
    texts = wording(known, language)
    values: dict[str, object] = {**key, "night": night.night}
    tables = []
    for detail in known.details:
        if key["entity_type"] in detail.head.of and (rows := _rows(night, detail.sql, values)):
            tables.append(_table(detail, rows, key["shop"], texts))
    return tables


def _rows(night: PublishedWarehouse, sql: str, values: Mapping[str, object]) -> list[Row]:
    """Rows of a statement with those of the values that it uses; none in an older night that lacks its tables."""
    named = set(PARAMETER.findall(sql))
    try:
        return dicts(night.con.execute(sql, {name: values[name] for name in named}))
    except duckdb.CatalogException:
        return []


def _table(detail: Detail, rows: list[Row], shop: str, texts: Wording) -> DetailTable:
    columns = detail.head.columns
    cents = with_cents(rows, columns)
    return DetailTable(
        name=detail.name,
        title=detail.head.title.of(texts.language),
        heads=[(column.title.of(texts.language), column.look in NUMERIC) for column in columns.values()],
        rows=[
            [texts.cell(row, name, column, _path(row, name, shop), name in cents) for name, column in columns.items()]
            for row in rows
        ],
    )


def _path(row: Row, name: str, shop: str) -> str:
    return entity_path(shop, row["entity_type"], row["entity"]) if name == "name" and row["entity"] else ""
