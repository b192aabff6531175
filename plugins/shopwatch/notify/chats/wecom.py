"""WeCom's robot of a group (企业微信群机器人, now 消息推送).

https://developer.work.weixin.qq.com/document/path/91770: messages and limits, 20 a minute;
https://developer.work.weixin.qq.com/document/path/90313: codes.
"""

from __future__ import annotations

from typing import Any

from apprise.plugins.wecombot import NotifyWeComBot

from shopwatch.notify.chats.answers import by_code
from shopwatch.notify.chats.post import ServiceAnswer
from shopwatch.notify.chats.texts import markdown
from shopwatch.notify.summary import Excerpt
from shopwatch.store.outbox import Outcome

ROBOTS = (NotifyWeComBot,)
LARGEST = 4096
"""Bytes of ``markdown.content`` in UTF-8."""
CRITICAL = '<font color="warning">{}</font>'
"""Orange red, one of the three colours of WeCom's Markdown."""
TEMPORARY = frozenset({-1, 45009, 45033})
"""System busy; more than 20 messages in a minute; too many requests at once."""


def payload(excerpt: Excerpt) -> dict[str, Any]:
    """A Markdown message. A mention would need ``<@…>``, which `inert_markdown` breaks."""
    return {"msgtype": "markdown", "markdown": {"content": markdown(excerpt, "\n", CRITICAL)}}


def fits(content: dict[str, Any]) -> bool:
    """True if WeCom takes the message."""
    return len(content["markdown"]["content"].encode("utf-8", "replace")) <= LARGEST


def request(robot: NotifyWeComBot, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The robot's URL and the content."""
    return robot.notify_url.format(key=robot.key), content


def outcome(answer: ServiceAnswer) -> Outcome:
    """Outcome of ``{"errcode": 0, "errmsg": "ok"}``; 93000 is an invalid webhook."""
    return by_code(answer, "errcode", "errmsg", TEMPORARY)
