"""What a chat service's answer means, and that no secret leaves the environment."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat_server import (
    CLOSE,
    DRIP,
    FLOW_SIGNATURE,
    HANG,
    SECRETS,
    SERVICES,
    SLACK_PATH,
    ChatServer,
    chat_server,
)
from shopwatch.core.settings import Settings
from shopwatch.notify.channel import Envelope
from shopwatch.notify.channels.chat import deliver
from shopwatch.notify.chats import post
from shopwatch.store.outbox import ACCEPTED, Outcome

MAIL = b"Subject: Night task failed\r\nContent-Language: en\r\n\r\nTask load failed\r\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with chat_server(monkeypatch) as running:
        yield running


def outcome(name: str, home: Path = Path("/nonexistent")) -> Outcome:
    (found,) = deliver(Envelope("k", MAIL, Settings(home=home), None), [f"chat:{name}"]).values()
    return found


@pytest.mark.parametrize(
    ("service", "answer", "state", "reason"),
    [
        ("dingtalk", (200, '{"errcode":310000,"errmsg":"keywords not in content"}'), "refused", "310000 keywords"),
        ("dingtalk", (200, '{"errcode":300005,"errmsg":"token is not exist"}'), "refused", "300005"),
        ("dingtalk", (200, '{"errcode":460101,"errmsg":"message too long"}'), "refused", "460101"),
        ("dingtalk", (200, '{"errcode":130101,"errmsg":"send too fast"}'), "waiting", "130101"),
        ("dingtalk", (200, '{"errcode":410100,"errmsg":"speed limited"}'), "waiting", "410100"),
        ("dingtalk", (200, '{"errcode":-1,"errmsg":"system busy"}'), "waiting", "-1"),
        ("dingtalk", (502, "<html>Bad gateway</html>"), "waiting", "HTTP 502"),
        ("dingtalk", (302, ""), "refused", "HTTP 302"),
        ("wecom", (200, '{"errcode":93000,"errmsg":"invalid webhook url"}'), "refused", "93000"),
        ("wecom", (200, '{"errcode":45009,"errmsg":"api freq out of limit"}'), "waiting", "45009"),
        ("wecom", (200, '{"errcode":40058,"errmsg":"exceed max length"}'), "refused", "40058"),
        ("feishu", (200, '{"code":19001,"msg":"access token invalid"}'), "refused", "19001"),
        ("feishu", (200, '{"code":19021,"msg":"sign match fail"}'), "refused", "19021"),
        ("feishu", (200, '{"code":19022,"msg":"Ip Not Allowed"}'), "refused", "19022"),
        ("feishu", (200, '{"code":19024,"msg":"Key Words Not Found"}'), "refused", "19024"),
        ("feishu", (200, '{"code":11232,"msg":"frequency limited"}'), "waiting", "11232"),
        ("feishu", (400, '{"code":9499,"msg":"too many request"}'), "waiting", "9499"),
        ("feishu", (400, '{"code":9499,"msg":"Bad Request"}'), "refused", "9499"),
        ("lark", (200, '{"code":19024,"msg":"Key Words Not Found"}'), "refused", "19024"),
        ("slack", (404, "no_service"), "refused", "HTTP 404 no_service"),
        ("slack", (403, "invalid_token"), "refused", "HTTP 403"),
        ("slack", (410, "channel_is_archived"), "refused", "HTTP 410"),
        ("slack", (429, "rate_limited"), "waiting", "HTTP 429"),
        ("slack", (500, "rollup_error"), "waiting", "HTTP 500"),
        ("teams", (200, "1"), "accepted", ""),
        ("teams", (401, "DirectApiAuthorizationRequired"), "refused", "HTTP 401"),
        ("teams", (404, "WorkflowNotFound"), "refused", "HTTP 404"),
        ("teams", (429, "slow down"), "waiting", "HTTP 429"),
    ],
)
def test_only_the_services_own_yes_is_a_delivery(
    server: ChatServer, service: str, answer: tuple[int, str], state: str, reason: str
) -> None:
    server.answer = answer
    found = outcome(f"CHAT_{service.upper()}")
    assert (found.state, found.is_uncertain) == (state, False)
    assert reason in found.reason


@pytest.mark.parametrize("service", SERVICES[:5])
def test_a_200_that_is_not_the_services_may_have_been_a_delivery(server: ChatServer, service: str) -> None:
    server.answer = (200, "<html>Please log in to the network</html>")
    found = outcome(f"CHAT_{service.upper()}")
    assert (found.state, found.is_uncertain) == ("waiting", True)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("behaviour", [HANG, DRIP, CLOSE])
def test_a_server_that_does_not_answer_costs_one_short_time_out(
    server: ChatServer, service: str, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "DEADLINE_SECONDS", 0.2)
    server.answer = behaviour
    began = time.monotonic()
    found = outcome(f"CHAT_{service.upper()}")
    assert time.monotonic() - began < 5  # seconds, on a busy machine
    assert (found.state, found.is_uncertain) == ("waiting", True)
    assert server.requests == 1


def test_a_server_that_is_away_did_certainly_not_get_the_message(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("CHAT_TEAMS", f"workflow://127.0.0.1:{port}/643e69f83c8944/{FLOW_SIGNATURE}")
    found = outcome("CHAT_TEAMS")
    assert found == Outcome("waiting", "127.0.0.1: ConnectionRefusedError: Connection refused")


def test_a_silent_port_is_a_time_out_without_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection stands in the queue of a server that never takes it: nothing of the message was read."""
    monkeypatch.setattr(post, "DEADLINE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        host, port = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex((host, port))
        with pytest.raises(OSError, match=r"no answer|timed out"):
            post.post_json(f"http://{host}:{port}/", {})
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    "address",
    [
        "dingtalk://!!secretive token",
        "https://oapi.dingtalk.com/robot/send?access_token=secretive1234",
        "mailto://secretive:password@example.com",
        "secretive1234",
        "slack://xoxb-1234-1234-secretive/#ops",
        "slack://secretive/",
        "workflow://host/secretive",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPS", address)
    with caplog.at_level(0):
        found = outcome("OPS")
    assert found.state == "refused"
    assert found.reason.startswith("OPS")
    assert "secretive" not in found.reason + caplog.text


def test_a_name_that_nobody_knows_waits_for_whoever_knows_it(server: ChatServer, tmp_path: Path) -> None:
    found = outcome("NOWHERE")
    assert found == Outcome("waiting", "NOWHERE is neither an environment variable nor a connection of Airflow")
    connections = {"NOWHERE": server.address("slack")}
    settings = Settings(home=tmp_path).with_connections(connections.get)
    assert deliver(Envelope("k", MAIL, settings, None), ["chat:NOWHERE"]) == {"chat:NOWHERE": ACCEPTED}


@pytest.mark.parametrize(
    ("service", "native"),
    [
        ("slack", f"https://hooks.slack.com/services/{SLACK_PATH}"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"),
    ],
)
def test_an_address_may_be_what_the_service_shows(
    server: ChatServer, service: str, native: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS", f" {native}\n")
    assert outcome("OPS") == ACCEPTED
    assert server.received[-1][0] == service


def test_no_log_and_no_reason_holds_a_secret(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(post, "DEADLINE_SECONDS", 0.1)
    echo = f"{'x' * 60} no robot at {{path}}"
    coded = f'{{"errcode":1,"code":1,"errmsg":"{echo}","msg":"{echo}"}}'
    reasons = []
    with caplog.at_level(0):
        for server.answer in (None, HANG, CLOSE, (500, echo), (404, echo), (200, echo), (200, coded)):
            reasons += [outcome(f"CHAT_{service.upper()}").reason for service in SERVICES]
    said = " ".join(reasons) + caplog.text
    assert "no robot at" in said
    assert "***" in said
    assert [secret for secret in SECRETS if secret in said or secret[:12] in said] == []
