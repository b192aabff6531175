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

    uvicorn.run(http_app(server, token), host=host, port=port, log_level="warning", server_header=False)


def http_app(server: MCPServer, token: SecretStr | None) -> ASGIApp:
    """The server as an ASGI application that answers requests with the token, and others with 401."""
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
        if scope["type"] == "http":
            scheme, _, sent = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(sent.strip(), wanted):
                headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
                return
        await app(scope, receive, send)

    return answer
