"""Feishu's and Lark's custom bot of a group (飞书自定义机器人).

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: cards, signature, codes; 100 requests a minute,
5 a second. Both services differ in their host only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark

from shopwatch.notify.chats.answers import by_code
from shopwatch.notify.chats.post import ServiceAnswer, as_bytes
from shopwatch.notify.chats.texts import inert, inert_markdown
from shopwatch.notify.summary import Entry, Excerpt
from shopwatch.store.outbox import Outcome

ROBOTS = (NotifyFeishu, NotifyLark)
LARGEST = 20_000
"""Bytes of a request of a custom bot; a card alone may have 30 KB."""
SIGNATURE = 200
"""Bytes by which timestamp and signature lengthen a request, with some room."""
TEMPORARY = frozenset({11232, 99991400})
"""Rate limits of the bot and of the platform."""
BAD_REQUEST = 9499
"""Code of a malformed request, and also of too many: only the message differs."""


def payload(excerpt: Excerpt) -> dict[str, Any]:
    """A card. Its texts are ``plain_text``, in which nothing has a meaning: no mention, link or format.

    Only titles are Markdown, for bold type, with every sign of meaning in its full-width form.
    """
    summary = excerpt.summary
    elements = [_text("\n".join(summary.lines))] if summary.lines else []
    for entry in excerpt.entries:
        elements += [{"tag": "hr"}, _title(entry)] if entry.title else []
        if entry.lines:
            elements.append(_with_button(_text("\n".join(entry.lines)), excerpt.open, entry.link))
        elif entry.link:
            elements.append({"tag": "action", "actions": [_button(excerpt.open, entry.link)]})
    elements.append({"tag": "hr"})
    if excerpt.rest:
        elements.append(_with_button(_text(excerpt.rest), excerpt.open_all, summary.link))
    elif summary.link:
        elements.append({"tag": "action", "actions": [_button(excerpt.open_all, summary.link)]})
    elements.append({"tag": "note", "elements": [{"tag": "plain_text", "content": excerpt.foot}]})
    header = {
        "title": {"tag": "plain_text", "content": inert(summary.subject)},
        "template": "red" if summary.is_urgent else "blue",
    }
    card = {"config": {"wide_screen_mode": True}, "header": header, "elements": elements}
    return {"msg_type": "interactive", "card": card}


def fits(content: dict[str, Any]) -> bool:
    """True if Feishu takes the message with its signature."""
    return len(as_bytes(content)) <= LARGEST - SIGNATURE


def request(robot: NotifyFeishu | NotifyLark, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The bot's URL, and the content with a signature if the address has a secret: ``feishu://secret@token``."""
    url = f"{robot.notify_url.removesuffix('{token}/')}{robot.token}"
    return url, {**_signature(robot.user), **content} if robot.user else content


def outcome(answer: ServiceAnswer) -> Outcome:
    """Outcome of ``{"code": 0, "msg": "success"}``; 19001 token, 19021 signature, 19022 IP address, 19024 keyword."""
    is_throttled = "too many" in str(answer.values.get("msg", "")).lower()
    return by_code(answer, "code", "msg", TEMPORARY | {BAD_REQUEST} if is_throttled else TEMPORARY)


def _signature(secret: str) -> dict[str, str]:
    """HMAC-SHA256 of nothing under the key "timestamp, line feed, secret", as the page on the bot states it."""
    timestamp = str(int(time.time()))
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def _title(entry: Entry) -> dict[str, Any]:
    bold = f"**{inert_markdown(entry.title)}**"
    content = f"<font color='red'>{bold}</font>" if entry.is_critical else bold
    return {"tag": "div", "text": {"tag": "lark_md", "content": content}}


def _with_button(text: dict[str, Any], label: str, link: str) -> dict[str, Any]:
    return {**text, "extra": _button(label, link)} if link else text


def _text(content: str) -> dict[str, Any]:
    return {"tag": "div", "text": {"tag": "plain_text", "content": inert(content)}}


def _button(label: str, link: str) -> dict[str, Any]:
    return {"tag": "button", "text": {"tag": "plain_text", "content": label}, "type": "default", "url": link}
