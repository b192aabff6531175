"""``bin/shopwatch mcp``: answers for agents."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer


def mcp(
    port: Annotated[int | None, typer.Option(help="Answer over HTTP on this port, with SHOPWATCH_MCP_TOKEN.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    user: Annotated[str | None, typer.Option(help="Answer for the shops that this user sees on the pages.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role of the user; may be given more than once.")] = None,
) -> None:
    """Answer an agent's questions (Model Context Protocol); read-only.

    Over standard input and output, or over HTTP if a port is given.
    """
    from shopwatch.agents.http import serve
    from shopwatch.agents.server import make_server
    from shopwatch.catalog.catalog import Catalog
    from shopwatch.catalog.teams import visible_shops
    from shopwatch.core.settings import Settings

    settings = Settings()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)  # standard output is the protocol's
    shops = visible_shops(Catalog(settings).teams, user or "", role or ()) if user is not None or role else None
    server = make_server(settings, shops)
    if port is None:
        server.run("stdio")
    else:
        serve(server, settings.mcp_token, host, port)
