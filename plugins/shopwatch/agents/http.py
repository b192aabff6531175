"""The MCP server over HTTP, for clients that send the token."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING

from pydantic import SecretStr

from shopwatch.core.errors import DeclarationError

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST_TOKEN = 24
MOST_BYTES = 1_000_000  # of a request
SECONDS = 20.0  # for a request to arrive
MOST_CONNECTIONS = 100


def serve(server: MCPServer, token: SecretStr | None, host: str, port: int) -> None:
    """Serve until interrupted, at ``/mcp``. Raises DeclarationError without a token that is long enough."""
    import uvicorn

    uvicorn.run(
        http_app(server, token),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
    )


def http_app(server: MCPServer, token: SecretStr | None, seconds: float = SECONDS) -> ASGIApp:
    """The server as an ASGI application that answers requests with the token, and others with 401.

    A request that is too large gets 413, one that does not arrive within ``seconds`` 408.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    if token is None or len(token.get_secret_value()) < SHORTEST_TOKEN:
        raise DeclarationError(
            f"SHOPWATCH_MCP_TOKEN needs {SHORTEST_TOKEN} characters or more; `openssl rand -hex 24` makes one"
        )
    # A proxy passes its own host on. The token keeps out what a check of the host would: pages of other sites lack it.
    any_host = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server.streamable_http_app(stateless_http=True, json_response=True, transport_security=any_host)
    wanted = token.get_secret_value().encode()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        scheme, _, sent = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(sent.strip(), wanted):
            await _refuse(send, 401, (b"www-authenticate", b"Bearer"))
            return
        try:
            body = await asyncio.wait_for(_read(receive), seconds)
        except TimeoutError:
            await _refuse(send, 408, (b"connection", b"close"))
        except _TooLargeError:
            await _refuse(send, 413, (b"connection", b"close"))
        else:
            await app(scope, _again(body, receive), send)

    return answer


class _TooLargeError(Exception):
    """A request with more than MOST_BYTES."""


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise _TooLargeError
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """ASGI receive function that replays the body already read, then passes on later messages."""
    waiting = [body]

    async def receive_again() -> Message:
        return {"type": "http.request", "body": waiting.pop(), "more_body": False} if waiting else await receive()

    return receive_again


async def _refuse(send: Send, status: int, header: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [header, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
