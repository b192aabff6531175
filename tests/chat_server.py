"""The robots of five chat services on the loopback: each accepts and refuses as its documentation states."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark
from apprise.plugins.slack import NotifySlack
from apprise.plugins.wecombot import NotifyWeComBot

from shopwatch.notify.chats import teams

HANG, DRIP, CLOSE = "hang", "drip", "close"
DINGTALK_TOKEN, DINGTALK_SECRET = "f0e1d2c3b4a5968778695a4b3c2d1e0f", "SEC1f2e3d4c5b6a"
WECOM_KEY = "693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"
FEISHU_TOKEN, FEISHU_SECRET = "c0ffee00-1111-2222-3333-444455556666", "fSecret9876543"
SLACK_PATH = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
FLOW, FLOW_SIGNATURE = "643e69f83c8944438d68119179a10a64", "KODuebWbDGYFr0z0euXkh2A"
SECRETS = (
    DINGTALK_TOKEN,
    DINGTALK_SECRET,
    WECOM_KEY,
    FEISHU_TOKEN,
    FEISHU_SECRET,
    SLACK_PATH.split("/")[2],
    FLOW,
    FLOW_SIGNATURE,
)
SERVICES = ("dingtalk", "wecom", "feishu", "lark", "slack", "teams")
OK = {
    "dingtalk": (200, '{"errcode":0,"errmsg":"ok"}'),
    "wecom": (200, '{"errcode":0,"errmsg":"ok"}'),
    "feishu": (200, '{"code":0,"data":{},"msg":"success"}'),
    "slack": (200, "ok"),
    "teams": (202, ""),
}


@dataclass
class ChatServer:
    """``received``: (service, payload) of each accepted message; ``requests``: the number of all. ``answer`` instead of
    the service's own: (status, body, in which {path} is the request's), HANG, DRIP or CLOSE; ``keeps``: the message
    counts as accepted all the same."""

    port: int = 0
    answer: tuple[int, str] | str | None = None
    keeps: bool = False
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    requests: int = 0
    bodies: list[bytes] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    on_request: Callable[[], None] = field(default=lambda: None)

    def address(self, service: str) -> str:
        """The robot's address as it stands in the environment."""
        return {
            "dingtalk": f"dingtalk://{DINGTALK_SECRET}@{DINGTALK_TOKEN}",
            "wecom": f"wecombot://{WECOM_KEY}",
            "feishu": f"feishu://{FEISHU_SECRET}@{FEISHU_TOKEN}",
            "lark": f"lark://{FEISHU_SECRET}@{FEISHU_TOKEN}",
            "slack": f"slack://{SLACK_PATH}",
            "teams": f"workflow://127.0.0.1:{self.port}/{FLOW}/{FLOW_SIGNATURE}",
        }[service]

    def respond(self, path: str, body: bytes) -> tuple[int, str]:
        """The service's answer to a message."""
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        service = _service(url.path)
        payload = json.loads(body.decode("utf-8"))
        refusal = RULES[service](url.path, query, payload, len(body))
        if refusal is None and (self.answer is None or self.keeps):
            self.received.append((service, payload))
        if isinstance(self.answer, tuple):
            return self.answer
        return refusal or OK[service]


def _service(path: str) -> str:
    return {"robot": "dingtalk", "cgi-bin": "wecom", "open-apis": "feishu", "services": "slack", "workflows": "teams"}[
        path.split("/")[1]
    ]


def _error(code: int, text: str) -> tuple[int, str]:
    return 200, json.dumps({"errcode": code, "errmsg": text})


def _dingtalk(path: str, query: dict[str, str], payload: dict[str, Any], size: int) -> tuple[int, str] | None:
    if query.get("access_token") != DINGTALK_TOKEN:
        return _error(300005, "token is not exist")
    signed = f"{query.get('timestamp')}\n{DINGTALK_SECRET}".encode()
    expected = base64.b64encode(hmac.new(DINGTALK_SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    if query.get("sign") != expected:
        return _error(310000, "sign not match")
    if size > 20_000:
        return _error(460101, "message too long, exceed 20000 bytes")
    kind = payload.get("msgtype")
    if kind not in ("markdown", "actionCard"):
        return _error(400105, "unsupported msgtype")
    if not payload[kind].get("title") or not payload[kind].get("text"):
        return _error(40035, "missing parameter")
    if kind == "actionCard" and not all(one["title"] and one["actionURL"] for one in payload[kind]["btns"]):
        return _error(40035, "missing button")
    return None


def _wecom(path: str, query: dict[str, str], payload: dict[str, Any], size: int) -> tuple[int, str] | None:
    if query.get("key") != WECOM_KEY:
        return _error(93000, "invalid webhook url")
    if payload.get("msgtype") != "markdown":
        return _error(40008, "invalid message type")
    if len(payload["markdown"]["content"].encode()) > 4096:
        return _error(40058, "markdown.content exceed max length 4096")
    return None


def _feishu(path: str, query: dict[str, str], payload: dict[str, Any], size: int) -> tuple[int, str] | None:
    def error(code: int, text: str) -> tuple[int, str]:
        return 200, json.dumps({"code": code, "data": {}, "msg": text})

    if path != f"/open-apis/bot/v2/hook/{FEISHU_TOKEN}":
        return error(19001, "param invalid: incoming webhook access token invalid")
    key = f"{payload.get('timestamp')}\n{FEISHU_SECRET}".encode()
    if payload.get("sign") != base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode():
        return error(19021, "sign match fail or timestamp is not within one hour from current time")
    if size > 20_000:
        return error(9499, "Bad Request")
    card = payload["card"]
    if payload.get("msg_type") != "interactive" or card["header"]["title"]["tag"] != "plain_text":
        return error(11246, "invalid card")
    for element in card["elements"]:
        match element:
            case {"tag": "div", "text": {"tag": "plain_text" | "lark_md", "content": str(text)}} if text:
                pass
            case {"tag": "note", "elements": [{"tag": "plain_text", "content": str(text)}]} if text:
                pass
            case {"tag": "hr"} | {"tag": "action", "actions": [_]}:
                pass
            case _:
                return error(11246, "invalid card element")
    return None


def _slack(path: str, query: dict[str, str], payload: dict[str, Any], size: int) -> tuple[int, str] | None:
    if path != f"/services/{SLACK_PATH}":
        return 404, "no_service"
    blocks = payload.get("blocks", [])
    if not payload.get("text") or not blocks:
        return 400, "no_text"
    if len(blocks) > 50 or len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        return 400, "msg_blocks_too_long"
    for block in blocks:
        match block:
            case {"type": "header", "text": {"type": "plain_text", "text": str(text)}} if 0 < len(text) <= 150:
                pass
            case {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}:
                if not elements or not all(
                    one["text"] and one["type"] in ("text", "link") and len(one["text"]) <= 3000 for one in elements
                ):
                    return 400, "invalid_blocks"
            case _:
                return 400, "invalid_blocks"
    return None


def _teams(path: str, query: dict[str, str], payload: dict[str, Any], size: int) -> tuple[int, str] | None:
    if path != f"/workflows/{FLOW}/triggers/manual/paths/invoke" or query.get("sig") != FLOW_SIGNATURE:
        return 401, '{"error":{"code":"DirectApiAuthorizationRequired"}}'
    if size > 28 * 1024:
        return 413, "RequestEntityTooLarge"
    (attachment,) = payload["attachments"]
    if payload["type"] != "message" or attachment["contentType"] != "application/vnd.microsoft.card.adaptive":
        return 400, "TriggerInputSchemaMismatch"
    if attachment["content"]["type"] != "AdaptiveCard" or "entities" in attachment["content"]["msteams"]:
        return 400, "BadRequest"
    return None


RULES: dict[str, Callable[[str, dict[str, str], dict[str, Any], int], tuple[int, str] | None]] = {
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "feishu": _feishu,
    "slack": _slack,
    "teams": _teams,
}


@contextmanager
def chat_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """A running server, to which the addresses of all services lead; they stand in variables ``CHAT_<SERVICE>``."""
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.requests += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.bodies.append(body)
            assert self.headers["Content-Type"] == "application/json; charset=utf-8"
            status, text = state.respond(self.path, body)
            state.on_request()
            if state.answer == CLOSE:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if state.answer == HANG:
                state.stopping.wait()
                return
            if state.answer == DRIP:
                while not state.stopping.wait(0.02):
                    self.wfile.write(b"H")
                return
            content = text.replace("{path}", self.path).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"http://127.0.0.1:{state.port}/login")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Stay silent about clients that went away."""

    with Server(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        _lead_to(f"http://127.0.0.1:{state.port}", monkeypatch)
        for service in SERVICES:
            monkeypatch.setenv(f"CHAT_{service.upper()}", state.address(service))
        try:
            yield state
        finally:
            state.stopping.set()
            with suppress(OSError):
                server.shutdown()
            thread.join()


def _lead_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"{host}/robot/send?access_token={{token}}")
    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"{host}/cgi-bin/webhook/send?key={{key}}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", f"{host}/open-apis/bot/v2/hook/{{token}}/")
    monkeypatch.setattr(NotifyLark, "notify_url", f"{host}/open-apis/bot/v2/hook/")
    monkeypatch.setattr(NotifySlack, "webhook_url", f"{host}/services")
    monkeypatch.setattr(teams, "URL", teams.URL.replace("https://", "http://"))


def texts(payload: Any) -> list[str]:
    """Every text of a payload, in order."""
    if isinstance(payload, str):
        return [payload]
    values = payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ()
    return [text for value in values for text in texts(value)]
