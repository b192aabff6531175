"""The weekly review as one self-contained HTML page: no network, no script, no other file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.i18n import Language, limit, limits, number, page_words, quantity
from shopwatch.core.spreadsheets import visible
from shopwatch.core.templating import template_environment
from shopwatch.judge.unjudged import unjudged_of
from shopwatch.notify.view import CODED
from shopwatch.review import sections
from shopwatch.review.tables import WEEKS, ReviewError, Row, Tables, Week, read_tables, report_name
from shopwatch.review.wording import amount, change, opening

__all__ = ["ReviewError", "write_review"]

TEMPLATE = "review.html.j2"


def write_review(warehouse: Path, catalog: Catalog, reports: Path, week_start: date | None = None) -> Path:
    """Write ``reports/review-<ISO year>-W<week>.html`` from the published warehouse and return its path.

    The week is the given one, else the last closed week with rows of any shop, else the newest open one, marked as
    partial. The same warehouse gives the same bytes. Raises ReviewError if there is no such week.
    """
    tables = read_tables(warehouse, week_start, enough_visitors(catalog.rules.values()))
    path = reports / f"{report_name(tables.week.start)}.html"
    private_folder(reports)
    write_whole(path, _page(tables, catalog).encode())
    return path


def enough_visitors(rules: Iterable[Rule]) -> float:
    """Visitors that a product's conversion needs to be significant: the guard of its rule."""
    return max((rule.guard.denominator_at_least for rule in rules if rule.metric == "pay_conversion"), default=0.0)


def _page(tables: Tables, catalog: Catalog) -> str:
    """HTML text of the page."""
    shops = [shop for shop in tables.rows["shops"] if shop["any_kind"] is not None]
    parts = [sections.section(tables, shop, page_words(catalog.include, _language(shop))) for shop in shops]
    language = _page_language(shops)
    template = _environment(catalog.include / "page").get_template(TEMPLATE)
    return template.render(
        say=page_words(catalog.include, language),
        week=tables.week,
        weeks=WEEKS,
        sections=parts,
        links=None,
        silent=[shop["title"] for shop in tables.rows["shops"] if shop["any_kind"] is None],
        number=number,
        limit=limit,
        limits=limits,
        unjudged_since=partial(unjudged_of, catalog),
        amount=amount,
        coded=CODED,
        with_parts=catalog.metrics_with_parts,
        cents_of=sections.column_cents,
        bars=partial(_bars, tables.week),
    )


@cache
def _environment(folder: Path) -> Environment:
    environment = template_environment(folder)
    environment.filters |= {"change": change, "quantity": quantity, "opening": opening, "shown": visible}
    return environment


def _bars(week: Week, row: Row) -> list[tuple[float, float, bool]]:
    return sections.bars(row, week)


def _language(shop: Row) -> Language:
    return "en" if shop["language"] == "en" else "zh"


def _page_language(shops: Sequence[Row]) -> Language:
    """Language of most shops; Chinese on a tie."""
    english = sum(_language(shop) == "en" for shop in shops)
    return "en" if english * 2 > len(shops) else "zh"
