"""Seeds: the tables of what a shop declares, written when a declaration changes."""

from __future__ import annotations

import duckdb
import pyarrow

from shopwatch.catalog.calendar import calendar_of, event_days, rest_days, sale_days
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.lunar import lunar_months
from shopwatch.warehouse.metric_runner import declared_metrics
from shopwatch.warehouse.written import is_news

Rows = list[dict[str, object]]
REFUND_AMOUNTS = frozenset({"refunded", "line_refunded", "order_refunded"})
PAYMENT_SIGNS = frozenset({"paid_at", "status"})
"""Columns that mark payment. An order export without any of them lists sales: all its orders count as paid."""
OF_WHOLE_SHOPS = ("shop_day", "source_day")  # inputs whose daily rows add up to a shop's sessions


def write_seeds(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> set[str]:
    """Bring the tables of declarations up to date; returns those whose rows changed."""
    tables = {
        **_of_shops(catalog),
        **_of_calendar(catalog),
        "seed.lunar_months": lunar_months(),
        **_of_contracts(catalog),
        **declared_metrics(list(catalog.metrics.values())),
    }
    schema = library_sql("warehouse/seeds")
    if not is_news(con, "seed", (schema, tables)):
        return set()
    con.execute(schema)
    for table, rows in tables.items():
        if rows:
            con.from_arrow(pyarrow.Table.from_pylist(rows)).insert_into(table)
    return {table for table, rows in tables.items() if is_news(con, table, rows)}


def _of_shops(catalog: Catalog) -> dict[str, Rows]:
    shops = catalog.shops.items()
    return {
        "seed.shops": [
            {
                "shop": name,
                "title": shop.title,
                "platform": shop.platform,
                "currency": shop.currency,
                "timezone": shop.timezone,
                "language": shop.language,
                "closed_weekdays": list(shop.closed),
                "region": shop.home_region,
                "shop_group": shop.group,
                "stock_of": shop.stock_of,
            }
            for name, shop in shops
        ],
        "seed.groups": [
            {"shop": name, "title": group.title, "currency": group.currency} for name, group in catalog.groups.items()
        ],
        "seed.group_shops": [
            {"shop_group": name, "shop": shop, "first_day": group.joined.get(shop)}
            for name, group in catalog.groups.items()
            for shop in group.shops
        ],
        "seed.exchange_rates": [
            {"shop_group": name, **span._asdict()}
            for name, group in catalog.groups.items()
            for span in group.rate_spans
        ],
        "seed.targets": [
            {"shop": name, "metric": metric, "target": target}
            for name, shop in shops
            for metric, target in shop.targets.items()
        ],
        "seed.ended_ad_accounts": [
            {"shop": name, "ad_account": ad_account, "last_day": last_day}
            for name, shop in shops
            for ad_account, last_day in shop.ended_ad_accounts.items()
        ],
    }


def _of_calendar(catalog: Catalog) -> dict[str, Rows]:
    shops, events = catalog.shops, catalog.events
    regions = sorted({shop.home_region for shop in shops.values()}, key=str)
    of_days: dict[str, Rows] = {
        table: [
            {"shop": name, "day": day}
            for name, shop in shops.items()
            for day in sorted(days_of(shop.home_region, events))
        ]
        for table, days_of in (
            ("seed.rest_days", rest_days),
            ("seed.event_days", event_days),
            ("seed.sale_days", sale_days),
        )
    }
    calendar: Rows = [
        {
            "region": region,
            "event": name,
            "title_zh": event.title.zh,
            "title_en": event.title.en,
            "is_holiday": event.holiday,
            "first_day": span.first,
            "last_day": span.last,
        }
        for region in regions
        for name, event in calendar_of(region, events).items()
        for span in event.spans
    ]
    return {**of_days, "seed.calendar": calendar}


def _of_contracts(catalog: Catalog) -> dict[str, Rows]:
    contracts = catalog.contracts.values()
    return {
        "seed.standing": [
            {"input": table} for table in sorted({contract.table for contract in contracts if contract.standing})
        ],
        "seed.exports": [
            {
                "export": contract.export,
                "input": contract.feeds,
                "platform": contract.folder,
                "is_snapshot": contract.mode == "snapshot",
            }
            for contract in contracts
        ],
        "seed.session_exports": [
            {"export": contract.export, "platform": contract.folder}
            for contract in contracts
            if contract.table in OF_WHOLE_SHOPS and "sessions" in contract.columns
        ],
        "seed.shipping_exports": [
            {"export": contract.export, "platform": contract.folder}
            for contract in contracts
            if "shipped_at" in contract.columns
        ],
        "seed.line_exports": [
            {"export": contract.export, "platform": contract.folder}
            for contract in contracts
            if contract.table == "order_lines"
        ],
        "seed.absent_is_zero": [{"source": contract.export} for contract in contracts if contract.absent == "zero"],
        "seed.spanned": [
            {"source": contract.export, "input": contract.table} for contract in contracts if contract.covers_span
        ],
        "seed.money": [
            {
                "source": contract.export,
                "is_net_of_refunds": contract.money.paid == "net_of_refunds",
                "is_tax_added": contract.money.tax == "added",
                "tax_added_in": list(contract.money.tax_added_in),
                "is_refund_here": contract.money.is_refund_here,
                "has_refund_amount": not REFUND_AMOUNTS.isdisjoint(contract.columns),
                "is_sales_list": PAYMENT_SIGNS.isdisjoint(contract.columns),
                "refund_exports": [] if contract.money.is_refund_here else list(contract.money.refunds),
            }
            for contract in contracts
            if contract.money
        ],
    }
