"""The metric files: one KPI each, in one shape, with a head that says what the number means."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from shopwatch.exports.contract import ContractError, Title, explain


class MetricHead(BaseModel):
    """What a KPI means, in both languages; the published dictionary is made from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    unit: Literal["share", "ratio", "pieces", "money"]
    direction: Literal["up", "down"]
    inputs: tuple[str, ...]
    numerator: Title
    denominator: Title
    definition: Title
    caveat: Title
    at_stake: Title
    source: str


@dataclass(frozen=True)
class Metric:
    """One metric file. Its SELECT gives shop, entity_type, entity, grain, period_start, numerator,
    denominator, value, at_stake for the touched days or weeks."""

    name: str
    head: MetricHead
    sql: str

    @property
    def hash(self) -> str:
        """Of all that the number depends on here: the head and the statement."""
        return hashlib.sha256(f"{self.head!r}{self.sql}".encode()).hexdigest()


def load_metrics(include: Path) -> list[Metric]:
    """Every metric under ``include/sql/metrics``, in name order. Raises ContractError naming the file."""
    metrics = []
    for path in sorted((include / "sql" / "metrics").glob("*.sql")):
        text = path.read_text("utf-8")
        if not text.startswith("/*\n") or "*/" not in text:
            raise ContractError(f"{path}: begins with no head")
        head, sql = text[3:].split("*/", 1)
        try:
            metrics.append(Metric(path.stem, MetricHead.model_validate(yaml.safe_load(head)), sql.strip()))
        except ValidationError as error:
            raise explain(path, error) from error
    return metrics
