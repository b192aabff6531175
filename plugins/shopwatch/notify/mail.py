"""A digest as one e-mail: text, HTML and charts. The same digest gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import cast

from jinja2 import Environment
from markupsafe import Markup, escape

from shopwatch.charts.history import HEIGHT, WIDTH, history_png, is_worth_drawing
from shopwatch.core.i18n import MINUS, Words, words
from shopwatch.core.templating import template_environment
from shopwatch.core.text import clean
from shopwatch.notify.message import Card, Digest
from shopwatch.notify.subject import subject
from shopwatch.notify.view import page, shown_in_full
from shopwatch.notify.view_models import Page

LARGEST = 100_000
"""Bytes; mail clients truncate larger mails."""
SIZES = (
    *((full, rows) for full in range(12, 5, -1) for rows in (30, 15)),
    *((5, 15), (4, 15), (4, 8), (3, 8), (2, 4), (1, 2), (0, 2), (0, 1)),
)
"""(things in full, rows per table), tried in this order, largest first."""
ZONE = timezone(timedelta(hours=8))
MORNING = time(8)
MOST_REFERENCES = 20
MONEY = re.compile(rf"[+{MINUS}][^\s\d]{{1,4}}[\d,.]+")

COLOURS = {
    "light": {
        "page": "#f3f4f6",
        "card": "#ffffff",
        "ink": "#1b2430",
        "muted": "#566170",
        "rule": "#e1e5ea",
        "alarm": "#b42318",
        "amber": "#7a4b00",
        "good": "#1c6b48",
    },
    "dark": {
        "page": "#14171b",
        "card": "#1e2227",
        "ink": "#e9ecef",
        "muted": "#a4aeba",
        "rule": "#343a42",
        "alarm": "#ff9d93",
        "amber": "#f0c36d",
        "good": "#7fd1a6",
    },
}


class SubjectHeader(UniqueUnstructuredHeader):
    """A subject that keeps its blanks: Python 3.11 loses one wherever it folds a header between encoded words."""

    def fold(self, *, policy: Policy) -> str:
        """The encoded header with its name, in lines of at most 76 characters."""
        line = Header(str(self), "utf-8", 76, "Subject").encode(linesep=policy.linesep)
        return f"Subject: {line}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", cast("type[BaseHeader]", SubjectHeader))
POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True)
class ChartImage:
    """A chart image, and the content id by which the HTML refers to it."""

    cid: str
    png: bytes


def render(digest: Digest, include: Path, sender: str) -> EmailMessage:
    """Render a digest as a mail under 100 kB.

    At most the team's budget of new alerts appears in full, with charts; the others are counted. Raises ValueError for
    an invalid address.
    """
    say = words(include, digest.language)
    cards = [thing[0] for thing in shown_in_full(digest)[: SIZES[0][0]]]
    charts = [_chart(digest, card, place) for place, card in enumerate(cards, start=1)]
    for full, rows in SIZES:
        shown = page(digest, say, full, rows)
        message = _message(digest, shown, charts[: len(shown.cards)], say, include, sender)
        if len(message.as_bytes()) <= LARGEST:
            break
    return message


def message_id(digest: Digest) -> str:
    """Message id of a team, night and part of the night."""
    return f"<{_stem(digest.team, digest.night, digest.part)}@shopwatch>"


def thread(digest: Digest) -> tuple[str, ...]:
    """Message ids of the earlier mails in the thread, oldest first; the last is the one it replies to.

    They are the first and last mails about the alerts that have news. A mail with only new alerts starts a thread. Of
    several alerts, it replies to the last mail about the first of them.
    """
    known = [card for card in digest.cards if card.is_news and card.mailed_on]
    if not known:
        return ()
    last = known[0].mailed_on[-1]
    nights = sorted({night for card in known for night in card.mailed_on} - {last})
    return tuple(f"<{_stem(digest.team, night)}@shopwatch>" for night in (*nights[-MOST_REFERENCES:], last))


def _stem(team: str, night: date, part: int = 1) -> str:
    return f"shopwatch-{night}-{sha256(team.encode()).hexdigest()[:12]}{f'-{part}' if part > 1 else ''}"


def _chart(digest: Digest, card: Card, place: int) -> ChartImage | None:
    if not is_worth_drawing(card.history, card.unit):
        return None
    png = history_png(card.history, card.threshold, card.unit, card.grain)
    return ChartImage(f"chart-{place}.{_stem(digest.team, digest.night)}@shopwatch", png)


def _message(
    digest: Digest, shown: Page, charts: Sequence[ChartImage | None], say: Words, include: Path, sender: str
) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    if digest.recipients:
        message["To"] = ", ".join(digest.recipients)
    message["Subject"] = subject(digest, say)
    message["Date"] = datetime.combine(digest.night + timedelta(days=1), MORNING, ZONE)
    message["Message-ID"] = message_id(digest)
    if before := thread(digest):
        message["In-Reply-To"] = before[-1]
        message["References"] = " ".join(before)
    message["X-Shopwatch-Night"] = digest.night.isoformat()
    message["X-Shopwatch-Team"] = clean(digest.team, 40)
    message["Auto-Submitted"] = "auto-generated"
    text, html = _bodies(shown, charts, say, include)
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(html, subtype="html", cte=_encoding(html))
    message.set_boundary(f"=_{_stem(digest.team, digest.night)}-alternative")
    _attach(message, [chart for chart in charts if chart], f"=_{_stem(digest.team, digest.night)}-related")
    return message


def _encoding(text: str) -> str:
    """The shorter of the two encodings that every server passes on."""
    content = text.encode()
    return "base64" if sum(byte > 127 for byte in content) * 6 > len(content) else "quoted-printable"


def _attach(message: EmailMessage, charts: Sequence[ChartImage], boundary: str) -> None:
    html = message.get_body(("html",))
    if html is None or not charts:
        return
    for place, chart in enumerate(charts, start=1):
        name = f"chart-{place}.png"
        html.add_related(chart.png, "image", "png", cid=f"<{chart.cid}>", filename=name, disposition="inline")
    html.set_boundary(boundary)


def _bodies(shown: Page, charts: Sequence[ChartImage | None], say: Words, include: Path) -> tuple[str, str]:
    """Text body and HTML body."""
    jinja = _environment(include / "mail")
    values = {"page": shown, "say": say}
    cids = [chart.cid if chart else "" for chart in charts]
    look = {"light": COLOURS["light"], "dark": COLOURS["dark"], "width": WIDTH, "height": HEIGHT, "cids": cids}
    html = jinja.get_template("digest.html.j2").render(**values, **look)
    text = jinja.get_template("digest.txt.j2").render(**values)
    return _blank_lines(text), re.sub(r"\n\s*", "\n", html)


def _blank_lines(text: str) -> str:
    """Reduce blank lines to one at a time, and none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"


def _unbroken(text: str) -> Markup:
    """The text with amounts of money protected from line breaks after their sign."""
    return Markup(MONEY.sub(r"<nobr>\g<0></nobr>", str(escape(text))))


@cache
def _environment(folder: Path) -> Environment:
    environment = template_environment(folder)
    environment.filters["unbroken"] = _unbroken
    return environment
