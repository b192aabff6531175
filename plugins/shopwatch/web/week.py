"""Week page: content of the mailed page, with links to alerts and entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import with_entity_names
from shopwatch.catalog.metrics import MetricHead
from shopwatch.core.i18n import Language, Words
from shopwatch.core.links import alert_path, entity_path
from shopwatch.review import sections
from shopwatch.review.page import enough_visitors
from shopwatch.review.tables import WEEKS, ReviewError, Tables, Week, choose_week, report_name, tables_of
from shopwatch.review.tiles import MEASURES, Tile, tile
from shopwatch.web.published import PublishedWarehouse, Row

MOST_TOGETHER = 3
"""Maximum number of shops with their sections on one page."""


@dataclass(frozen=True)
class Links:
    """Links from the week to other pages."""

    alert: Callable[[str], str] = alert_path
    entity: Callable[[str, str, str], str] = entity_path


@dataclass(frozen=True)
class ShopLine:
    """One shop of the list above the sections. ``revenue``: None without data; ``alerts``: those open in the week."""

    title: str
    path: str
    revenue: Tile | None
    alerts: int
    is_shown: bool


@dataclass(frozen=True)
class WeekPage:
    """Content of the page.

    ``shops``: all shops with data, if several; ``shop``: the one that is shown alone, or empty. ``before`` and
    ``after``: Mondays of the neighbouring weeks, if any; ``book``: True if the week's workbook exists.
    """

    week: Week
    shops: list[ShopLine]
    shop: str
    before: date | None
    after: date | None
    sections: list[sections.Section]
    silent: list[str]
    book: bool
    with_parts: dict[str, MetricHead]

    def bars(self, row: Row) -> list[tuple[float, float, bool]]:
        """A product's last weeks as small columns."""
        return sections.bars(row, self.week)


def week(night: PublishedWarehouse, known: Catalog, say: Words, start: date | None, shop: str) -> WeekPage | None:
    """The week that begins on the day, else the last closed one; None if there is no such week or shop.

    A few shops are shown one below the other; of many, the one that the address names, or the first.
    """
    weeks = night.rows("review/weeks")
    try:
        chosen = choose_week(weeks, start)
    except ReviewError:
        return None
    shops = night.rows("review/shops", week=chosen.start, shop=None)
    listed = [one for one in shops if one["any_kind"] is not None]
    if shop and shop not in {one["shop"] for one in listed}:
        return None
    alone = shop or (listed[0]["shop"] if len(listed) > MOST_TOGETHER else "")
    published = tables_of(night.con, chosen, enough_visitors(known.rules.values()), alone or None)
    named = {name: with_entity_names(rows, known, say.language) for name, rows in published.rows.items()}
    tables = Tables(chosen, named)
    shown = [one for one in listed if alone in ("", one["shop"])]
    starts = {row["week_start"] for row in weeks}
    here = chosen.start
    before, after = here - timedelta(days=7), here + timedelta(days=7)
    return WeekPage(
        week=chosen,
        shops=_lines(night, say, chosen, listed, alone),
        shop=alone,
        before=before if before in starts else None,
        after=after if after in starts else None,
        sections=[sections.section(tables, one, say) for one in shown],
        silent=[one["title"] for one in shops if one["any_kind"] is None],
        book=workbook(night, here, say.language) is not None,
        with_parts=known.metrics_with_parts,
    )


def _lines(night: PublishedWarehouse, say: Words, week: Week, shops: list[Row], alone: str) -> list[ShopLine]:
    """A line for each of several shops: to its section, or to its page of the week."""
    if len(shops) < 2:
        return []
    rows = night.rows("review/shop_weeks", week=week.start, weeks=1, shop=None)
    now = {row["shop"]: row for row in rows}
    alerts = {row["shop"]: row["alerts"] for row in night.rows("web/open_in_week", week=week.start)}
    return [
        ShopLine(
            title=one["title"] or one["shop"],
            path=week_path(week.start, one["shop"]) if alone else f"#{sections.section_id(one['shop'])}",
            revenue=tile(say, week, MEASURES[0], now[one["shop"]], None)
            if one["orders"] is not None and one["shop"] in now
            else None,
            alerts=alerts.get(one["shop"], 0),
            is_shown=one["shop"] == alone,
        )
        for one in shops
    ]


def week_path(start: date, shop: str) -> str:
    """Address of the week's page with one shop, or with all for an empty one."""
    return f"week?{urlencode({'start': start} | ({'shop': shop} if shop else {}))}"


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
        "week_path": week_path,
    }
