"""Rows behind a KPI's number, read from the models of a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.evidence import EvidenceColumn
from shopwatch.core.errors import ShopwatchError
from shopwatch.core.i18n import Language, in_language


class EvidenceError(ShopwatchError, RuntimeError):
    """Evidence reads a table or column that the warehouse lacks."""


@dataclass(frozen=True)
class EvidenceRows:
    """The first rows, and the number of all."""

    columns: tuple[EvidenceColumn, ...]
    rows: tuple[tuple[object, ...], ...]
    count: int


def evidence_rows(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    language: Language,
    row: dict[str, object],
    most: int | None = None,
) -> EvidenceRows | None:
    """Rows behind the number of an alert (``row`` of ``notify/sql/cards.sql``) in its judged period; at most ``most``.

    Codes of categories are written in the reader's language.
    None if its KPI declares no evidence, if the alert has no judged period, or if there are no rows. Raises
    EvidenceError naming the file, for instance if the warehouse is older than the file.
    """
    name, start = catalog.metrics[str(row["metric"])].head.evidence, row["period"]
    if name is None or not isinstance(start, date):
        return None
    evidence = catalog.evidence[name]
    (statement,) = con.extract_statements(evidence.sql)
    values = {
        "shop": row["shop"],
        "entity": row["entity"],
        "first_day": start,
        "last_day": _last_day(start, str(row["grain"])),
    }
    try:
        con.execute(statement, {name: values[name] for name in statement.named_parameters})
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise EvidenceError(f"include/sql/evidence/{name}.sql does not fit the warehouse's models: {error}") from error
    found = con.to_arrow_table()
    if not found.num_rows:
        return None
    columns = tuple(evidence.head.columns.values())
    labels = [_labels(column, catalog, language) for column in columns]
    first = zip(*(column.to_pylist() for column in found.slice(0, most).columns), strict=True)
    rows = (tuple(of.get(value, value) for of, value in zip(labels, one, strict=True)) for one in first)
    return EvidenceRows(columns, tuple(rows), found.num_rows)


def _labels(column: EvidenceColumn, catalog: Catalog, language: Language) -> dict[object, str]:
    """Code -> word of the reader's language; empty for a column without codes."""
    if column.words is None:
        return {}
    contract, name = column.words.split(".")
    words = catalog.contracts[contract].columns[name].values
    return {words[word]: word for word in reversed(in_language(words, language))}


def _last_day(start: date, grain: str) -> date:
    if grain == "month":
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return start + timedelta(days=6 if grain == "week" else 0)
