"""Texts and numbers of one mail for the templates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Todo:
    """New alerts that ask for the same action."""

    action: str
    names: tuple[str, ...]
    what: str
    owner: str
    money: str


@dataclass(frozen=True)
class CardView:
    """One alert in full. The templates omit empty texts."""

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
    """One alert as a table row."""

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
    """One rule that could not be judged, or one late export."""

    title: str
    about: str
    reason: str


@dataclass(frozen=True)
class NoteView:
    """One file and the action that it needs."""

    kind: str
    file: str
    rows: str
    reason: str
    examples: tuple[str, ...]
    more: str
    todo: str


@dataclass(frozen=True)
class MoveView:
    """Drivers of one shop's revenue: one line of text per kind of driver."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One mail. The ``…_more`` texts give the number of omitted entries, or are empty."""

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
