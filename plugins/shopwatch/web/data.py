"""Data page: files received, days covered, and quarantined rows with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.csv_text import csv_text
from shopwatch.core.i18n import Language, Words, day_ranges
from shopwatch.web.files import LOADED, MOST_FILES, REFUSED, FileList, FileView, file_list, with_texts
from shopwatch.web.published import PublishedWarehouse, Row

DAYS, MOST_ROWS, MOST_DOWNLOADED = 35, 50, 100_000
COLUMNS = {
    "shop": "shop_title",
    "export": "export",
    "file": "file",
    "line": "line",
    "column": "column_name",
    "value": "value",
    "reason": "why",
}
"""Columns of the download: key of the head -> field."""


@dataclass(frozen=True)
class ExportCoverage:
    """Days with data of one kind of export of a shop.

    ``missing``: number of days without data since its first, ``missing_days`` the days as text; None if no day can be
    missing: its rows hold until replaced (``is_standing``), or it comes every ``every`` days. ``expected``: the
    day on which such an export was to come, if that is over.
    """

    export: str
    days: list[tuple[date, bool]]
    last_day: date
    missing: int | None
    missing_days: str
    is_standing: bool
    every: int
    expected: date | None


@dataclass(frozen=True)
class DataPage:
    """Content of the page; the ``…_all`` fields are total counts, including entries not shown."""

    calendar: list[tuple[str, list[ExportCoverage]]]
    first_day: date
    mondays: list[tuple[date, bool]]
    files: FileList
    files_all: int
    refused: list[Row]
    refused_all: int
    quarantine: list[Row]
    quarantine_all: int


def data(night: PublishedWarehouse, known: Catalog, language: Language, view: FileView) -> DataPage:
    """Coverage of the last days, the files of the view, and everything rejected or quarantined."""
    settings = night.settings
    loaded = night.rows("web/files", states=list(LOADED), texts=[""], sources=[], most=1, skipped=0)
    refused = night.rows("web/files", states=list(REFUSED), texts=[""], sources=[], most=MOST_FILES, skipped=0)
    kept_out = night.rows("web/quarantine", most=MOST_ROWS)
    calendar: dict[str, list[ExportCoverage]] = {}
    for row in night.rows("web/calendar", night=night.night, days=DAYS):
        calendar.setdefault(row["shop_title"], []).append(_covered(row, known, language, night.night))
    return DataPage(
        calendar=list(calendar.items()),
        first_day=night.night - timedelta(days=DAYS - 1),
        mondays=[(day, day.weekday() == 0) for day in _days(night.night)],
        files=file_list(night, known, language, view),
        files_all=loaded[0]["files_all"] if loaded else 0,
        refused=[with_texts(row, known, settings, language) for row in refused],
        refused_all=refused[0]["files_all"] if refused else 0,
        quarantine=[with_texts(row, known, settings, language) for row in kept_out],
        quarantine_all=kept_out[0]["rows_all"] if kept_out else 0,
    )


def quarantine_csv(night: PublishedWarehouse, known: Catalog, language: Language, say: Words) -> str:
    """All quarantined rows as CSV for a spreadsheet, with the reader's heads and reasons."""
    shown = (
        with_texts(row, known, night.settings, language) for row in night.rows("web/quarantine", most=MOST_DOWNLOADED)
    )
    heads = tuple(say(name) for name in COLUMNS)
    return csv_text((heads, *(tuple(row[name] for name in COLUMNS.values()) for row in shown)))


def _covered(row: Row, known: Catalog, language: Language, night: date) -> ExportCoverage:
    contract, usual = known.contracts.get(row["source"]), row["usual_gap"] or 1
    there = set(row["days"] or [])
    days = [(day, day in there) for day in _days(night)]
    is_standing = contract is not None and contract.standing
    missing = [day for day, is_there in days if day >= row["first_day"] and not is_there]
    due = row["last_day"] + timedelta(days=usual)
    return ExportCoverage(
        export=contract.title.of(language) if contract else row["source"],
        days=days,
        last_day=row["last_day"],
        missing=None if is_standing or usual > 1 else len(missing),
        missing_days=day_ranges(missing, language),
        is_standing=is_standing,
        every=usual,
        expected=due if due <= night else None,
    )


def _days(night: date) -> list[date]:
    return [night - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
