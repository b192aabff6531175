"""What a digest is made of, before anybody has thought about how it looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from shopwatch.texts import Language as Language
from shopwatch.texts import Unit

Verdict = Literal["ok", "breach", "no_data", "blocked"]
News = Literal["new", "open", "resolved", "withdrawn"]


@dataclass(frozen=True)
class Period:
    """One closed period of a metric. ``value`` is None where there is none: that is not zero.

    ``reason``: why it was not judged (see ``judge/judged.sql``), where that is known.
    """

    start: date
    value: float | None
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True)
class Card:
    """One alert, in the reader's language.

    ``unit`` says how numbers are written: ``share`` 0.0083 is 0.83 %, ``money`` is of the card's currency.
    ``turn`` says what is new of an alert that was told before: it got ``worse``, it is back ``again`` after
    a correction, ``back`` soon after it had recovered, or ``due`` to be told again.
    ``was`` is what a withdrawn one had read.
    ``value``, ``numerator``, ``denominator`` and ``at_stake`` are those of ``period``, the last that was judged, with
    its ``verdict``; None where none was. ``unjudged`` says in words which periods after it were not judged, and why.
    ``history`` is oldest first and ends with the newest period.
    ``at_stake`` is money of the shop's currency, None where it cannot be told.
    ``link`` is the address of the alert's page, empty where the pages have none.
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
    history: tuple[Period, ...]
    at_stake: Decimal | None
    at_stake_title: str
    currency: str
    owner: str
    say: str
    action: str
    manual: str
    turn: Literal["", "worse", "again", "back", "due"] = ""
    times: int = 1
    """How often it has been firing within 8 periods, this time included."""
    threshold_high: float | None = None
    """The upper limit of a range."""
    verdict: Verdict | None = "breach"
    was: float | None = None
    unjudged: str = ""
    taken_care: str = ""
    link: str = ""
    told_on: tuple[date, ...] = ()
    """The nights whose mails told of it first and last."""

    @property
    def is_news(self) -> bool:
        """Whether it is by itself reason for a mail."""
        return self.news != "open" or self.turn == "due"


@dataclass(frozen=True)
class Blocked:
    """Rules that could not be judged on a number of a shop and period, and why, in the reader's language."""

    rules: tuple[str, ...]
    shop_title: str
    metric_title: str
    grain: Literal["day", "week", "month"]
    period: date
    entities: int
    reason: str


def merge_blocked(blocked: Iterable[Blocked]) -> tuple[Blocked, ...]:
    """One entry for all rules that wait for the same number; what most rules wait for comes first."""
    merged: dict[Blocked, Blocked] = {}
    for one in blocked:
        same = replace(one, rules=(), entities=0)
        before = merged.get(same, same)
        merged[same] = replace(one, rules=(*before.rules, *one.rules), entities=max(before.entities, one.entities))
    return tuple(sorted(merged.values(), key=lambda one: -len(one.rules)))


@dataclass(frozen=True)
class Late:
    """An export that is due and not there: which day it should speak of, until when (the shop's own clock), of which
    day the last one is (None: none ever came), and the titles of the rules that are not judged because of it."""

    export: str
    shop_title: str
    day: date
    due_at: datetime
    last_day: date | None
    rules: tuple[str, ...]


@dataclass(frozen=True)
class DataNote:
    """What became of one file that was not taken whole: said to those who look after the data."""

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
        "vanished",
        "foreign",
        "unfilled",
        "unloaded",
    ]
    reason: str
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """By how much a shop's revenue moved in the week that has ended, and what moved it: (dimension, thing, money).

    ``missing`` says which days of the two weeks lack an export; the move is then not known.
    """

    shop_title: str
    currency: str
    revenue_moved: Decimal
    drivers: tuple[tuple[str, str, Decimal], ...]
    missing: str = ""


@dataclass(frozen=True)
class Digest:
    """One team's mail of one night. Cards are ordered by money at stake, the most first."""

    team: str
    language: Language
    night: date
    recipients: tuple[str, ...]
    cards: tuple[Card, ...]
    blocked: tuple[Blocked, ...]
    notes: tuple[DataNote, ...]
    late: tuple[Late, ...] = ()
    moves: tuple[Move, ...] = ()
    most: int = 20
    """So many lines a section."""
    part: int = 1
    """Which of the team's mails of the night it is; the second brings what late exports brought up."""
    heartbeat: str = ""
    """The line that says that the watch runs, on the mornings that have one."""

    def news(self, kind: News) -> tuple[Card, ...]:
        """The cards of one kind."""
        return tuple(card for card in self.cards if card.news == kind)

    @property
    def fresh(self) -> tuple[Card, ...]:
        """The new alerts that are told in full: those that keep coming back are told in a line."""
        return tuple(card for card in self.news("new") if card.turn != "back")

    @property
    def back(self) -> tuple[Card, ...]:
        """The new alerts that had recovered only lately."""
        return tuple(card for card in self.news("new") if card.turn == "back")

    @property
    def urgent(self) -> tuple[Card, ...]:
        """The new alerts that are critical, and those that have become so."""
        return tuple(card for card in self.news("new") if card.severity == "critical")

    @property
    def is_news(self) -> bool:
        """Whether there is anything that the team has not been told."""
        return any(card.is_news for card in self.cards) or bool(self.late or self.blocked or self.notes)
