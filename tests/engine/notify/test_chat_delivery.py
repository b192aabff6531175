"""Chats through the outbox: each group once, a failing one delays no other, and a given-up one is reported."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from chat_server import HANG, SECRETS, SERVICES, ChatServer, chat_server
from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.main import app
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.notify.chats import post
from shopwatch.notify.delivery import deliver_due
from shopwatch.store import outbox
from shopwatch.store.tables import OutboxMail, Recipient, open_store
from watching import include_with

NIGHT = date(2026, 11, 13)
START = datetime(2026, 11, 14, 0, 0)
CHATS = [f"chat:CHAT_{service.upper()}" for service in SERVICES]
ROUTES = """
- {team: Ops, owners: [商品], shops: [mumian], language: zh, channels: {chat: [CHAT_DINGTALK, CHAT_WECOM]}}
- {team: Data, data: true, language: en, channels: {chat: [CHAT_SLACK]}}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with chat_server(monkeypatch) as running:
        yield running


@pytest.fixture
def home_settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", include=include_with(tmp_path, routes=ROUTES))


def write(settings: Settings, *recipients: str) -> None:
    content = b"From: watch@example.com\r\nSubject: k\r\nContent-Language: zh\r\n\r\nx\r\n"
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        outbox.post(session, OutboxMail(key="k", team="Ops", night=NIGHT, content=content), recipients)


def states(settings: Settings, key: str = "k") -> dict[str, str]:
    with open_store(settings) as engine, Session(engine) as session:
        found = session.scalars(select(Recipient).where(Recipient.mail_key == key))
        return {one.address: one.state for one in found}


def test_each_group_gets_the_message_once_beside_the_mail(server: ChatServer, home_settings: Settings) -> None:
    write(home_settings, "a@example.com", *CHATS)
    for minutes in (0, 5, 60):
        deliver_due(home_settings, at=START + timedelta(minutes=minutes))
    assert set(states(home_settings).values()) == {"accepted"}
    assert sorted(service for service, _ in server.received) == [
        "dingtalk",
        "feishu",
        "feishu",
        "slack",
        "teams",
        "wecom",
    ]
    assert len(list(home_settings.outbox.glob("*.eml"))) == 1


def test_a_refusal_is_reported_to_the_data_team_and_not_tried_again(
    server: ChatServer, home_settings: Settings
) -> None:
    write(home_settings, "chat:CHAT_DINGTALK")
    server.answer = (200, '{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}')
    deliver_due(home_settings, at=START)
    server.answer = None
    for hours in (1, 5, 30):
        deliver_due(home_settings, at=START + timedelta(hours=hours))
    assert states(home_settings) == {"chat:CHAT_DINGTALK": "refused"}
    [(service, notice)] = server.received
    assert service == "slack"
    said = json.dumps(notice)
    assert "CHAT_DINGTALK" in said
    assert "310000 ip 1.2.3.4 not in whitelist" in said


def test_throttling_backs_off_until_the_service_accepts(server: ChatServer, home_settings: Settings) -> None:
    write(home_settings, "chat:CHAT_WECOM")
    server.answer = (200, '{"errcode":45009,"errmsg":"api freq out of limit"}')
    tried = []
    for minutes in (0, 4, 5, 14, 15, 34, 35, 74, 75):
        before = server.requests
        deliver_due(home_settings, at=START + timedelta(minutes=minutes))
        if server.requests > before:
            tried.append(minutes)
    assert tried == [0, 5, 15, 35, 75]
    server.answer = None
    deliver_due(home_settings, at=START + timedelta(minutes=155))
    assert states(home_settings) == {"chat:CHAT_WECOM": "accepted"}
    assert len(server.received) == 1


def test_a_hanging_service_holds_up_no_other_and_is_not_repeated_for_ever(
    server: ChatServer, home_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "DEADLINE_SECONDS", 0.1)
    write(home_settings, "a@example.com", "chat:CHAT_DINGTALK")
    server.answer, server.keeps = HANG, True
    deliver_due(home_settings, at=START)
    assert states(home_settings) == {"a@example.com": "accepted", "chat:CHAT_DINGTALK": "waiting"}
    for hours in (1, 2, 3, 80):
        deliver_due(home_settings, at=START + timedelta(hours=hours))
    assert states(home_settings)["chat:CHAT_DINGTALK"] == "uncertain"
    assert sum(service == "dingtalk" for service, _ in server.received) == outbox.MOST_UNCERTAIN


@pytest.mark.parametrize("killed", range(2))
def test_a_process_that_is_killed_later_repeats_nothing_that_was_accepted(
    server: ChatServer, home_settings: Settings, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    class KilledError(BaseException):
        """The end of the process."""

    write(home_settings, *CHATS[:3])
    original, calls = post.post_json, 0

    def die(url: str, payload: dict[str, object]) -> post.ServiceAnswer:
        nonlocal calls
        calls += 1
        if calls == killed + 2:
            raise KilledError
        return original(url, payload)

    with monkeypatch.context() as patch:
        patch.setattr("shopwatch.notify.channels.chat.post_json", die)
        with pytest.raises(KilledError):
            deliver_due(home_settings, at=START)
    assert len(server.received) == killed + 1
    deliver_due(home_settings, at=START + timedelta(minutes=5))
    assert sorted(service for service, _ in server.received) == ["dingtalk", "feishu", "wecom"]


def test_the_store_holds_no_secret(server: ChatServer, home_settings: Settings) -> None:
    write(home_settings, *CHATS)
    for minutes, status in enumerate((200, 500, 404)):
        server.answer = (status, f"{'x' * 60} no robot at {{path}}")
        deliver_due(home_settings, at=START + timedelta(minutes=20 * minutes))
    assert set(states(home_settings).values()) == {"refused", "accepted"}
    content = b"".join(path.read_bytes() for path in home_settings.home.rglob("*") if path.is_file())
    assert b"no robot at" in content
    assert [secret for secret in SECRETS if secret.encode() in content or secret[:12].encode() in content] == []


@pytest.mark.parametrize(
    "routes",
    [
        "[{team: Data, data: true, channels: {chat: ['dingtalk://SECretive@token']}}]",
        "[{team: Data, data: true, to: ['https://hooks.slack.com/services/T/B/SECretive']}]",
    ],
)
def test_an_address_in_routes_is_refused_without_being_quoted(routes: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", include=include_with(tmp_path, routes=routes))
    with pytest.raises(DeclarationError, match=r"routes\.yaml: line 1: .*put it into a variable") as refused:
        _ = Catalog(settings).teams
    assert "SECretive" not in "".join(traceback.format_exception(refused.value))


def run(settings: Settings, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        app,
        list(arguments),
        env={"SHOPWATCH_HOME": str(settings.home), "SHOPWATCH_INCLUDE": str(settings.include)},
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_command_line_tries_each_channel_of_a_team(server: ChatServer, home_settings: Settings) -> None:
    code, said = run(home_settings, "channels", "test", "Ops")
    assert (code, said.splitlines()) == (0, ["chat   chat:CHAT_DINGTALK  accepted", "chat   chat:CHAT_WECOM  accepted"])
    assert "测试 · Ops" in server.received[0][1]["markdown"]["text"]
    server.answer = (200, '{"errcode":93000,"errmsg":"invalid webhook url"}')
    code, said = run(home_settings, "channels", "test", "Ops")
    assert code == 1, said
    assert "chat   chat:CHAT_WECOM  refused: 127.0.0.1: 93000 invalid webhook url" in said.splitlines()
    code, said = run(home_settings, "channels", "test", "Opps")
    assert code == 2
    assert "did you mean `Ops`?" in " ".join(said.split())
