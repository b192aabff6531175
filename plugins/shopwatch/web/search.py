"""Search over products, units, campaigns, shops and everything else that is judged, and over orders by their id."""

from __future__ import annotations

from dataclasses import dataclass

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import entity_name
from shopwatch.core.i18n import Language, money
from shopwatch.core.links import entity_path
from shopwatch.core.text import clean, widths
from shopwatch.web.published import PublishedWarehouse, Row
from shopwatch.web.tables import View
from shopwatch.web.translated import translated_entities

MOST_FOUND = 50
LONGEST_TEXT = 100


@dataclass(frozen=True)
class FoundEntity:
    """One entity that fits the text. ``alerts``: number of its open alerts."""

    path: str
    entity_type: str
    entity: str
    title: str
    shop_title: str
    item_number: str
    alerts: int


@dataclass(frozen=True)
class FoundOrder:
    """One order, with its money as text."""

    order_id: str
    shop_title: str
    shop_path: str
    status: str
    paid: str
    refunded: str
    ordered_at: str
    paid_at: str
    shipped_at: str


@dataclass(frozen=True)
class SearchPage:
    """Content of the page. ``count``: entities that fit, including those not shown."""

    text: str
    found: list[FoundEntity]
    count: int
    orders: list[FoundOrder]
    alerts_path: str


def search(night: PublishedWarehouse, known: Catalog, language: Language, text: str) -> SearchPage:
    """Everything that fits the text; nothing for a blank one."""
    text = clean(text, LONGEST_TEXT)
    texts = widths(text.lower())
    translated = translated_entities(night, known, texts) if text else []
    rows = night.rows("web/search", texts=texts, translated=translated, most=MOST_FOUND) if text else []
    orders = night.rows("web/search_orders", order_ids=widths(text)) if text else []
    return SearchPage(
        text=text,
        found=[_found(row, known, language) for row in rows],
        count=rows[0]["found_all"] if rows else 0,
        orders=[_order(row) for row in orders],
        alerts_path=View("alerts", text=text).path(),
    )


def _found(row: Row, known: Catalog, language: Language) -> FoundEntity:
    return FoundEntity(
        path=entity_path(row["shop"], row["entity_type"], row["entity"]),
        entity_type=row["entity_type"],
        entity=row["entity"],
        title=entity_name(known, language, row["entity_type"], row["entity"], row["title"]),
        shop_title=row["shop_title"],
        item_number=row["item_number"] or "",
        alerts=row["alerts"],
    )


def _order(row: Row) -> FoundOrder:
    at = {
        name: row[name].strftime("%Y-%m-%d %H:%M") if row[name] else ""
        for name in ("ordered_at", "paid_at", "shipped_at")
    }
    return FoundOrder(
        order_id=row["order_id"],
        shop_title=row["shop_title"],
        shop_path=entity_path(row["shop"], "shop", row["shop"]),
        status=row["status"] or "",
        paid=money(row["paid_gross"], row["currency"] or ""),
        refunded=money(row["refunded"], row["currency"] or ""),
        **at,
    )
