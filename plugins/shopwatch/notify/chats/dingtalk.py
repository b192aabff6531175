"""DingTalk's custom robot of a group (钉钉自定义机器人).

https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages: message types;
https://open.dingtalk.com/document/orgapp/custom-bot-send-message-error-codes: codes. 20 messages a minute.
"""

from __future__ import annotations

from typing import Any

from apprise.plugins.dingtalk import NotifyDingTalk

from shopwatch.notify.chats.answers import by_code
from shopwatch.notify.chats.post import ServiceAnswer, as_bytes
from shopwatch.notify.chats.texts import inert, markdown
from shopwatch.notify.summary import Excerpt
from shopwatch.store.outbox import Outcome

ROBOTS = (NotifyDingTalk,)
LARGEST = 20_000
"""Bytes of a request (errcode 460101: message too long)."""
TEMPORARY = frozenset({-1, 130101, 410100})
"""System busy; sent too fast; limited for ten minutes after 20 messages in one."""
NEW_LINE = "  \n"
"""DingTalk breaks a line of Markdown after two blanks only."""


def payload(excerpt: Excerpt) -> dict[str, Any]:
    """An action card with a button for all alerts, or plain Markdown without pages. Mentions nobody."""
    title, text = inert(excerpt.summary.subject), markdown(excerpt, NEW_LINE, has_button=True)
    if not excerpt.summary.link:
        return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    button = {"title": excerpt.open_all, "actionURL": excerpt.summary.link}
    return {"msgtype": "actionCard", "actionCard": {"title": title, "text": text, "btns": [button]}}


def fits(content: dict[str, Any]) -> bool:
    """True if DingTalk takes the message."""
    return len(as_bytes(content)) <= LARGEST


def request(robot: NotifyDingTalk, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The robot's URL, signed if it has a secret, and the content."""
    url = robot.notify_url.format(token=robot.token)
    if not robot.secret:
        return url, content
    timestamp, signature = robot.get_signature()  # type: ignore[no-untyped-call]
    return f"{url}&timestamp={timestamp}&sign={signature}", content


def outcome(answer: ServiceAnswer) -> Outcome:
    """Outcome of ``{"errcode": 0, "errmsg": "ok"}``; 310000 is a wrong keyword, signature or IP address."""
    return by_code(answer, "errcode", "errmsg", TEMPORARY)
