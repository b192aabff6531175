"""Texts about the exports and days that a rule needs to be judged."""

from __future__ import annotations

from datetime import date
from typing import Any

from shopwatch.catalog.contracts import Contract
from shopwatch.core.i18n import Language, Words, day_ranges
from shopwatch.judge.unjudged import export_titles


def missing_export(
    row: dict[str, Any],
    names: list[str],
    days: list[date],
    contracts: dict[str, Contract],
    say: Words,
    language: Language,
) -> str:
    """Missing exports and their days; for a refund list that is present, the day on which it ends."""
    exports, last = export_titles(names, contracts, say), row["refunds_until"]
    if last and all(contracts[name].table == "refunds" for name in names) and min(days) > last:
        return say("refunds_end", exports=exports, last=f"{last:%m-%d}", days=day_ranges(days, language))
    return say("missing_export", exports=exports, days=day_ranges(days, language))


def unknown_shipping(names: list[str], days: list[date], contracts: dict[str, Contract], say: Words) -> str:
    """Reason for unknown shipping times: the days, and the exports with a column for them."""
    with_times = [name for name in names if "shipped_at" in contracts[name].columns]
    exports = export_titles(with_times, contracts, say)
    return say("shipping_unknown", exports=exports, days=day_ranges(days, say.language))


def unknown_refunds(row: dict[str, Any], contracts: dict[str, Contract], say: Words, language: Language) -> str:
    """Reason for unknown refunds: no export of them, none for these days, or a list that ends before them."""
    names, last = row["refund_exports"], row["refunds_until"]
    if not names:
        return say("refunds_nowhere")
    exports = export_titles(names, contracts, say)
    if last is None:
        return say("refunds_unknown", exports=exports)
    if after := [day for day in row["unknown_days"] if day > last]:
        return say("refunds_end", exports=exports, last=f"{last:%m-%d}", days=day_ranges(after, language))
    return say("refunds_untold", exports=exports, days=day_ranges(row["unknown_days"], language))
