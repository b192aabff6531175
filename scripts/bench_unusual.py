"""Precision and recall on planted days: ``of: unusual``, ``of: deviations`` and a seasonal-naive forecast.

Series are made up: a weekday profile, growth, noise with the tails of Student's t (5 degrees of freedom) and memory
from day to day. In a copy of each, some days are halved or raised by 70%. A measure is compared at the limit at
which it reports one ordinary day (of weeks: a fifth of a week) a month, found on the series without planted days, so
that all raise the same number of false alarms there. ``--limits`` prints those of `shopwatch.catalog.sensitivity`.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.catalog.sensitivity import LIMITS, PERIODS_A_MONTH
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.evaluate import History, judge

Numbers = npt.NDArray[np.float64]
LAST = date(2026, 11, 29)
WEEKDAYS = np.array([1, 0.95, 0.95, 1, 1.1, 1.4, 1.35])
NOISES = {"calm": (0.12, 0.0), "lively": (0.2, 0.3), "wild": (0.25, 0.5)}
"""Name -> spread of the noise, and its correlation with the period before."""
PLANTED, FACTORS = 6, (0.5, 1.7)
SKIPPED = {"day": 150, "week": 30}
"""First periods of a series, which no measure is asked about."""
WANTED = {"day": 1.0, "week": 0.2}
TEXTS = {key: {"zh": "规则", "en": "rule"} for key in ("manual", "title", "message", "action")}


def made_up(rng: np.random.Generator, shops: int, periods: int, noise: tuple[float, float], grain: str) -> Numbers:
    """One row per shop, one column per period."""
    spread, memory = noise
    drawn = rng.standard_t(5, (shops, periods)) / np.sqrt(5 / 3)
    for at in range(1, periods):
        drawn[:, at] = memory * drawn[:, at - 1] + np.sqrt(1 - memory**2) * drawn[:, at]
    at = np.arange(periods)
    season = WEEKDAYS[at % 7] if grain == "day" else np.ones(periods)
    growth = 0.01 * at / (7 if grain == "day" else 1)
    values: Numbers = 1000 * season * np.exp(growth) * np.exp(spread * drawn)
    return values


def plant(rng: np.random.Generator, values: Numbers, first: int) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Copy with planted periods, and where they are."""
    changed, planted = values.copy(), np.zeros(values.shape, bool)
    for row in range(len(values)):
        for at in rng.choice(np.arange(first, values.shape[1]), PLANTED, replace=False):
            changed[row, at] *= rng.choice(FACTORS)
            planted[row, at] = True
    return changed, planted


def rule(measure: str, grain: str) -> Rule:
    """Rule by a measure; its limit does not matter here."""
    limit = {"of": measure, "outside": [-3, 3]}
    declared = {"rule": measure, "metric": "revenue", "grain": grain, "by": "shop", "owner": "运营", "breach": limit}
    return Rule.model_validate({**TEXTS, **declared})


def judged(catalog: Catalog, values: Numbers, grain: str) -> dict[str, Numbers]:
    """Measure -> what the judge compares with a limit, in the shape of ``values``; NaN where it does not judge."""
    shops, periods = values.shape
    days = 7 if grain == "week" else 1
    starts = [LAST - timedelta(days=days * (periods - at) - 1) for at in range(periods)]
    names = [f"shop {row}" for row in range(shops)]
    rows: dict[str, Any] = {
        "shop": [name for name in names for _ in starts],
        "period_start": starts * shops,
        "value": values.ravel(),
    }
    covered_by = catalog.metrics["revenue"].covered_by("shop")
    rules = [rule(measure, grain) for measure in ("unusual", "deviations")]
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(library_sql("judge/judged_tables"))
        con.from_arrow(pa.table(rows)).create("made_up")
        con.execute(
            "insert into kpi.fct_kpi by name select shop, 'revenue' as metric, 'shop' as entity_type, "
            "'shop' as entity, $2 as covered_by, $1 as grain, period_start, value as numerator, 1 as denominator, "
            "value from made_up",
            [grain, covered_by],
        )
        con.execute(
            "insert into kpi.period_coverage by name select shop, $2 as metric, $1 as grain, period_start, "
            "7 as days_expected, 7 as days_covered from made_up",
            [grain, covered_by],
        )
        judge(con, catalog, rules, LAST, [History(one.rule, name, "shop", "shop") for one in rules for name in names])
        found: dict[str, Numbers] = {}
        for one in rules:
            measured = con.execute(
                "select measured from ops.verdicts where rule = $1 order by list_position($2, shop), period_start",
                [one.rule, names],
            ).fetchnumpy()["measured"]
            found[one.rule] = np.ma.filled(measured.astype(float), np.nan).reshape(shops, periods)
    return found


def seasonal_naive(values: Numbers, grain: str) -> Numbers:
    """Difference from the period a season before, in standard deviations of the 91 days' (13 weeks') differences."""
    season, window = (7, 91) if grain == "day" else (1, 13)
    errors = np.full(values.shape, np.nan)
    errors[:, season:] = values[:, season:] - values[:, :-season]
    scores = np.full(values.shape, np.nan)
    for at in range(season + window, values.shape[1]):
        scores[:, at] = errors[:, at] / errors[:, at - window : at].std(axis=1, ddof=1)
    return scores


def scores(catalog: Catalog, values: Numbers, grain: str) -> dict[str, Numbers]:
    """Measure -> its distance from what it expects, in the shape of ``values``."""
    return {**judged(catalog, values, grain), "seasonal-naive": seasonal_naive(values, grain)}


def compare(catalog: Catalog, grain: str, shops: int, periods: int) -> None:
    """Print recall and precision of each measure at equal false alarms, for each kind of noise."""
    first, share = SKIPPED[grain], WANTED[grain] / PERIODS_A_MONTH[grain]
    for name, noise in NOISES.items():
        rng = np.random.default_rng(sum(map(ord, name + grain)))
        ordinary = made_up(rng, shops, periods, noise, grain)
        changed, planted = plant(rng, ordinary, first)
        before, after = scores(catalog, ordinary, grain), scores(catalog, changed, grain)
        for measure in before:
            limit = np.nanquantile(np.abs(before[measure][:, first:]), 1 - share)
            reported = np.abs(after[measure]) > limit
            reported[:, :first] = False
            hits = (reported & planted).sum()
            print(
                f"{grain:5}{name:8}{measure:16}limit {limit:5.2f}  recall {hits / planted.sum():4.0%}  "
                f"precision {hits / max(reported.sum(), 1):4.0%}"
            )


def print_limits(catalog: Catalog, grain: str, shops: int, periods: int) -> None:
    """Print the limits that ordinary periods exceed as often as the table says."""
    for name, noise in NOISES.items():
        values = made_up(np.random.default_rng(1), shops, periods, noise, grain)
        measured = np.abs(judged(catalog, values, grain)["unusual"][:, SKIPPED[grain] :])
        limits = [f"{share:g}: {np.nanquantile(measured, 1 - share):.1f}" for share, _ in LIMITS[grain]]
        print(f"{grain:5}{name:8}{'  '.join(limits)}")


def main() -> None:
    """Compare the measures, by day and by week."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=20)
    parser.add_argument("--limits", action="store_true", help="print the table of limits instead")
    options = parser.parse_args()
    catalog = Catalog(Settings())
    for grain, periods in (("day", 420), ("week", 160)):
        (print_limits if options.limits else compare)(catalog, grain, options.shops, periods)


if __name__ == "__main__":
    main()
