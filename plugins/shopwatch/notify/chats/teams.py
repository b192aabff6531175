"""A channel of Microsoft Teams, through a flow of the Workflows app that posts a card when a webhook is received.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook: limits;
https://adaptivecards.io/explorer/RichTextBlock.html: text without Markdown. Four requests a second.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from apprise.plugins.workflows import NotifyWorkflows

from shopwatch.notify.chats.answers import by_status
from shopwatch.notify.chats.post import ServiceAnswer, as_bytes
from shopwatch.notify.chats.texts import inert
from shopwatch.notify.summary import Entry, Excerpt
from shopwatch.store.outbox import ACCEPTED, Outcome

ROBOTS = (NotifyWorkflows,)
LARGEST = 28_000
"""Bytes of a message."""
URL = "https://{host}{path}/workflows/{workflow}/triggers/manual/paths/invoke?{query}"
ACCEPTING = (HTTPStatus.OK, HTTPStatus.ACCEPTED)


def payload(excerpt: Excerpt) -> dict[str, Any]:
    """An adaptive card. Its texts are text runs, of which nothing is parsed, and it declares no mentions."""
    summary = excerpt.summary
    body: list[dict[str, Any]] = [_text(summary.subject, weight="Bolder", size="Large")]
    body += [_text(line) for line in summary.lines]
    body += [_entry(entry, excerpt.open) for entry in excerpt.entries]
    if excerpt.rest:
        body.append(_text(excerpt.rest))
    body.append(_text(excerpt.foot, isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": [_button(excerpt.open_all, summary.link)] if summary.link else [],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def fits(content: dict[str, Any]) -> bool:
    """True if Teams takes the message."""
    return len(as_bytes(content)) <= LARGEST


def request(robot: NotifyWorkflows, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The flow's URL and the content."""
    host = f"{robot.host}:{robot.port}" if robot.port else robot.host
    path = "/powerautomate/automations/direct" if robot.power_automate else ""
    if path and robot.routing_id:
        path += f"/cu/{robot.routing_id}"
    query = {
        "api-version": robot.api_version,
        "sp": "/triggers/manual/run",
        "sv": "1.0",
        "sig": robot.signature,
    }
    return URL.format(host=host, path=path, workflow=robot.workflow, query=urlencode(query)), content


def outcome(answer: ServiceAnswer) -> Outcome:
    """Outcome of a status: 202 means that the flow runs; only its history shows whether it posts the card."""
    return ACCEPTED if answer.status in ACCEPTING else by_status(answer)


def _entry(entry: Entry, label: str) -> dict[str, Any]:
    color = {"color": "Attention"} if entry.is_critical else {}
    items = [_text(entry.title, weight="Bolder", **color)] if entry.title else []
    items += [_text(line) for line in entry.lines]
    if entry.link:
        items.append({"type": "ActionSet", "actions": [_button(label, entry.link)]})
    return {"type": "Container", "separator": bool(entry.title), "items": items}


def _text(text: str, **style: object) -> dict[str, Any]:
    run = {"type": "TextRun", "text": inert(text), **style}
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": [run]}


def _button(label: str, url: str) -> dict[str, Any]:
    return {"type": "Action.OpenUrl", "title": label, "url": url}
