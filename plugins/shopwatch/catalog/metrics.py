"""The metric files: one KPI each, in one shape, with a head that says what the number means."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shopwatch.core.i18n import Title, Unit
from shopwatch.core.sql_files import read_head

OfNothing = Literal["zero", "not_applicable", "no_row"]
RELATIVE: frozenset[Unit] = frozenset({"share", "ratio", "score", "hours", "seconds"})
"""Units of what is divided by something, which may be nothing."""


class MetricHead(BaseModel):
    """What a KPI means, in both languages; the published dictionary is made from it.

    ``stage``: of the manual's seven, the one that the KPI belongs to. ``by``: the entity types that it has rows
    of. ``partition``: ``period`` where a row depends on the touched days, weeks or months alone, ``whole`` where
    it looks further, so that all of its rows are made anew each night. ``inputs``: the raw tables that it needs, none
    where it is about another KPI and needs what that one does. ``adds_up``: whether the values of days
    add up to those of weeks and months, so that a running month has a pace. ``may_be_negative``: whether a value
    below zero makes sense, so that what is usual may reach below it. ``nothing``: what a covered period in which
    nothing happened shows (see ``of_nothing``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    stage: int = Field(ge=1, le=7)
    by: tuple[str, ...] = Field(min_length=1)
    partition: Literal["period", "whole"] = "period"
    adds_up: bool = False
    may_be_negative: bool = False
    nothing: OfNothing | None = None
    unit: Unit
    direction: Literal["up", "down"]
    inputs: tuple[str, ...]
    numerator: Title
    denominator: Title
    definition: Title
    caveat: Title
    at_stake: Title
    source: str

    @property
    def of_nothing(self) -> OfNothing:
        """What a period shows whose exports are all there and tell of nothing.

        ``zero``: a real zero, which rules judge. ``not_applicable``: no value, as there is nothing to divide by.
        ``no_row``: nothing at all, as the thing itself is in no export.
        """
        if self.nothing or self.adds_up:
            return self.nothing or "zero"
        return "not_applicable" if self.unit in RELATIVE else "no_row"


@dataclass(frozen=True)
class Metric:
    """One metric file. Its SELECT gives shop, entity_type, entity, grain, period_start, numerator,
    denominator, value, at_stake for the touched days, weeks or months, or whole."""

    name: str
    head: MetricHead
    sql: str

    @property
    def hash(self) -> str:
        """Of all that the number depends on here: the head and the statement."""
        return hashlib.sha256(f"{self.head!r}{self.sql}".encode()).hexdigest()


def load_metrics(include: Path) -> list[Metric]:
    """Every metric under ``include/sql/metrics``, in name order. Raises DeclarationError naming the file."""
    metrics = []
    for path in sorted((include / "sql" / "metrics").glob("*.sql")):
        head, sql = read_head(path, MetricHead)
        metrics.append(Metric(path.stem, head, sql))
    return metrics
