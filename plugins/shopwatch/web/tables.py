"""Tables with search, filters and sorting. The address holds the whole view, so that it can be shared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import with_entity_names
from shopwatch.catalog.tables import Table, TableColumn
from shopwatch.core.csv_text import csv_text
from shopwatch.core.i18n import Language, page_words
from shopwatch.core.links import alert_path, entity_path
from shopwatch.core.text import widths
from shopwatch.review.workbook import table_workbook
from shopwatch.warehouse.connections import dicts
from shopwatch.web.periods import DAY, WEEK, Period, period_of
from shopwatch.web.published import PublishedWarehouse, Row
from shopwatch.web.sums import currency_sums
from shopwatch.web.table_cells import NUMERIC, Cell, Wording, with_cents, wording
from shopwatch.web.translated import translated_entities

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

ROWS_OF_PAGE, MOST_DOWNLOADED, MOST_CHOICES = 50, 100_000, 200
ENTITY = ("entity_type", "entity")


@dataclass(frozen=True)
class View:
    """View of a table. ``sort``: a column, after ``-`` for descending; ``chosen``: filter and its value."""

    of: str
    week: date | None = None
    text: str = ""
    sort: str = ""
    page: int = 1
    chosen: tuple[tuple[str, str], ...] = ()
    period: Period | None = None

    def path(self, route: str = "table", **changes: Any) -> str:
        """Address of the view's first page, or of a view that differs in ``changes``."""
        view = replace(self, **({"page": 1} | changes))
        own: dict[str, object] = {"of": view.of, "week": view.week, "q": view.text, "sort": view.sort}
        own["page"] = view.page if view.page > 1 else None
        if view.period:
            own |= {"first": view.period.first_day, "last": view.period.last_day, "against": view.period.against}
        return f"{route}?{urlencode({name: value for name, value in (*own.items(), *view.chosen) if value})}"


@dataclass(frozen=True)
class ColumnHead:
    """Head of a column, with the address that sorts by it."""

    title: str
    path: str
    is_number: bool
    sorted: str


@dataclass(frozen=True)
class Filter:
    """Values of a column to choose from, as value and text. ``more``: number of values that are left out, or 0."""

    name: str
    title: str
    choices: list[tuple[str, str]]
    chosen: str
    more: int


@dataclass(frozen=True)
class TablePage:
    """Content of the page. ``count``: rows that fit the view; ``first``: number of the first one shown.

    ``sums``: amounts of all of these rows, a line a currency. ``periods``: name, address and whether it is shown, of
    each usual period of a table of any days.
    """

    view: View
    opens: str | None
    title: str
    note: str
    tables: list[tuple[str, str]]
    weeks: list[date]
    periods: list[tuple[str, str, bool]]
    filters: list[Filter]
    has_search: bool
    sums: list[str]
    heads: list[ColumnHead]
    rows: list[list[Cell]]
    count: int
    first: int
    before: str
    after: str


def view_of(known: Catalog, name: str, asked: Mapping[str, str], week: date | None) -> View | None:
    """The view that an address asks for; None if there is no such table. Unknown columns are ignored."""
    table = known.tables.get(name)
    if table is None:
        return None
    sort = asked.get("sort", "")
    page = asked.get("page", "")
    return View(
        of=name,
        week=week,
        text=asked.get("q", "").strip()[:100],
        sort=sort if sort.removeprefix("-") in table.columns else "",
        page=max(int(page), 1) if page.isdecimal() and len(page) < 7 else 1,
        chosen=tuple((one, asked[one]) for one in table.filters if asked.get(one)),
        period=period_of(asked) if table.any_days else None,
    )


def table_page(night: PublishedWarehouse, known: Catalog, language: Language, view: View) -> TablePage:
    """One page of rows of the view."""
    table, texts = known.tables[view.of], wording(known, language, night.shops)
    weeks = _weeks(night)
    view = _dated(view, table, weeks, night)
    everything = _rows_of(night, table, view)
    fitting = _fitting(everything, table, view, language, _translated(night, known, view))
    (count,) = fitting.count("*").fetchone() or (0,)
    pages = max(-(-count // ROWS_OF_PAGE), 1)
    view = replace(view, page=min(view.page, pages))
    skipped = (view.page - 1) * ROWS_OF_PAGE
    shown = dicts(_sorted(fitting, view, language).limit(ROWS_OF_PAGE, skipped))
    rows = with_entity_names(shown, known, language)
    return TablePage(
        view=view,
        opens=table.opens,
        title=table.title.of(language),
        note=table.note.of(language),
        tables=[(View(name).path(), one.title.of(language)) for name, one in known.tables.items()],
        weeks=[] if table.any_days else sorted(weeks, reverse=True),
        periods=_usual_periods(view, night),
        filters=[_filter(everything, table, name, view, texts) for name in table.filters],
        has_search=bool(table.search),
        sums=currency_sums(fitting, table, page_words(night.settings.include, language)),
        heads=[_head(name, column, view, language) for name, column in table.columns.items()],
        rows=[_cells(row, table, texts, with_cents(rows, table.columns)) for row in rows],
        count=count,
        first=skipped + 1 if count else 0,
        before=view.path(page=view.page - 1) if view.page > 1 else "",
        after=view.path(page=view.page + 1) if view.page < pages else "",
    )


def table_csv(night: PublishedWarehouse, known: Catalog, language: Language, view: View) -> str:
    """All rows of the view as CSV, with the reader's heads and plain numbers."""
    table, texts = known.tables[view.of], wording(known, language, night.shops)
    heads = [column.title.of(language) for column in table.columns.values()]
    rows = _all_rows(night, known, view, language)
    return csv_text((heads, *([texts.value(row, *one) for one in table.columns.items()] for row in rows)))


def table_xlsx(night: PublishedWarehouse, known: Catalog, language: Language, view: View) -> bytes:
    """All rows of the view as a workbook of one sheet."""
    return table_workbook(known.tables[view.of], _all_rows(night, known, view, language), known, language)


def _all_rows(night: PublishedWarehouse, known: Catalog, view: View, language: Language) -> list[Row]:
    table = known.tables[view.of]
    view = _dated(view, table, _weeks(night), night)
    fitting = _fitting(_rows_of(night, table, view), table, view, language, _translated(night, known, view))
    return with_entity_names(dicts(_sorted(fitting, view, language).limit(MOST_DOWNLOADED)), known, language)


def _weeks(night: PublishedWarehouse) -> list[date]:
    """Mondays of the weeks with data, the last closed one first."""
    return [row["week_start"] for row in night.rows("review/weeks")]


def _usual_periods(view: View, night: PublishedWarehouse) -> list[tuple[str, str, bool]]:
    if view.period is None:
        return []
    usual = view.period.usual(night.night)
    return [(name, view.path(period=one), one == view.period) for name, one in usual.items()]


def _dated(view: View, table: Table, weeks: list[date], night: PublishedWarehouse) -> View:
    """The view with its week or its days, if the address names none: the newest week that has ended."""
    if table.any_days:
        monday = weeks[0] if weeks else night.night
        return replace(view, week=None, period=view.period or Period(monday, monday + WEEK - DAY))
    if view.week or not weeks:
        return view
    return replace(view, week=max(weeks) if table.newest else weeks[0])


def _rows_of(night: PublishedWarehouse, table: Table, view: View) -> DuckDBPyRelation:
    sql = table.sql(night.settings.include)
    values = {"week": view.week, **table.values, **(view.period.values if view.period else {})}
    used = {name: value for name, value in values.items() if f"${name}" in sql}
    # Every step on a relation runs its statement again, so the rows are kept for the request.
    night.con.execute(f"create or replace temp table shown as {sql}", used)
    return night.con.table("temp.shown")


def _translated(night: PublishedWarehouse, known: Catalog, view: View) -> list[str]:
    return translated_entities(night, known, widths(view.text.lower())) if view.text else []


def _fitting(
    rows: DuckDBPyRelation, table: Table, view: View, language: Language, translated: list[str]
) -> DuckDBPyRelation:
    from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

    for name, value in view.chosen:
        rows = rows.filter(ColumnExpression(name).cast("VARCHAR") == ConstantExpression(value))
    if view.text and table.search:
        wanted = [ConstantExpression(text) for text in widths(view.text.lower())]
        columns = [_localized(rows, name, language) for name in table.search]
        texts = [FunctionExpression("lower", ColumnExpression(name).cast("VARCHAR")) for name in columns]
        found = [FunctionExpression("contains", text, one) for text in texts for one in wanted]
        if set(ENTITY) <= set(rows.columns):
            key = FunctionExpression("concat_ws", ConstantExpression(":"), *map(ColumnExpression, ENTITY))
            found += [key == ConstantExpression(one) for one in translated]
        rows = rows.filter(reduce(lambda one, other: one | other, found))
    return rows


def _sorted(rows: DuckDBPyRelation, view: View, language: Language) -> DuckDBPyRelation:
    """Rows with equal values keep the statement's order, so that each row is on one page.

    A column whose values have an order of their own, as severities do, is sorted by the statement's ``<column>_rank``.
    """
    from duckdb import ColumnExpression

    if not view.sort:
        return rows
    name = view.sort.removeprefix("-")
    rank = f"{name}_rank"
    column = ColumnExpression(rank if rank in rows.columns else _localized(rows, name, language))
    numbered = rows.row_number("over ()", "*")
    by = column.desc() if view.sort.startswith("-") else column.asc()
    return numbered.sort(by.nulls_last(), ColumnExpression(numbered.columns[-1]))


def _localized(rows: DuckDBPyRelation, name: str, language: Language) -> str:
    localized = f"{name}_{language}"
    return localized if localized in rows.columns else name


def _filter(rows: DuckDBPyRelation, table: Table, name: str, view: View, texts: Wording) -> Filter:
    """The column's values in the view's week or days, by their texts; the chosen one is there even if no row has it."""
    from duckdb import ColumnExpression

    column = table.columns[name]
    column_values = rows.select(ColumnExpression(name)).distinct()
    found = [value for (value,) in column_values.order(name).limit(MOST_CHOICES + 1).fetchall()]
    more = 0
    if len(found) > MOST_CHOICES:
        (count,) = column_values.count("*").fetchone() or (0,)
        found, more = found[:MOST_CHOICES], count - MOST_CHOICES
    chosen = dict(view.chosen).get(name, "")
    values = {str(value) for value in found if value is not None} | ({chosen} if chosen else set())
    choices = [
        (value, texts.cell({name: value}, name, column.model_copy(update={"word": None})).text) for value in values
    ]
    return Filter(name, column.title.of(texts.language), sorted(choices, key=lambda one: one[1]), chosen, more)


def _head(name: str, column: TableColumn, view: View, language: Language) -> ColumnHead:
    """Numbers are sorted with the largest first, at the first click."""
    is_number = column.look in NUMERIC
    up, down = name, f"-{name}"
    following = {up: down, down: up}.get(view.sort, down if is_number else up)
    order = {up: "ascending", down: "descending"}.get(view.sort, "")
    return ColumnHead(column.title.of(language), view.path(sort=following), is_number, order)


def _cells(row: Row, table: Table, texts: Wording, cents: Collection[str]) -> list[Cell]:
    path = ""
    if table.opens == "alert":
        path = alert_path(row["alert_key"])
    elif table.opens == "entity" and row["entity"] is not None:
        path = entity_path(row["shop"], row["entity_type"], row["entity"])
    return [
        texts.cell(row, name, column, path if name == table.fixed else "", name in cents)
        for name, column in table.columns.items()
    ]
