"""Texts about the periods since an alert was last judged: the periods, the reason and the missing export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract
from shopwatch.core.i18n import Language, Words, day_ranges, period_label, words

MOST = 3
"""Maximum number of groups of periods that are written out."""


def export_titles(exports: Iterable[str], contracts: Mapping[str, Contract], say: Words) -> str:
    """Titles of alternative exports, any of which suffices: ``Tmall order list / Tmall order details``."""
    titles = (contracts[name].title.of(say.language) for name in exports if name in contracts)
    return " / ".join(dict.fromkeys(titles))


class Gap(NamedTuple):
    """Missing days of a period, as in ``ops.missing_periods``.

    On ``short_days`` the ``short_exports`` hold less than half of their usual rows; on the other ``missing_days`` all
    of ``missing_exports`` are absent.
    """

    missing_days: Sequence[date]
    missing_exports: Sequence[str] = ()
    short_days: Sequence[date] = ()
    short_exports: Sequence[str] = ()

    @classmethod
    def of(cls, period: Mapping[str, Any]) -> Gap:
        return cls(*(period[name] for name in cls._fields))

    @property
    def absent_days(self) -> list[date]:
        """Days without any export."""
        return sorted(set(self.missing_days) - set(self.short_days))

    def half_lists(self, contracts: Mapping[str, Contract], say: Words) -> str:
        """Text about exports with half a list, and their days; empty if there are none."""
        if not self.short_days:
            return ""
        titles = export_titles(self.short_exports, contracts, say)
        return say("half_a_list", exports=titles, days=day_ranges(self.short_days, say.language))


def why_unjudged(reason: str, gap: Gap, contracts: Mapping[str, Contract], say: Words, *, dated: bool = True) -> str:
    """``no Shopify orders for 09-15..09-20``, ``too few to judge``; ``reason`` is the judge's code.

    Without ``dated`` the days of absent exports are left out, as where the period is that day.
    """
    if reason == "missing_days":
        causes = (gap.half_lists(contracts, say), _absent(gap, contracts, say, dated=dated))
        if any(causes):
            return say("semicolon").join(filter(None, causes))
    key = f"reason_{reason}"
    return say(key) if key in say else reason


def _absent(gap: Gap, contracts: Mapping[str, Contract], say: Words, *, dated: bool) -> str:
    titles = export_titles(gap.missing_exports, contracts, say)
    if not titles or not gap.absent_days:
        return ""
    if not dated:
        return say("unjudged_lacking", exports=titles)
    return say("unjudged_missing", exports=titles, days=day_ranges(gap.absent_days, say.language))


def unjudged_since(
    periods: Iterable[Mapping[str, Any]], grain: str, contracts: Mapping[str, Contract], say: Words
) -> str:
    """``since then not judged: 09-14..09-27 (no Shopify orders for 09-15..09-27)``; empty if every period was judged.

    ``periods`` as in ``ops.episodes``: oldest first, with ``period_start``, ``reason`` and the fields of `Gap`.
    Consecutive periods with the same cause form one group.
    """
    parts = []
    for (reason, exports, short_exports), group in groupby(periods, key=_cause):
        same = list(group)
        label = _label(same[0]["period_start"], same[-1]["period_start"], grain, say)
        gap = Gap(_days(same, "missing_days"), exports, _days(same, "short_days"), short_exports)
        why = why_unjudged(reason, gap, contracts, say, dated=grain != "day")
        parts.append(say("unjudged_part", periods=label, why=why))
    if not parts:
        return ""
    return say("unjudged_since", parts=say.first_of(parts, MOST))


def _label(first: date, last: date, grain: str, say: Words) -> str:
    """The periods from the first to the last; weeks by their days: ``09-14 至 09-27``."""
    if grain == "week":
        return say("span", first=f"{first:%m-%d}", last=f"{last + timedelta(days=6):%m-%d}")
    labels = [period_label(one, grain) for one in (first, last)]
    return labels[0] if first == last else say("span", first=labels[0], last=labels[1])


def _cause(period: Mapping[str, Any]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return period["reason"], tuple(period["missing_exports"]), tuple(period["short_exports"])


def _days(periods: Iterable[Mapping[str, Any]], kind: str) -> list[date]:
    return sorted({day for period in periods for day in period[kind]})


def unjudged_of(catalog: Catalog, alert: Mapping[str, Any], language: Language) -> str:
    """`unjudged_since` of a row of ``review.weekly_alerts``."""
    if not alert["unjudged"]:
        return ""
    return unjudged_since(alert["unjudged"], alert["grain"], catalog.contracts, words(catalog.include, language))
