"""The shops that are watched: ``include/shops.yaml``, or ``shops.yaml`` in the home folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shopwatch.declared import ContractError, explain, read_yaml
from shopwatch.nights import TIMEZONE
from shopwatch.rules.hours import Zone
from shopwatch.settings import Settings


class Shop(BaseModel):
    """One shop.

    ``targets``: metric name -> the value aimed at, in the metric's unit. ``closed``: weekdays on which it
    never trades, so that no export is missing on them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    title: str
    platform: str
    currency: str
    timezone: Zone = TIMEZONE
    language: Literal["zh", "en"] = "zh"
    closed: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    targets: dict[str, float] = {}


def load_shops(settings: Settings) -> dict[str, Shop]:
    """Shop name -> shop. Raises ContractError naming file and key."""
    own = settings.home / "shops.yaml"
    path: Path = own if own.exists() else settings.include / "shops.yaml"
    content = read_yaml(path)
    if not isinstance(content, dict) or not content:
        raise ContractError(f"{path}: declare at least one shop, as `name: {{title: ..., currency: ...}}`")
    try:
        return {name: Shop.model_validate({**shop, "name": name}) for name, shop in content.items()}
    except ValidationError as error:
        raise explain(path, error, Shop) from error
