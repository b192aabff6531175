"""A message in short, for chats: the subject, a few lines, and an entry for each alert with its link."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from pydantic import TypeAdapter

from shopwatch.core.i18n import Language, Words
from shopwatch.core.text import DOT, clean
from shopwatch.notify.message import Digest
from shopwatch.notify.subject import subject
from shopwatch.notify.view import page
from shopwatch.notify.view_models import CardView, Page, Row

MOST_ROWS = 30
"""Entries of a section; the longest chat message holds fewer."""
MOST_LINES, LONGEST_LINE = 12, 500
"""Of a paragraph without alerts: a service takes it as a whole or not at all."""


@dataclass(frozen=True)
class Entry:
    """One alert, late export or file: title, lines of text, and the address of its page, or an empty one."""

    title: str
    lines: tuple[str, ...] = ()
    link: str = ""
    is_critical: bool = False


@dataclass(frozen=True)
class Summary:
    """Content of a chat message; the first entries are the most severe.

    ``omitted``: number of alerts without an entry; ``link``: page with all of them, or empty.
    """

    language: Language
    subject: str
    lines: tuple[str, ...]
    entries: tuple[Entry, ...]
    omitted: int = 0
    link: str = ""
    is_urgent: bool = False


@dataclass(frozen=True)
class Excerpt:
    """The part of a summary that one chat message holds: whole entries from the first on.

    ``rest`` counts the others and is empty if there are none; ``open`` and ``open_all`` label the links to a page.
    """

    summary: Summary
    entries: tuple[Entry, ...]
    rest: str
    open: str
    open_all: str
    foot: str


_JSON = TypeAdapter(Summary)


def summarize(digest: Digest, say: Words) -> Summary:
    """Summary of a digest, in the order of its mail."""
    shown = page(digest, say, digest.most, MOST_ROWS)
    entries = tuple(_entries(shown, say))
    lines = (shown.night, clean(shown.held_back, LONGEST_LINE), shown.stake, DOT.join(shown.facts))
    repeated = sum(card.is_repeated for card in digest.news("open"))
    rows = len(digest.news("new")) + repeated + len(digest.news("resolved")) + len(digest.news("withdrawn"))
    return Summary(
        language=digest.language,
        subject=subject(digest, say),
        lines=tuple(line for line in lines if line),
        entries=entries,
        omitted=rows + len(digest.ended) + len(digest.late) + len(digest.blocked) + len(digest.notes) - len(entries),
        link=digest.link,
        is_urgent=bool(digest.urgent),
    )


def to_json(summary: Summary) -> str:
    """The summary as JSON, for the outbox."""
    return _JSON.dump_json(summary).decode()


def from_json(content: str) -> Summary:
    """The summary of `to_json`. Raises pydantic.ValidationError for anything else."""
    return _JSON.validate_json(content)


def summary_of_mail(content: bytes, page_url: str) -> Summary:
    """Summary of a mail without alerts: an entry for each paragraph of its text.

    A line becomes a link only if it is an address below ``page_url`` or beside it on the same server.
    """
    mail = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
    body = mail.get_body(("plain",))
    entries = tuple(_paragraphs(body.get_content() if body else "", "/".join(page_url.split("/")[:3])))
    language: Language = "en" if mail["Content-Language"] == "en" else "zh"
    return Summary(language, clean(str(mail["Subject"] or "")), (), entries)


def _paragraphs(text: str, server: str) -> Iterator[Entry]:
    lines: list[str] = []
    for line in (*(clean(line, LONGEST_LINE) for line in text.splitlines()), ""):
        is_link = bool(server) and line.startswith(f"{server}/") and " " not in line
        if not is_link and line.strip("=-"):
            lines.append(line)
        if (lines or is_link) and (is_link or not line or len(lines) == MOST_LINES):
            yield Entry("", tuple(lines), line if is_link else "")
            lines = []


def excerpt(summary: Summary, count: int, say: Words) -> Excerpt:
    """The first ``count`` entries of a summary, and the count of the rest."""
    left = len(summary.entries) - count + summary.omitted
    return Excerpt(
        summary=summary,
        entries=summary.entries[:count],
        rest=say("chat_rest", count=left) if left else "",
        open=say("chat_open"),
        open_all=say("chat_open_all"),
        foot=say("chat_foot"),
    )


def _entries(shown: Page, say: Words) -> Iterator[Entry]:
    for card in shown.cards:
        yield _card_entry(card, say)
        yield from (_row_entry(row, say) for row in card.others)
    for row in (*shown.rest, *shown.open, *shown.resolved, *shown.withdrawn):
        yield _row_entry(row, say)
    for kind, things in (("chat_ended", shown.ended), ("chat_late", shown.late), ("chat_blocked", shown.blocked)):
        for thing in things:
            yield Entry(DOT.join((say(kind), thing.title)), (thing.about, thing.reason))
    for note in shown.notes:
        reason = DOT.join(part for part in (note.rows, note.reason) if part)
        yield Entry(DOT.join((note.kind, note.file)), tuple(line for line in (reason, note.todo) if line))


def _card_entry(card: CardView, say: Words) -> Entry:
    lines = (
        card.sentence,
        card.place,
        card.together,
        say("chat_action", action=card.action),
        _stake_and_owner(card.stake if card.stake_title else "", card.owner, say),
    )
    title = DOT.join((card.severity_word, card.name))
    return Entry(title, tuple(line for line in lines if line), card.link, card.severity == "critical")


def _row_entry(row: Row, say: Words) -> Entry:
    needs_action = row.severity != "good"
    lines = (
        DOT.join((f"{row.metric} {row.value}", row.limit, row.since)),
        row.place,
        say("chat_action", action=row.action) if needs_action else "",
        _stake_and_owner(row.money, row.owner, say) if needs_action else "",
    )
    title = DOT.join((row.severity_word, row.name))
    return Entry(title, tuple(line for line in lines if line), row.link, row.severity == "critical")


def _stake_and_owner(money: str, owner: str, say: Words) -> str:
    return say("chat_stake", money=money, owner=owner) if money else say("chat_owner", owner=owner)
