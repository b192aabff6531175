"""Sensitivity of ``of: unusual``: a wanted number of alerts a month becomes a limit of the measure."""

from __future__ import annotations

from itertools import pairwise
from math import log

PERIODS_A_MONTH = {"day": 30.4, "week": 4.35}
LIMITS: dict[str, list[tuple[float, float]]] = {
    "day": [(0.005, 5.1), (0.01, 4.2), (0.02, 3.4), (0.04, 2.7), (0.08, 2.1), (0.16, 1.6), (0.3, 1.1)],
    "week": [(0.005, 7.6), (0.01, 6.1), (0.02, 4.9), (0.04, 3.8), (0.08, 2.9), (0.16, 2.1), (0.3, 1.4)],
}
"""Share of ordinary periods farther than the limit from what is usual, on either side: measured on generated series
without anomalies by ``scripts/bench_unusual.py --limits``, as its wilder ones have it and a little above: real
series have heavier tails (docs/performance.md). Weeks are compared with fewer periods, so their limits are wider.
"""


def limit_for(grain: str, alerts_a_month: float, sides: int) -> float:
    """Distance from the usual, in usual spreads, that ordinary periods exceed about this often on 1 or 2 ``sides``.

    Raises ValueError if the number is outside the range that was measured.
    """
    shares = LIMITS[grain]
    share = alerts_a_month / PERIODS_A_MONTH[grain] * 2 / sides
    for (share_before, limit_before), (share_after, limit_after) in pairwise(shares):
        if share_before <= share <= share_after:
            part = log(share / share_before) / log(share_after / share_before)
            return round(limit_before + part * (limit_after - limit_before), 2)
    least, most = (shares[at][0] * PERIODS_A_MONTH[grain] * sides / 2 for at in (0, -1))
    raise ValueError(f"alerts_a_month: write a number from {least:.2g} to {most:.2g} for a rule by {grain}")
