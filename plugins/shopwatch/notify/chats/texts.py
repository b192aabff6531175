"""Texts of files and declarations, made inert for chats: nobody is mentioned, and no address becomes a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from shopwatch.core.text import DOT
from shopwatch.notify.summary import Excerpt

WIDE = 0xFEE0
"""Distance from an ASCII character to its full-width form."""
EXPORTS = ("csv", "eml", "json", "sql", "txt", "xls", "xlsx", "yaml")
"""Endings of file names that stay as they are; none is a top-level domain."""
_DOMAIN = re.compile(rf"(?<=\w)\.(?=[^\W\d_])(?!(?:{'|'.join(EXPORTS)})(?![\w.]))", re.IGNORECASE)
_ADDRESS = re.compile(r"[:@](?=//)|@")
_MARKDOWN = re.compile(r"[\[\]<>*`~|\\]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^[#>+=-]")


def inert(text: str) -> str:
    """The text with the signs of mentions and web addresses in their full-width form."""
    return _DOMAIN.sub(_wide, _ADDRESS.sub(_wide, text))


def inert_markdown(text: str) -> str:
    """`inert`, for Markdown without backslash escapes: every sign with a meaning is in its full-width form."""
    return _MARKDOWN.sub(_wide, inert(text))


def markdown(excerpt: Excerpt, new_line: str, critical: str = "{}", *, has_button: bool = False) -> str:
    """The excerpt in the Markdown that DingTalk and WeCom share: headings, bold text and links.

    ``critical``: format of the titles of critical alerts; ``has_button``: a button leads to all alerts.
    """
    return "\n\n".join(new_line.join(paragraph) for paragraph in _paragraphs(excerpt, critical, has_button))


def _paragraphs(excerpt: Excerpt, critical: str, has_button: bool) -> Iterator[list[str]]:
    summary = excerpt.summary
    yield [f"### {inert_markdown(summary.subject)}"]
    if summary.lines:
        yield [inert_markdown(line) for line in summary.lines]
    for entry in excerpt.entries:
        title = [f"**{inert_markdown(entry.title)}**"] if entry.title else []
        if entry.is_critical:
            title = [critical.format(one) for one in title]
        link = [_link(excerpt.open, entry.link)] if entry.link else []
        yield [*title, *(inert_markdown(line) for line in entry.lines), *link]
    to_all = _link(excerpt.open_all, summary.link) if summary.link and not has_button else ""
    if last := [part for part in (excerpt.rest, to_all) if part]:
        yield [DOT.join(last)]
    yield [excerpt.foot]


def _link(label: str, address: str) -> str:
    return f"[{label}]({quote(address, safe=':/?#[]@!$&*+,;=%~')})"


def _wide(sign: re.Match[str]) -> str:
    return chr(ord(sign[0]) + WIDE)
