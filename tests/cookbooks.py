"""The cookbooks' blocks of code, so that tests run what readers copy."""

from __future__ import annotations

import re

from night_tools import PROJECT

FOLDER = PROJECT / "docs" / "cookbooks"


def block_of(name: str, language: str, beginning: str) -> str:
    """The one block of a cookbook that begins so."""
    text = (FOLDER / name).read_text("utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (body,) = [block for block in found if block.startswith(beginning)]
    return str(body)
