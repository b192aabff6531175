"""The week as a workbook: overview, the action list for the meeting, and every table with filters."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.tables import Table
from shopwatch.core.durable import private_folder
from shopwatch.core.i18n import LANGUAGES, Language, page_words, workbook_words
from shopwatch.core.sql_files import library_sql
from shopwatch.review.actions import action_rows, write_actions
from shopwatch.review.cells import Pen
from shopwatch.review.overview import Overview
from shopwatch.review.page import enough_visitors
from shopwatch.review.sheets import write_sheet
from shopwatch.review.tables import Row, Tables, read_more, read_tables, report_name

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbooks(warehouse: Path, catalog: Catalog, reports: Path, week_start: date | None = None) -> list[Path]:
    """Write ``reports/review-<ISO year>-W<week>.xlsx`` from the published warehouse; returns the written paths.

    The week is chosen as for the page. Shops of one language share a workbook; with two languages, the English one ends
    in ``-en``. The same warehouse gives the same bytes. Raises ReviewError if there is no such week, DeclarationError
    if ``tables.yaml`` is invalid.
    """
    tables = read_tables(warehouse, week_start, enough_visitors(catalog.rules.values()))
    values = {"week": tables.week.start}
    statements = {
        name: (table.sql(catalog.include), values | table.values)
        for name, table in catalog.tables.items()
        if table.sheet is not False
    }
    rows = read_more(warehouse, statements | {"meeting": (library_sql("review/meeting"), values)})
    shops = [shop for shop in tables.rows["shops"] if shop["any_kind"] is not None]
    by_language = {
        language: [shop for shop in shops if (shop["language"] == "en") == (language == "en")] for language in LANGUAGES
    }
    languages = [language for language in LANGUAGES if by_language[language]]
    written = []
    for language in languages:
        path = (
            reports / f"{report_name(tables.week.start)}{'-en' if language == 'en' and len(languages) > 1 else ''}.xlsx"
        )
        _write(path, catalog, tables, rows, by_language[language], language)
        written.append(path)
    return written


def table_workbook(table: Table, rows: Sequence[Row], catalog: Catalog, language: Language) -> bytes:
    """A workbook with one table as its only sheet."""
    content = BytesIO()
    with Workbook(content, {**OPTIONS, "in_memory": True}) as book:
        pen = _pen(book, catalog, language, catalog.titles)
        write_sheet(pen, book.add_worksheet(table.title.of(language)), table, rows)
    return content.getvalue()


def _pen(book: Workbook, catalog: Catalog, language: Language, shops: Mapping[str, str]) -> Pen:
    return Pen(book, workbook_words(catalog.include, language), catalog, shops)


def _write(
    path: Path,
    catalog: Catalog,
    tables: Tables,
    rows: Mapping[str, list[Row]],
    shops: Sequence[Row],
    language: Language,
) -> None:
    """Write atomically: readers see the old workbook or the new one."""
    private_folder(path.parent)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as scratch:
        fresh = Path(scratch) / path.name
        _book(fresh, catalog, tables, rows, shops, language)
        fresh.chmod(0o600)
        fresh.replace(path)


def _book(
    path: Path,
    catalog: Catalog,
    tables: Tables,
    rows: Mapping[str, list[Row]],
    shops: Sequence[Row],
    language: Language,
) -> None:
    include = catalog.include
    say, page = workbook_words(include, language), page_words(include, language)
    period = page.period(tables.week.start, "week")
    with Workbook(str(path), OPTIONS) as book:
        title = say("overview_title", period=period)
        book.set_properties({"title": title, "created": datetime.combine(tables.week.as_of, time())})
        pen = _pen(book, catalog, language, {shop["shop"]: shop["title"] or shop["shop"] for shop in shops})
        overview = book.add_worksheet(say("overview"))
        actions = book.add_worksheet(say("actions"))
        opened = action_rows(_of(tables.rows["alerts"], shops), rows.get("meeting", ()))
        write_actions(pen, actions, opened, catalog, say("actions_title", period=period))
        definitions = tables.definitions
        stages = {definitions[row["metric"]]["stage"] for row in opened}
        for name, table in catalog.tables.items():
            own = _of(rows.get(name, ()), shops)
            if own and table.is_in_workbook(stages):
                write_sheet(pen, book.add_worksheet(table.title.of(language)), table, own)
        Overview(pen, overview, tables, page).write(shops, rows.get("products", ()))
        overview.activate()


def _of(rows: Sequence[Row], shops: Sequence[Row]) -> list[Row]:
    """Rows of these shops, and rows without a shop, such as definitions."""
    names = {shop["shop"] for shop in shops}
    return [row for row in rows if row.get("shop") in names or "shop" not in row]
