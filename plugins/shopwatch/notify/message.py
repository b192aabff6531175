"""Data model of a digest, independent of its presentation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from shopwatch.charts.history import HistoryPoint, Verdict
from shopwatch.core.i18n import Language, Unit
from shopwatch.warehouse.evidence import EvidenceRows

News = Literal["new", "open", "resolved", "withdrawn"]
Change = Literal["", "worse", "again", "restored", "back", "due", "rule"]


@dataclass(frozen=True)
class Card:
    """One alert, in the reader's language.

    ``unit``: format of the numbers; ``share`` 0.0083 is 0.83%, ``money`` is in the card's currency.
    ``change``: change of an alert that was notified before; it got ``worse``, is back ``again`` after a correction,
    ``restored`` with its rule or shop, ``back`` soon after it had recovered, ``due`` for a reminder, or withdrawn with
    the same number after a change of the ``rule``.
    ``was``: number of a withdrawn alert before the correction.
    ``value``, ``numerator``, ``denominator`` and ``at_stake`` are those of ``period``, the last judged one, with its
    ``verdict``; None if there is none. Numerator and denominator are None also where the value is not made of them: it
    is a change, a share of a target or a weighted mean. ``parts_unit``:
    unit of both, None if each has its own. ``unjudged``: text about later periods that were not judged.
    ``history``: oldest first, ends with the newest period.
    ``at_stake``: money in the shop's currency, None if unknown.
    ``link``: address of the alert's page, empty if the pages have none.
    """

    key: str
    rule: str
    news: News
    severity: Literal["info", "warning", "critical"]
    shop: str
    shop_title: str
    entity_type: str
    entity: str
    name: str
    metric: str
    metric_title: str
    unit: Unit
    breach: Literal["below", "above", "at_most", "at_least", "between", "outside"]
    threshold: float
    value: float | None
    numerator: Decimal | None
    denominator: Decimal | None
    numerator_title: str
    denominator_title: str
    grain: Literal["day", "week", "month"]
    since: date
    period: date
    history: tuple[HistoryPoint, ...]
    at_stake: Decimal | None
    at_stake_title: str
    currency: str
    owner: str
    message: str
    action: str
    manual: str
    parts_unit: Unit | None = None
    change: Change = ""
    times: int = 1
    """Number of firings within 8 periods, this one included."""
    threshold_high: float | None = None
    """Upper limit of a range."""
    verdict: Verdict | None = "breach"
    was: float | None = None
    unjudged: str = ""
    usual: str = ""
    """Text about the value and its usual range, of a rule that judges what is unusual."""
    acknowledgement: str = ""
    """Text about an acknowledgement since the last mail about the alert."""
    link: str = ""
    belongs_to: str | None = None
    """Key that alerts of one cause share, as in ``ops.alerts``."""
    evidence: EvidenceRows | None = None
    mailed_on: tuple[date, ...] = ()
    """Nights of the first and the last mail about the alert."""

    @property
    def is_news(self) -> bool:
        """True if the alert by itself is reason for a mail."""
        return self.news != "open" or self.change == "due"

    @property
    def is_repeated(self) -> bool:
        """True if an open alert is listed again; others are only counted."""
        return self.change == "due" or bool(self.acknowledgement)


@dataclass(frozen=True)
class BlockedRule:
    """Rules that could not be judged for a KPI, shop and period, and the reason, in the reader's language."""

    rules: tuple[str, ...]
    shop_title: str
    metric_title: str
    grain: Literal["day", "week", "month"]
    period: date
    entities: int
    reason: str


def merge_blocked(blocked: Iterable[BlockedRule]) -> tuple[BlockedRule, ...]:
    """Merge the rules that wait for the same KPI into one entry; entries with most rules first."""
    merged: dict[BlockedRule, BlockedRule] = {}
    for one in blocked:
        same = replace(one, rules=(), entities=0)
        before = merged.get(same, same)
        merged[same] = replace(one, rules=(*before.rules, *one.rules), entities=max(before.entities, one.entities))
    return tuple(sorted(merged.values(), key=lambda one: -len(one.rules)))


@dataclass(frozen=True)
class LateExport:
    """An export that is overdue.

    ``day``: the day that it should cover; ``due_at``: its deadline, shop time; ``last_day``: the last day covered, None
    if none ever arrived; ``rules``: titles of the rules that are not judged because of it.
    """

    export: str
    shop_title: str
    day: date
    due_at: datetime
    last_day: date | None
    rules: tuple[str, ...]


@dataclass(frozen=True)
class EndedAlerts:
    """Alerts of one rule and shop that the team was notified of and no longer gets, though none has recovered.

    ``reason``: the rule or shop was removed, nothing judges them any more, or they are now with other ``teams``.
    ``names``: of the products, campaigns, … that they are about.
    """

    reason: Literal["rule_removed", "shop_removed", "not_judged", "moved"]
    rule: str
    title: str
    shop_title: str
    names: tuple[str, ...]
    teams: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataNote:
    """A data problem, such as a file that was not loaded in full, for the data teams."""

    shop: str
    file: str
    kind: Literal[
        "rejected",
        "failed",
        "quarantined",
        "rule",
        "differs",
        "excess",
        "short",
        "emptied",
        "vanished",
        "foreign",
        "unfilled",
        "unloaded",
    ]
    reason: str
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class RevenueMove:
    """A shop's revenue in the week that has ended and in the one before, and its drivers: (dimension, entity, money).

    ``missing``: text about days of the two weeks that lack an export; the change is then unknown.
    """

    shop_title: str
    currency: str
    revenue: Decimal
    revenue_before: Decimal
    drivers: tuple[tuple[str, str, Decimal], ...]
    missing: str = ""


@dataclass(frozen=True)
class Digest:
    """One team's mail of one night. Cards are ordered by severity, then by money at stake."""

    team: str
    language: Language
    night: date
    recipients: tuple[str, ...]
    cards: tuple[Card, ...]
    blocked: tuple[BlockedRule, ...]
    notes: tuple[DataNote, ...]
    late: tuple[LateExport, ...] = ()
    moves: tuple[RevenueMove, ...] = ()
    most: int = 7
    """Maximum number of things with new alerts; the other alerts are only counted."""
    part: int = 1
    """Number of the mail within the team's night; the second covers late exports."""
    heartbeat: str = ""
    """Line that confirms that the watch runs; empty on mornings without a heartbeat."""
    held_back: str = ""
    """Line that names the shops that the night lacks; empty if it lacks none."""
    link: str = ""
    """Address of the page with all open alerts; empty if there is none."""
    ended: tuple[EndedAlerts, ...] = ()

    def news(self, kind: News) -> tuple[Card, ...]:
        """Cards of one section."""
        return tuple(card for card in self.cards if card.news == kind)

    @property
    def fresh(self) -> tuple[Card, ...]:
        """New alerts in full detail; those that keep coming back get one line."""
        return tuple(card for card in self.news("new") if card.change != "back")

    @property
    def worse(self) -> tuple[Card, ...]:
        """Alerts that the team was notified of before and that have become critical since."""
        return tuple(card for card in self.fresh if card.change == "worse")

    @property
    def back(self) -> tuple[Card, ...]:
        """New alerts that had recovered shortly before."""
        return tuple(card for card in self.news("new") if card.change == "back")

    @property
    def urgent(self) -> tuple[Card, ...]:
        """New alerts that are critical, and those that have escalated to critical."""
        return tuple(card for card in self.news("new") if card.severity == "critical")

    @property
    def ended_count(self) -> int:
        """Number of alerts that ended without a recovery or are now with another team."""
        return sum(len(ended.names) for ended in self.ended)

    @property
    def is_news(self) -> bool:
        """True if there is anything that the team was not yet notified of."""
        return any(card.is_news for card in self.cards) or bool(self.late or self.blocked or self.notes or self.ended)
