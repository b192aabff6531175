"""Alerts as the pages list them: the mail's own words, the way to each page, and what people have decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from shopwatch.charts import history_svg
from shopwatch.decisions import Acknowledged, Silence, acknowledgements, silences
from shopwatch.notify.digest import card_of
from shopwatch.notify.message import Card, Language
from shopwatch.notify.shown import CardView
from shopwatch.notify.view import card_view
from shopwatch.page.addresses import alert_path, entity_path
from shopwatch.page.catalogue import Catalogue
from shopwatch.page.published import Row
from shopwatch.settings import Settings
from shopwatch.texts import moneys, words


@dataclass(frozen=True)
class Item:
    """One alert. ``explained_by`` is the title of the rule whose alert explains it, or empty."""

    card: Card
    view: CardView
    rule: str
    state: str
    resolved_at: date | None
    path: str
    entity_path: str
    taken: Acknowledged | None
    quiet: Silence | None
    explained_by: str

    @property
    def chart(self) -> str:
        """The last periods as an ``<svg>``; the words for it are ``view.history``."""
        return history_svg(self.card.history, self.card.threshold, self.card.unit, self.card.grain)

    @property
    def is_open(self) -> bool:
        return self.state == "firing"


def items(
    session: Session, rows: Iterable[Row], known: Catalogue, settings: Settings, language: Language, night: date
) -> list[Item]:
    """The rows of ``open_alerts.sql``, in their order; those of rules that are gone are left out."""
    taken, quiet = acknowledgements(session), silences(session, settings.include)
    return [_item(row, known, settings, language, taken, quiet, night) for row in rows if row["rule"] in known.rules]


def _item(
    row: dict[str, Any],
    known: Catalogue,
    settings: Settings,
    language: Language,
    taken: dict[str, Acknowledged],
    quiet: list[Silence],
    night: date,
) -> Item:
    card = card_of(row, known, settings, language, "new" if row["state"] == "firing" else "resolved", "")
    explaining = known.rules.get(row["inhibited_by"] or "")
    return Item(
        card=card,
        view=card_view(card, words(settings.include, language)),
        rule=row["rule"],
        state=row["state"],
        resolved_at=row["resolved_at"],
        path=alert_path(card.key),
        entity_path=entity_path(card.shop, card.entity_type, card.entity),
        taken=taken.get(card.key),
        quiet=next((one for one in quiet if one.fits(row["rule"], card.shop, card.entity, night)), None),
        explained_by=getattr(explaining.title, language) if explaining else "",
    )


def at_stake(listed: Iterable[Item]) -> str:
    """Money by currency, never added up; empty where nothing is known."""
    sums: dict[str, Decimal] = {}
    for item in listed:
        if item.card.at_stake is not None:
            sums[item.card.currency] = sums.get(item.card.currency, Decimal(0)) + item.card.at_stake
    return moneys(sums)
