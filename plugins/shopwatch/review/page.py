"""The weekly review as one HTML page that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.durable import private_folder
from shopwatch.core.i18n import Language, limit, limits, number, quantity
from shopwatch.judge.unjudged import unjudged_of
from shopwatch.notify.view import CODED
from shopwatch.review import sections
from shopwatch.review.tables import WEEKS, ReviewError, Row, Tables, Week, read_tables, report_name
from shopwatch.review.wording import amount, change, opening, page_words, shown

__all__ = ["ReviewError", "write_review"]

TEMPLATE = "review.html.j2"


def write_review(warehouse: Path, catalog: Catalog, reports: Path, week_start: date | None = None) -> Path:
    """Write ``reports/review-<ISO year>-W<week>.html`` from the published warehouse and return its path.

    The week is the one given, else the last closed week that a shop has rows for, else the newest open one, marked as
    partial. The same warehouse gives the same bytes. Raises ReviewError where there is no such week.
    """
    tables = read_tables(warehouse, week_start, enough_visitors(catalog.rules.values()))
    path = reports / f"{report_name(tables.week.start)}.html"
    _write(path, _page(tables, catalog))
    return path


def enough_visitors(rules: Iterable[Rule]) -> float:
    """How many visitors a product's conversion needs to prove anything: the rule's own guard."""
    return max((rule.guard.denominator_at_least for rule in rules if rule.metric == "pay_conversion"), default=0.0)


def _page(tables: Tables, catalog: Catalog) -> str:
    """The page's text."""
    import jinja2

    include = catalog.include
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(include / "page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"change": change, "quantity": quantity, "opening": opening, "shown": shown}
    shops = [shop for shop in tables.rows["shops"] if shop["any_kind"] is not None]
    parts = [sections.section(tables, shop, page_words(include, _language(shop))) for shop in shops]
    language = _page_language(shops)
    return environment.get_template(TEMPLATE).render(
        say=page_words(include, language),
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
        cents_of=sections.column_cents,
        bars=partial(_bars, tables.week),
    )


def _bars(week: Week, row: Row) -> list[tuple[float, float, bool]]:
    return sections.bars(row, week)


def _language(shop: Row) -> Language:
    return "en" if shop["language"] == "en" else "zh"


def _page_language(shops: Sequence[Row]) -> Language:
    """That of most shops; Chinese where it is even."""
    english = sum(_language(shop) == "en" for shop in shops)
    return "en" if english * 2 > len(shops) else "zh"


def _write(path: Path, text: str) -> None:
    """Whole or not at all: readers see the old page or the new one."""
    private_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
