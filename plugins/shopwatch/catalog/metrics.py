"""Metric files: every KPI in one shape, with a head that defines it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title, Unit, money, quantity
from shopwatch.core.sql_files import read_variants

Grain = Literal["day", "week", "month"]
WithoutEvents = Literal["zero", "not_applicable", "no_row"]
GROUP = "group"
"""Entity type of the KPIs of a group of shops (`catalog.groups`)."""
ADDED_OVER_SHOPS = ("sum", "ratio", "mean")
"""Roll-ups that hold for several shops together as they do for several days."""
RELATIVE: frozenset[Unit] = frozenset({"share", "ratio", "score", "hours", "seconds"})
"""Units of quotients, whose denominator may be zero."""


class MetricHead(Declaration):
    """Definition of a KPI in both languages, and its roll-up to periods; the published dictionary shows both.

    ``stage``: stage of the manual, 1 to 7. ``grains``: entity type -> period lengths.
    ``value``: roll-up of a period's rows:

    - ``sum``: sum of the numerators
    - ``ratio``: sum of the numerators divided by the sum of the denominators
    - ``mean``: mean of the daily ``value``, weighted by the denominator; unweighted if a day has none
    - ``last``: numerator of the last day
    - ``given``: ``value`` of the last day

    ``rows``: grain of the SELECT, ``day``, or ``period`` if it returns whole periods itself.
    ``partition``: ``period`` if a row depends only on its changed days, weeks or months; ``onward`` if it depends on
    earlier ones as well, so that all periods from the first changed day on are rebuilt; ``whole`` if it looks further,
    so that all rows are rebuilt. ``inputs``: raw tables; empty for a KPI on other KPIs, which inherits
    theirs. ``entity_input``: input that is known or not for each entity: where a row ``is_unknown``, rules are blocked
    for its entity alone. ``covered_by``: entity type -> the KPI whose inputs its rows need instead, as where the shop's
    own rows come from another report than those of its products.

    ``shortfall``: the amount at stake is the gap to the shop's target: in ``money``, or ``priced``, with ``at_stake``
    as the money that the numerator brought in. ``needs_denominator``: no value and no shortfall unless the denominator
    is above zero. ``at_most_one``: a ratio above 1 counts as 1.

    ``adds_up``: daily values add up to weeks and months, so that a running month has a pace.
    ``may_be_negative``: values below zero make sense, so the usual band may extend below zero.
    ``nothing``: result of a covered period without events (see ``without_events``).
    """

    title: Title
    stage: int = Field(ge=1, le=7)
    grains: dict[str, tuple[Grain, ...]] = Field(min_length=1)
    value: Literal["sum", "ratio", "mean", "last", "given"]
    rows: Literal["day", "period"] = "day"
    partition: Literal["period", "onward", "whole"] = "period"
    shortfall: Literal["money", "priced"] | None = None
    needs_denominator: bool = False
    at_most_one: bool = False
    adds_up: bool = False
    may_be_negative: bool = False
    nothing: WithoutEvents | None = None
    unit: Unit
    direction: Literal["up", "down"]
    inputs: tuple[str, ...]
    covered_by: dict[str, str] = {}
    entity_input: Literal["goods_costs"] | None = Field(None, repr=False)  # no part of the hash: it changes no number
    parts: Literal["money"] | None = Field(None, repr=False)
    """Unit of numerator and denominator; no part of the hash."""
    numerator: Title
    denominator: Title
    definition: Title
    caveat: Title
    at_stake: Title
    source: str
    evidence: str | None = Field(None, repr=False)  # no part of the hash: it changes no number
    """Name of the rows to look at (``include/sql/evidence``)."""

    @property
    def by(self) -> tuple[str, ...]:
        """Entity types of the KPI's rows."""
        return tuple(self.all_grains)

    @property
    def all_grains(self) -> dict[str, tuple[Grain, ...]]:
        """``grains``, and those of groups of shops, if the KPI of several shops is that of all their rows."""
        if "shop" not in self.grains or self.value not in ADDED_OVER_SHOPS:
            return self.grains
        return self.grains | {GROUP: self.grains["shop"]}

    @property
    def has_money(self) -> tuple[bool, bool]:
        """Whether the numerator and the denominator are amounts, so that a group converts them."""
        return self.unit == "money" or self.parts == "money", self.parts == "money"

    @property
    def without_events(self) -> WithoutEvents:
        """Result of a period with complete exports and no event.

        ``zero``: a true zero, judged by rules. ``not_applicable``: no value, because the denominator is zero.
        ``no_row``: no row, because the entity is in no export.
        """
        if self.nothing or self.adds_up:
            return self.nothing or "zero"
        return "not_applicable" if self.unit in RELATIVE else "no_row"

    @property
    def has_parts(self) -> bool:
        """True if numerator and denominator tell a reader where the value comes from.

        Those of a weighted mean do not: nobody counts in persons times seconds.
        """
        return self.value != "mean" and self.unit not in ("hours", "seconds", "score")

    def part_texts(self, numerator: Decimal | None, denominator: Decimal | None, currency: str) -> tuple[str, str]:
        """Numerator and denominator for readers, amounts with their currency."""
        of_money = self.parts == "money"
        return (
            money(numerator, currency) if of_money or self.unit == "money" else quantity(numerator),
            money(denominator, currency) if of_money else quantity(denominator),
        )


@dataclass(frozen=True)
class Metric:
    """One KPI. Its SELECT returns shop, entity_type, entity, day (or grain and period_start) and numerator.

    Optional columns are denominator, value, at_stake and is_unknown (the numerator is missing, hence the period's too);
    an omitted one is missing. Rows of the same entity and day add up. Rows without an entity are ignored.
    """

    name: str
    head: MetricHead
    sql: str

    def covered_by(self, entity_type: str) -> str:
        """KPI whose inputs rows of this entity type need: the KPI itself unless its head names another."""
        return self.head.covered_by.get("shop" if entity_type == GROUP else entity_type, self.name)

    @property
    def hash(self) -> str:
        """SHA-256 of head and statement."""
        return hashlib.sha256(f"{self.head!r}{self.sql}".encode()).hexdigest()


def load_metrics(include: Path) -> list[Metric]:
    """Metrics under ``include/sql/metrics``, sorted by name. Raises DeclarationError naming the file."""
    metrics: dict[str, Metric] = {}
    for path in sorted((include / "sql" / "metrics").glob("*.sql")):
        for name, (head, sql) in read_variants(path, MetricHead).items():
            if name in metrics:
                raise DeclarationError(f"{path}: another file declares the KPI {name}; rename one of them")
            metrics[name] = Metric(name, head, sql)
    return [metrics[name] for name in sorted(metrics)]
