"""The metric files: KPIs in one shape, each with a head that defines the number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title, Unit
from shopwatch.core.sql_files import read_variants

Grain = Literal["day", "week", "month"]
OfNothing = Literal["zero", "not_applicable", "no_row"]
RELATIVE: frozenset[Unit] = frozenset({"share", "ratio", "score", "hours", "seconds"})
"""Units of what is divided by something, which may be nothing."""


class MetricHead(BaseModel):
    """The meaning of a KPI in both languages, and how its rows become periods; the published dictionary shows both.

    ``stage``: the manual's stage (1 to 7) that the KPI belongs to.

    ``grains``: entity type -> the lengths of its periods. ``value``: how the rows of a period become its value:

    - ``sum``: the sum of the numerators
    - ``ratio``: the sum of the numerators by that of the denominators
    - ``mean``: the mean of the days' ``value``, weighted by the denominator; unweighted where a day has none
    - ``last``: the numerator of the last day
    - ``given``: the ``value`` of the last day

    ``rows``: ``day`` where the SELECT gives rows of days, ``period`` where it gives those of whole periods itself.
    ``partition``: ``period`` where a row depends on the changed days, weeks or months alone, ``whole`` where it looks
    further, so that all rows of the KPI are built each night. ``inputs``: the raw tables that it needs; none for a KPI
    about other KPIs, which needs the inputs of those.

    ``shortfall``: at stake is the difference to the shop's target: in ``money``, or ``priced``, where the rows give in
    ``at_stake`` the money that the numerator brought. ``needs_denominator``: neither value nor shortfall without a
    denominator above zero. ``at_most_one``: a ratio counts as 1 where it is greater.

    ``adds_up``: whether the values of days add up to those of weeks and months, so that a running month has a pace.
    ``may_be_negative``: whether a value below zero makes sense, so that the usual band may reach below zero.
    ``nothing``: the result of a covered period without events (see ``of_nothing``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    stage: int = Field(ge=1, le=7)
    grains: dict[str, tuple[Grain, ...]] = Field(min_length=1)
    value: Literal["sum", "ratio", "mean", "last", "given"]
    rows: Literal["day", "period"] = "day"
    partition: Literal["period", "whole"] = "period"
    shortfall: Literal["money", "priced"] | None = None
    needs_denominator: bool = False
    at_most_one: bool = False
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
    def by(self) -> tuple[str, ...]:
        """The entity types that the KPI has rows of."""
        return tuple(self.grains)

    @property
    def of_nothing(self) -> OfNothing:
        """The result of a period whose exports are complete and hold no event.

        ``zero``: a real zero, which rules judge. ``not_applicable``: no value, as there is nothing to divide by.
        ``no_row``: no row, as the entity itself is in no export.
        """
        if self.nothing or self.adds_up:
            return self.nothing or "zero"
        return "not_applicable" if self.unit in RELATIVE else "no_row"


@dataclass(frozen=True)
class Metric:
    """One KPI. Its SELECT gives rows of shop, entity_type, entity, day (or grain and period_start) and numerator.

    Further columns are denominator, value, at_stake and is_unknown (the numerator is missing, and so is the period's);
    one that is left out is missing. Several rows of an entity and day add up. A row without an entity does not count.
    """

    name: str
    head: MetricHead
    sql: str

    @property
    def hash(self) -> str:
        """SHA-256 of the head and the statement."""
        return hashlib.sha256(f"{self.head!r}{self.sql}".encode()).hexdigest()


def load_metrics(include: Path) -> list[Metric]:
    """Every metric under ``include/sql/metrics``, in name order. Raises DeclarationError naming the file."""
    metrics: dict[str, Metric] = {}
    for path in sorted((include / "sql" / "metrics").glob("*.sql")):
        for name, (head, sql) in read_variants(path, MetricHead).items():
            if name in metrics:
                raise DeclarationError(f"{path}: another file declares the KPI {name}; rename one of them")
            metrics[name] = Metric(name, head, sql)
    return [metrics[name] for name in sorted(metrics)]
