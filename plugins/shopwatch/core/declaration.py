"""Base of what a shop or the library declares in YAML."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Declaration(BaseModel):
    """Part of a declaration: an unknown key is a fault, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
