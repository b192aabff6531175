"""The MCP server over HTTP, for clients that send the token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from pydantic import SecretStr

from shopwatch.core.errors import DeclarationError

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from starlette.types import ASGIApp, Receive, Scope, Send

SHORTEST_TOKEN = 24


def serve(server: MCPServer, token: SecretStr | None, host: str, port: int) -> None:
    """Serve until interrupted, at ``/mcp``. Raises DeclarationError without a token that is long enough."""
    import uvicorn

    uvicorn.run(http_app(server, token, host), host=host, port=port, log_level="warning", server_header=False)


def http_app(server: MCPServer, token: SecretStr | None, host: str = "127.0.0.1") -> ASGIApp:
    """The server as an ASGI application that answers requests with the token, and others with 401."""
    if token is None or len(token.get_secret_value()) < SHORTEST_TOKEN:
        raise DeclarationError(
            f"SHOPWATCH_MCP_TOKEN needs {SHORTEST_TOKEN} characters or more; `openssl rand -hex 24` makes one"
        )
    app = server.streamable_http_app(stateless_http=True, json_response=True, host=host)
    wanted = f"Bearer {token.get_secret_value()}".encode()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(sent, wanted):
                headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
                return
        await app(scope, receive, send)

    return answer
