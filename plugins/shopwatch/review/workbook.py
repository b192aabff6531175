"""The week as a workbook: overview, the action list for the meeting, and every table with filters."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from xlsxwriter import Workbook

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import private_folder
from shopwatch.core.i18n import LANGUAGES, Language, page_words, workbook_words
from shopwatch.core.sql_files import library_sql
from shopwatch.review.actions import write_actions
from shopwatch.review.cells import Pen
from shopwatch.review.overview import Overview
from shopwatch.review.sheets import load_sheets, write_sheet
from shopwatch.review.tables import Row, Tables, read_more, read_tables, report_name

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbooks(warehouse: Path, catalog: Catalog, reports: Path, week_start: date | None = None) -> list[Path]:
    """Write ``reports/review-<ISO year>-W<week>.xlsx`` from the published warehouse; returns the written paths.

    The week is chosen as for the page. Shops of one language share a workbook; with two languages, the English one ends
    in ``-en``. The same warehouse gives the same bytes. Raises ReviewError if there is no such week, DeclarationError
    if ``workbook/sheets.yaml`` is invalid.
    """
    tables = read_tables(warehouse, week_start, enough_visitors=0)
    sheets = load_sheets(catalog.include)
    values = {"week": tables.week.start}
    statements = {
        name: (_statement(catalog.include, sheet.statement), values | sheet.values) for name, sheet in sheets.items()
    }
    rows = read_more(warehouse, statements | {"actions": (library_sql("review/actions"), values)})
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


def _statement(include: Path, name: str) -> str:
    """SQL of a sheet: the shop's own file below ``include/sql``, else the library's."""
    own = include / "sql" / f"{name}.sql"
    return own.read_text("utf-8") if own.is_file() else library_sql(name)


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
    departments = {name: title.of(language) for name, title in catalog.departments.items()}
    period = page.period(tables.week.start, "week")
    with Workbook(str(path), OPTIONS) as book:
        title = say("overview_title", period=period)
        book.set_properties({"title": title, "created": datetime.combine(tables.week.as_of, time())})
        pen = Pen(book, say, {shop["shop"]: shop["title"] or shop["shop"] for shop in shops}, departments)
        overview = book.add_worksheet(say("overview"))
        actions = book.add_worksheet(say("actions"))
        write_actions(pen, actions, _of(rows.get("actions", ()), shops), catalog, say("actions_title", period=period))
        products = ""
        for name, sheet in load_sheets(include).items():
            own = _of(rows.get(name, ()), shops)
            if own:
                worksheet = book.add_worksheet(sheet.title.of(language))
                write_sheet(pen, worksheet, sheet, own)
                products = worksheet.get_name() if name == "products" else products
        Overview(pen, overview, tables, page, rows, products).write(shops)
        overview.activate()


def _of(rows: Sequence[Row], shops: Sequence[Row]) -> list[Row]:
    """Rows of these shops, and rows without a shop, such as definitions."""
    names = {shop["shop"] for shop in shops}
    return [row for row in rows if row.get("shop") in names or "shop" not in row]
