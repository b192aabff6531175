"""Alerts in lists of the pages: the mail's texts, links to their pages, and people's decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.charts.history import history_svg
from shopwatch.core.i18n import Language, moneys, words
from shopwatch.core.links import alert_path, entity_path
from shopwatch.core.settings import Settings
from shopwatch.judge.stakes import stake_of, together
from shopwatch.notify.entries import card_of, department_of
from shopwatch.notify.grouping import Group
from shopwatch.notify.message import Card
from shopwatch.notify.reason import NotifyReason
from shopwatch.notify.view import card_view, together_text
from shopwatch.notify.view_models import CardView
from shopwatch.store.decisions import (
    Acknowledgement,
    Assignment,
    Silence,
    acknowledgements,
    assignments,
    silences,
)
from shopwatch.web.published import Row


@dataclass(frozen=True)
class AlertItem:
    """One alert. ``explained_by``: title of the rule whose alert inhibits it, or empty. ``together``: number of alerts
    of one cause, on the first of several; the others follow it."""

    card: Card
    view: CardView
    rule: str
    state: str
    resolved_at: date | None
    path: str
    entity_path: str
    acknowledgement: Acknowledgement | None
    assignment: Assignment | None
    quiet: Silence | None
    explained_by: str
    together: str
    follows: bool

    @property
    def chart(self) -> str:
        """The last periods as an ``<svg>``; its text alternative is ``view.history``. Both may be empty."""
        if not self.view.history:
            return ""
        return history_svg(self.card.history, self.card.threshold, self.card.unit, self.card.grain)

    @property
    def is_open(self) -> bool:
        return self.state == "firing"


@dataclass(frozen=True)
class DecidedAlert:
    """An alert's row and the decisions about it: the minimum for sorting many alerts."""

    row: Row
    owner: str
    acknowledgement: Acknowledgement | None
    assignment: Assignment | None
    quiet: Silence | None

    @property
    def is_acknowledged(self) -> bool:
        """True if somebody takes care of it."""
        return self.acknowledgement is not None and not self.acknowledgement.is_dismissed

    @property
    def waits(self) -> bool:
        """True if somebody has to act: the alert is neither acknowledged, silenced nor inhibited."""
        return not (self.acknowledgement or self.quiet or self.row["inhibited_by"])


def decided_alerts(
    session: Session, rows: Iterable[Row], known: Catalog, settings: Settings, language: Language, night: date
) -> list[DecidedAlert]:
    """Alerts with the decisions about them, in the order of their rows; rows of removed rules are skipped."""
    acknowledged, assigned = acknowledgements(session), assignments(session)
    quiet = silences(session, settings.include)
    owned = [row | {"assigned_to": assigned[row["key"]].owner if row["key"] in assigned else None} for row in rows]
    return [
        DecidedAlert(
            row=row,
            owner=known.departments[department_of(row["rule"], row["assigned_to"], known)].of(language),
            acknowledgement=acknowledged.get(row["key"]),
            assignment=assigned.get(row["key"]),
            quiet=next((one for one in quiet if one.fits(row["rule"], row["shop"], row["entity"], night)), None),
        )
        for row in owned
        if row["rule"] in known.rules
    ]


ALONE, FOLLOWS = Group(1, is_one_thing=True), Group(0, is_one_thing=True)


def item(
    decided: DecidedAlert, known: Catalog, settings: Settings, language: Language, begins: Group = ALONE
) -> AlertItem:
    """The alert with all its texts; it begins the list of a group, or follows in one."""
    row = decided.row
    say = words(settings.include, language)
    card = card_of(row, known, language, NotifyReason.NEW if row["state"] == "firing" else NotifyReason.RESOLVED)
    explaining = known.rules.get(row["inhibited_by"] or "")
    return AlertItem(
        card=card,
        view=card_view(card, say),
        rule=row["rule"],
        state=row["state"],
        resolved_at=row["resolved_at"],
        path=alert_path(card.key),
        entity_path=entity_path(card.shop, card.entity_type, card.entity),
        acknowledgement=decided.acknowledgement,
        assignment=decided.assignment,
        quiet=decided.quiet,
        explained_by=explaining.title.of(language) if explaining else "",
        together=together_text(card, begins, say) if begins.size > 1 else "",
        follows=begins == FOLLOWS,
    )


def at_stake(listed: Iterable[DecidedAlert]) -> str:
    """Total money at stake of several alerts; empty if none is known."""
    return moneys(together(stake_of(one.row) for one in listed))
