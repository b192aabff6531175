"""The words and numbers of one mail, as the templates lay them out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Todo:
    """New alerts that ask for the same thing."""

    action: str
    names: tuple[str, ...]
    what: str
    owner: str
    money: str


@dataclass(frozen=True)
class CardView:
    """One alert, told in full. Empty texts are left out by the templates."""

    key: str
    severity: str
    severity_word: str
    metric: str
    name: str
    about: str
    value: str
    aside: str
    against: str
    sentence: str
    fraction: str
    period: str
    say: str
    history: str
    marks: str
    stake: str
    stake_title: str
    since: str
    owner: str
    action: str
    manual: str
    link: str


@dataclass(frozen=True)
class Row:
    """One alert in one line of a table."""

    severity: str
    severity_word: str
    name: str
    about: str
    value: str
    limit: str
    money: str
    fraction: str
    since: str
    owner: str
    link: str


@dataclass(frozen=True)
class BlockedView:
    """One rule that could not be judged, or one export that is late."""

    title: str
    about: str
    reason: str


@dataclass(frozen=True)
class NoteView:
    """One file and what to do about it."""

    kind: str
    file: str
    rows: str
    reason: str
    examples: tuple[str, ...]
    more: str
    todo: str


@dataclass(frozen=True)
class MoveView:
    """What moved one shop's revenue: a line in words for each kind of driver."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One mail. The ``…_more`` texts say how many were left out, or are empty."""

    lang: str
    night: str
    headline: str
    stake: str
    facts: tuple[str, ...]
    todos: tuple[Todo, ...]
    todos_more: str
    new_count: int
    cards: tuple[CardView, ...]
    rest: tuple[Row, ...]
    rest_more: str
    open_count: int
    open: tuple[Row, ...]
    open_more: str
    resolved_count: int
    resolved: tuple[Row, ...]
    resolved_more: str
    withdrawn_count: int
    withdrawn: tuple[Row, ...]
    withdrawn_more: str
    late_count: int
    late: tuple[BlockedView, ...]
    late_more: str
    blocked_count: int
    blocked: tuple[BlockedView, ...]
    blocked_more: str
    notes_count: int
    notes: tuple[NoteView, ...]
    notes_more: str
    moves: tuple[MoveView, ...]
    heartbeat: str
