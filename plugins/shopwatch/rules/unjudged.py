"""The periods since an alert was last judged, in words: which they are, why, and which export is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from shopwatch.exports.contract import Contract, load_contracts
from shopwatch.texts import Language, Words, day_ranges, period_label, words

MOST = 3
"""So many groups of periods are written out."""


def export_titles(exports: Iterable[str], contracts: Mapping[str, Contract], say: Words) -> str:
    """``Tmall order list / Tmall order details``: the titles of exports of which one would do."""
    titles = (getattr(contracts[name].title, say.language) for name in exports if name in contracts)
    return " / ".join(dict.fromkeys(titles))


def why_unjudged(
    reason: str, days: Sequence[date], exports: Iterable[str], contracts: Mapping[str, Contract], say: Words
) -> str:
    """``no Shopify orders for 09-15..09-20``, ``too few to judge``; ``reason`` is the judge's."""
    titles = export_titles(exports, contracts, say)
    if reason == "missing_days" and titles:
        if not days:
            return say("unjudged_lacking", exports=titles)
        return say("unjudged_missing", exports=titles, days=day_ranges(days, say.language))
    key = f"reason_{reason}"
    return say(key) if key in say else reason


def unjudged_since(
    periods: Iterable[Mapping[str, Any]], grain: str, contracts: Mapping[str, Contract], say: Words
) -> str:
    """``since then not judged: W38, W39 (no Shopify orders for 09-15..09-27)``; empty where every period was judged.

    ``periods`` as in ``ops.episodes``: oldest first, with ``period_start``, ``reason``, ``missing_days`` and
    ``missing_exports``. Those with the same cause are one group.
    """
    parts = []
    for (reason, exports), group in groupby(periods, key=lambda one: (one["reason"], tuple(one["missing_exports"]))):
        same = list(group)
        first, last = (period_label(one["period_start"], grain) for one in (same[0], same[-1]))
        label = first if len(same) == 1 else say("span", first=first, last=last)
        days = sorted({day for one in same for day in one["missing_days"]} if grain != "day" else ())
        parts.append(say("unjudged_part", periods=label, why=why_unjudged(reason, days, exports, contracts, say)))
    if not parts:
        return ""
    more = [say("unjudged_more")] if len(parts) > MOST else []
    return say("unjudged_since", parts=say("comma_of_list").join([*parts[:MOST], *more]))


def unjudged_of(include: Path, alert: Mapping[str, Any], language: Language) -> str:
    """As `unjudged_since`, of a row of ``review.weekly_alerts``."""
    if not alert["unjudged"]:
        return ""
    return unjudged_since(alert["unjudged"], alert["grain"], load_contracts(include), words(include, language))
