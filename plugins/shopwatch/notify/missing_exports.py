"""Texts about the exports and days that a rule needs to be judged."""

from __future__ import annotations

from datetime import date
from typing import Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.groups import ShopGroup
from shopwatch.core.i18n import Language, Words, day_ranges
from shopwatch.judge.unjudged import Gap, export_titles, why_unjudged

INPUT_TABLES = {
    "order_products": "order_lines",
    "goods_costs": "product_costs",
    "selling_costs": "selling_costs",
    "ad_spend": "ad_day",
}
"""Inputs of profit, known or not for each order, product or day, and the tables of the exports that state them."""

RATES = "exchange_rates"
"""Input of the amounts of groups of shops: the declared rates."""

ORDERS_OF = "orders_of_"
"""Inputs of KPIs that need the orders of the 30, 60 or 90 days before, too: ``orders_of_30_days``."""


def profit_exports(row: dict[str, Any], names: list[str], contracts: dict[str, Contract]) -> dict[str, list[str]]:
    """Unknown inputs of profit, in the order of `INPUT_TABLES`, each with those of ``names`` that state it."""
    return {
        kind: [name for name in names if contracts[name].table == table]
        for kind, table in INPUT_TABLES.items()
        if kind in row["missing_inputs"]
    }


def unknown_inputs(exports: dict[str, list[str]], days: list[date], contracts: dict[str, Contract], say: Words) -> str:
    """Reason for an unknown profit: what is unknown (see `profit_exports`), the days, and all exports to complete."""
    comma = say("comma_of_list")
    unknown = comma.join(say(f"unknown_{kind}") for kind in exports)
    titles = dict.fromkeys(export_titles(names, contracts, say) for names in exports.values() if names)
    return say("inputs_unknown", inputs=unknown, exports=comma.join(titles), days=day_ranges(days, say.language))


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


def missing_before(row: dict[str, Any], days: list[date], say: Words) -> str:
    """Reason for days before which orders are missing, of a KPI of so many days; empty if there is none."""
    horizons = [name for name in row["missing_inputs"] if name.startswith(ORDERS_OF)]
    if not days or not horizons:
        return ""
    count = int(horizons[0].removeprefix(ORDERS_OF).partition("_")[0])
    return say("orders_before_missing", count=count, days=day_ranges(days, say.language))


def missing_of_group(row: dict[str, Any], group: ShopGroup, catalog: Catalog, say: Words) -> str:
    """Shops of a group that lack exports, with the days, and currencies without a rate."""
    days, comma, reasons = row["missing_days"], say("comma_of_list"), []
    if row["missing_shops"]:
        titles = comma.join(catalog.titles.get(shop, shop) for shop in row["missing_shops"])
        exports = export_titles(row["missing_exports"], catalog.contracts, say) or say("exports_unnamed")
        reasons.append(say("group_lacks", shops=titles, exports=exports, days=day_ranges(days, say.language)))
    if RATES in row["missing_inputs"]:
        currencies = comma.join(group.unrated(catalog.all_shops, days))
        values = {"currencies": currencies, "currency": group.currency, "group": group.name}
        reasons.append(say("rates_missing", **values, days=day_ranges(days, say.language)))
    return say("semicolon").join(reasons) or why_unjudged(row["reason"], Gap.of(row), catalog.contracts, say)


def why_of_period(row: dict[str, Any], shop: str, catalog: Catalog, say: Words) -> str:
    """Why a period of a shop or group was not judged, with a group's shops and currencies that lack something.

    ``row``: a dumped `judge.explain.EvaluatedPeriod`, with a reason.
    """
    if (group := catalog.all_groups.get(shop)) and row["reason"] == "missing_days":
        return missing_of_group(row, group, catalog, say)
    return why_unjudged(row["reason"], Gap.of(row), catalog.contracts, say)


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
