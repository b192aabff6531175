"""Week page: content of the mailed page, with links to alerts and entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language, Words
from shopwatch.core.links import alert_path, entity_path
from shopwatch.review import sections
from shopwatch.review.page import enough_visitors
from shopwatch.review.tables import WEEKS, ReviewError, Week, report_name, tables_of
from shopwatch.web.published import PublishedWarehouse, Row


@dataclass(frozen=True)
class Links:
    """Links from the week to other pages."""

    alert: Callable[[str], str] = alert_path
    entity: Callable[[str, str, str], str] = entity_path


@dataclass(frozen=True)
class WeekPage:
    """Content of the page.

    ``before`` and ``after``: Mondays of the neighbouring weeks, if any; ``book``: True if the week's workbook exists.
    """

    week: Week
    before: date | None
    after: date | None
    sections: list[sections.Section]
    silent: list[str]
    book: bool
    with_parts: frozenset[str]

    def bars(self, row: Row) -> list[tuple[float, float, bool]]:
        """A product's last weeks as small columns."""
        return sections.bars(row, self.week)


def week(night: PublishedWarehouse, known: Catalog, say: Words, start: date | None) -> WeekPage | None:
    """The week that begins on the day, else the last closed one; None if there is no such week."""
    try:
        tables = tables_of(night.con, start, enough_visitors(known.rules.values()))
    except ReviewError:
        return None
    starts = {row["week_start"] for row in night.rows("review/weeks")}
    here = tables.week.start
    before, after = here - timedelta(days=7), here + timedelta(days=7)
    return WeekPage(
        week=tables.week,
        before=before if before in starts else None,
        after=after if after in starts else None,
        sections=[sections.section(tables, shop, say) for shop in tables.rows["shops"] if shop["any_kind"] is not None],
        silent=[shop["title"] for shop in tables.rows["shops"] if shop["any_kind"] is None],
        book=workbook(night, here, say.language) is not None,
        with_parts=known.metrics_with_parts,
    )


def workbook(night: PublishedWarehouse, start: date, language: Language) -> Path | None:
    """Workbook of the week, in the given language if there are two; None if there is none.

    It holds all shops, so it is for readers who see all; others have each table as a file of its own.
    """
    if night.shops is not None:
        return None
    names = [f"{report_name(start)}.xlsx", f"{report_name(start)}-en.xlsx"]
    paths = [night.settings.reports / name for name in (reversed(names) if language == "en" else names)]
    return next((path for path in paths if path.is_file()), None)


def words_of_week(content: WeekPage) -> dict[str, Any]:
    """Variables that the weekly page's templates use."""
    return {
        "week": content.week,
        "weeks": WEEKS,
        "with_parts": content.with_parts,
        "bars": content.bars,
        "cents_of": sections.column_cents,
        "links": Links(),
    }
