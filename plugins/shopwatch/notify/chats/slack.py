"""Slack's incoming webhook.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: answers;
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block: rich text, of which nothing is parsed.
Links instead of buttons: a button of a webhook shows a warning, since nobody takes the click.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

from apprise.plugins.slack import NotifySlack, SlackMode

from shopwatch.core.text import DOT, clean
from shopwatch.notify.chats.answers import by_status
from shopwatch.notify.chats.post import ServiceAnswer, as_bytes
from shopwatch.notify.chats.texts import inert
from shopwatch.notify.summary import Entry, Excerpt
from shopwatch.store.outbox import ACCEPTED, Outcome

ROBOTS = (NotifySlack,)
MOST_BLOCKS = 50
LONGEST_BLOCK = 3000
"""Characters of text in a block."""
LONGEST_HEADER = 150
LARGEST = 12_000
"""Bytes of all blocks. Slack refuses somewhat over 13,000 with msg_blocks_too_long and documents no number
(https://github.com/slackapi/bolt-js/issues/2509)."""


def payload(excerpt: Excerpt) -> dict[str, Any]:
    """A header and a rich text for each entry; ``text`` is the line of the notification."""
    summary = excerpt.summary
    header = {"type": "plain_text", "text": clean(inert(summary.subject), LONGEST_HEADER), "emoji": False}
    rest = [_text(excerpt.rest), _text(DOT)] if excerpt.rest else []
    all_alerts = [*rest, _link(excerpt.open_all, summary.link)] if summary.link else rest[:1]
    paragraphs = [
        [_text("\n".join(summary.lines))] if summary.lines else [],
        *(_entry(entry, excerpt.open) for entry in excerpt.entries),
        all_alerts,
        [_text(excerpt.foot)],
    ]
    blocks = [{"type": "header", "text": header}, *(_block(elements) for elements in paragraphs if elements)]
    return {"text": escape(inert(summary.subject), quote=False), "blocks": blocks}


def fits(content: dict[str, Any]) -> bool:
    """True if Slack takes the message."""
    blocks = content["blocks"]
    texts = (element.get("text", "") for block in blocks[1:] for element in block["elements"][0]["elements"])
    is_short = all(len(text) <= LONGEST_BLOCK for text in texts)
    return is_short and len(blocks) <= MOST_BLOCKS and len(as_bytes({"blocks": blocks})) <= LARGEST


def request(robot: NotifySlack, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The webhook's URL and the content. Raises ValueError for a bot's token or a workflow: they take no blocks."""
    if robot.mode not in (SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV):
        raise ValueError("Slack: an incoming webhook is needed, not a bot's token or a workflow")
    host = robot.webhook_gov_url if robot.mode == SlackMode.WEBHOOK_GOV else robot.webhook_url
    return f"{host}/{robot.token_a}/{robot.token_b}/{robot.token_c}", content


def outcome(answer: ServiceAnswer) -> Outcome:
    """Outcome of the text ``ok``; others are statuses with a word, such as 404 no_service or 403 invalid_token."""
    if answer.status != HTTPStatus.OK:
        return by_status(answer)
    if answer.text.strip() == "ok":
        return ACCEPTED
    return Outcome("waiting", f"an answer other than ok: {clean(answer.text, 80)}", is_uncertain=True)


def _entry(entry: Entry, label: str) -> list[dict[str, Any]]:
    title = [{**_text(entry.title), "style": {"bold": True}}] if entry.title else []
    lines = [_text("\n".join(["", *entry.lines] if title else entry.lines))] if entry.lines else []
    return [*title, *lines, *([_text("\n"), _link(label, entry.link)] if entry.link else [])]


def _block(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": inert(text)}


def _link(label: str, url: str) -> dict[str, Any]:
    return {"type": "link", "url": url, "text": label}
