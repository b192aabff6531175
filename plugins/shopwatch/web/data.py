"""Data page: files received, days covered, and quarantined rows with reasons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.csv_text import csv_text
from shopwatch.core.i18n import Language
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import Settings
from shopwatch.web.published import PublishedWarehouse, Row

DAYS, MOST_FILES, MOST_ROWS, MOST_DOWNLOADED = 35, 30, 50, 100_000
COLUMNS = ("shop", "export", "file", "line", "column", "value", "reason")


@dataclass(frozen=True)
class ExportCoverage:
    """Days with data of one kind of export of a shop.

    ``missing``: days without data since its first; None if its rows hold until others replace them.
    """

    export: str
    days: list[tuple[date, bool]]
    missing: list[date] | None


@dataclass(frozen=True)
class DataPage:
    """Content of the page; the ``…_all`` fields are total counts, including entries not shown."""

    calendar: list[tuple[str, list[ExportCoverage]]]
    first_day: date
    files: list[Row]
    files_all: int
    refused: list[Row]
    refused_all: int
    quarantine: list[Row]
    quarantine_all: int


def data(night: PublishedWarehouse, known: Catalog, language: Language) -> DataPage:
    """Coverage of the last days, the newest files, and everything rejected or quarantined."""
    settings = night.settings
    files = night.rows("web/files", refused=False, most=MOST_FILES)
    refused = night.rows("web/files", refused=True, most=MOST_FILES)
    kept_out = night.rows("web/quarantine", most=MOST_ROWS)
    calendar: dict[str, list[ExportCoverage]] = {}
    for row in night.rows("web/calendar", night=night.night, days=DAYS):
        calendar.setdefault(row["shop_title"], []).append(_covered(row, known, language, night.night))
    return DataPage(
        calendar=list(calendar.items()),
        first_day=night.night - timedelta(days=DAYS - 1),
        files=[_with_texts(row, known, settings, language) for row in files],
        files_all=files[0]["files_all"] if files else 0,
        refused=[_with_texts(row, known, settings, language) for row in refused],
        refused_all=refused[0]["files_all"] if refused else 0,
        quarantine=[_with_texts(row, known, settings, language) for row in kept_out],
        quarantine_all=kept_out[0]["rows_all"] if kept_out else 0,
    )


def quarantine_csv(night: PublishedWarehouse, known: Catalog, language: Language) -> str:
    """All quarantined rows as CSV for a spreadsheet."""
    shown = (
        _with_texts(row, known, night.settings, language) for row in night.rows("web/quarantine", most=MOST_DOWNLOADED)
    )
    names = ("shop", "export", "file", "line", "column_name", "value", "why")
    return csv_text((COLUMNS, *(tuple(row[name] for name in names) for row in shown)))


def _with_texts(row: Row, known: Catalog, settings: Settings, language: Language) -> Row:
    """The row with its export's title and its reason as text."""
    contract = known.contracts.get(row["source"] or "")
    values = json.loads(row["reason_values"] or "{}")
    return row | {
        "export": contract.title.of(language) if contract else row["source"] or "",
        "why": sentence(settings.include, language, row["reason_code"], values, row["reason"] or ""),
    }


def _covered(row: Row, known: Catalog, language: Language, night: date) -> ExportCoverage:
    contract = known.contracts.get(row["source"])
    there = set(row["days"] or [])
    days = [night - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    stands = contract is not None and contract.standing
    return ExportCoverage(
        export=contract.title.of(language) if contract else row["source"],
        days=[(day, day in there) for day in days],
        missing=None if stands else [day for day in days if day >= row["first_day"] and day not in there],
    )
