"""The MCP server over HTTP answers whoever has the token, and for the shops of a user only."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from pydantic import SecretStr
from starlette.testclient import TestClient

from night_tools import Demo, ask
from shopwatch.agents.http import http_app
from shopwatch.agents.server import make_server
from shopwatch.cli.agents import mcp
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from watching import include_with

TOKEN = SecretStr("0123456789abcdef01234567")
SHOP = frozenset({"qinghe"})
DAYS = {"grain": "week", "first": "2026-09-01", "last": "2026-11-30"}


@pytest.fixture
def settings(demo: Demo) -> Settings:
    return Settings(home=demo.home)


@contextmanager
def served(settings: Settings, shops: frozenset[str] | None = None) -> Iterator[str]:
    """Address of a running server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        app = http_app(make_server(settings, shops), TOKEN)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            running.join()


def call(address: str, tool: str, **arguments: Any) -> Any:
    """Result of one call, or its error as text; without a tool: the names of all tools."""

    async def ask_server() -> Any:
        headers = {"Authorization": f"Bearer {TOKEN.get_secret_value()}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            if not tool:
                return {one.name for one in (await client.list_tools()).tools}
            result = await client.call_tool(tool, arguments)
            return result.content[0].text if result.is_error else result.structured_content

    return asyncio.run(ask_server())


def test_the_numbers_are_the_published_ones(settings: Settings) -> None:
    with served(settings) as address:
        rows = call(address, "query_kpi", metric="revenue", **DAYS)["rows"]
        counted = call(address, "run_sql", sql="select count(*) as orders from marts.fct_order")["rows"]
    published = ask(
        settings.published,
        "select shop, value from kpi.fct_kpi where metric = 'revenue' and grain = 'week' and entity_type = 'shop' "
        "and period_start >= '2026-09-01'",
    )
    assert sorted((row["shop"], row["value"]) for row in rows) == sorted(published) != []
    assert counted == [{"orders": ask(settings.published, "select count(*) from marts.fct_order")[0][0]}]


@pytest.mark.parametrize("sent", [None, "Bearer", "Bearer 0123456789abcdef01234568", "Basic 0123456789abcdef01234567"])
def test_nobody_is_answered_without_the_token(sent: str | None, settings: Settings) -> None:
    with served(settings) as address:
        for path in ("/mcp", "/", "/openapi.json"):
            answer = httpx2.post(
                address.replace("/mcp", path), headers={"Authorization": sent} if sent else {}, json={"method": "ping"}
            )
            assert (answer.status_code, answer.content) == (401, b"")


def test_a_user_of_one_shop_is_answered_for_it_alone(settings: Settings) -> None:
    with served(settings, SHOP) as address:
        assert "run_sql" not in call(address, "")
        rows = call(address, "query_kpi", metric="revenue", **DAYS)["rows"]
        alerts = call(address, "list_open_alerts")["rows"]
        refused = call(address, "query_kpi", metric="revenue", shop="mumian", **DAYS)
        others = ask(settings.published, "select key from ops.alerts where shop != 'qinghe' and state = 'firing'")
        hidden = call(address, "explain_alert", key=others[0][0])
    assert {row["shop"] for row in rows} == {row["shop"] for row in alerts} == {"qinghe"}
    assert "unknown shop `mumian`" in refused
    assert "there is no alert" in hidden


@pytest.mark.parametrize(("address", "scheme"), [("https://mcp.example.com", "Bearer"), ("http://10.0.0.7", "bearer")])
def test_it_answers_behind_a_proxy_with_a_host_of_its_own(address: str, scheme: str, tmp_path: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}
    headers = {
        "Accept": "application/json, text/event-stream",
        "Authorization": f"{scheme} {TOKEN.get_secret_value()}",
        "Origin": address,
    }
    with TestClient(http_app(make_server(Settings(home=tmp_path)), TOKEN), base_url=address) as client:
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        answer = client.post("/mcp", json=message, headers=headers)
    assert (answer.status_code, answer.json()["result"]["serverInfo"]["name"]) == (200, "shopwatch")


@pytest.mark.parametrize(("user", "shops"), [("", frozenset()), ("lin", SHOP), ("wu", frozenset()), (None, None)])
def test_a_user_without_a_name_is_no_user_of_all_shops(
    user: str | None, shops: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = "- {team: 运营, owners: [运营], to: [a@example.com], shops: [qinghe], users: [lin]}\n"
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(include_with(tmp_path, routes=route)))
    answered_for: list[object] = []
    monkeypatch.setattr(MCPServer, "run", lambda *_: None)
    monkeypatch.setattr("shopwatch.agents.server.PublishedFile", lambda *known: answered_for.append(known[-1]))
    mcp(user=user)
    assert answered_for == [shops]


@pytest.mark.parametrize(("body", "pause", "status"), [(b"x" * 1_000_001, 0, 413), (b"{", 2, 408), (b"{", 0, 400)])
def test_a_request_has_a_size_and_a_time(body: bytes, pause: float, status: int, tmp_path: Path) -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": body, "more_body": bool(pause)}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer " + TOKEN.get_secret_value().encode()), (b"host", b"x")]
    headers += [(b"content-type", b"application/json"), (b"accept", b"application/json, text/event-stream")]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": headers, "query_string": b""}

    async def ask_server() -> None:
        app = http_app(server := make_server(Settings(home=tmp_path)), TOKEN, seconds=0.2)
        async with server.session_manager.run():
            await app(scope, receive, send)

    asyncio.run(ask_server())
    assert sent[0]["status"] == status


@pytest.mark.parametrize("token", [None, SecretStr(""), SecretStr("short")])
def test_a_token_is_needed_to_start(token: SecretStr | None, settings: Settings) -> None:
    with pytest.raises(DeclarationError, match="SHOPWATCH_MCP_TOKEN needs 24 characters or more"):
        http_app(make_server(settings), token)
