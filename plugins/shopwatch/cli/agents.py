"""``bin/shopwatch mcp``: answers for agents."""

from __future__ import annotations

import logging
import sys


def mcp() -> None:
    """Answer an agent's questions over standard input and output (Model Context Protocol); read-only."""
    from shopwatch.agents.server import make_server
    from shopwatch.core.settings import Settings

    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)  # standard output is the protocol's
    make_server(Settings()).run("stdio")
