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
class Row:
    """One alert as a table row."""

    severity: str
    severity_word: str
    name: str
    about: str
    place: str
    """Thing and shop as far as they add to the name; empty for a whole shop."""
    metric: str
    value: str
    limit: str
    money: str
    fraction: str
    action: str
    since: str
    owner: str
    link: str


@dataclass(frozen=True)
class EvidenceCell:
    """One value behind the number: its text, and the plain value to sort by; ``is_number`` aligns it right.

    ``is_whole``: a number, day or time, which breaks over lines at blanks only.
    """

    text: str
    plain: str
    is_number: bool
    is_whole: bool = False


@dataclass(frozen=True)
class EvidenceView:
    """The rows behind the number; ``more`` gives the number of omitted ones, or is empty."""

    titles: tuple[str, ...]
    rows: tuple[tuple[EvidenceCell, ...], ...]
    more: str


@dataclass(frozen=True)
class CardView:
    """One alert in full. The templates omit empty texts."""

    key: str
    severity: str
    severity_word: str
    metric: str
    name: str
    about: str
    place: str
    """``about`` as far as it adds to the name; empty for a whole shop."""
    value: str
    aside: str
    against: str
    sentence: str
    fraction: str
    period: str
    message: str
    history: str
    """Text of the chart; empty where a chart would show nothing."""
    marks: str
    stake: str
    stake_title: str
    since: str
    owner: str
    action: str
    manual: str
    link: str
    others: tuple[Row, ...] = ()
    """Further new alerts about the same thing."""
    evidence: EvidenceView | None = None
    together: str = ""


@dataclass(frozen=True)
class BlockedView:
    """One rule that could not be judged, one late export, or alerts that ended without a recovery."""

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
    new_title: str
    new_count: int
    cards: tuple[CardView, ...]
    rest_count: int
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
    ended_count: int
    ended: tuple[BlockedView, ...]
    ended_more: str
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
    held_back: str
    link: str
