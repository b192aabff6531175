"""Shopify's order export as shops of several countries and years have it: whatever its columns, the same totals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from files import Row, ask, csv_bytes, drop, headers, load_all, table
from shared_cases import case_file
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle

EARLY = headers(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Shipping Name,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount"
)
DOCUMENTED = [
    {
        "Lineitem compare at price": "Lineitem compare-at price",
        "Lineitem sku": "Lineitem SKU",
        "Cancelled at": "Canceled at",
        "Payment Reference": "Payment Reference (deprecated)",
    }.get(header, header)
    for header in EARLY
]
"""The headers as Shopify's own help page spells them."""
BARE = [header for header in EARLY if header not in ("Note Attributes", "Cancelled at", "Lineitem discount", "Tags")]


def order(name: str, currency: str, total: str, **cells: str) -> dict[str, str]:
    """The first line of a paid order."""
    return {
        "Name": name,
        "Email": "buyer@example.com",
        "Financial Status": "paid",
        "Paid at": "2026-11-02 17:09:34 -0300",
        "Currency": currency,
        "Total": total,
        "Created at": "2026-11-02 17:09:33 -0300",
        "Lineitem quantity": "1",
        "Lineitem name": "Mug",
        "Lineitem price": total,
        "Refunded Amount": "0",
        **cells,
    }


def load(settings: Settings, currency: str, rows: list[Row], titles: list[str] = EARLY) -> list[tuple]:
    """The orders of one file: order, total, refunded, lines and day."""
    settings.home.mkdir(exist_ok=True)
    shop = f"s: {{title: s, platform: shopify, currency: {currency}, timezone: America/Santiago}}\n"
    (settings.home / "shops.yaml").write_text(shop, "utf-8")
    drop(settings, "s/orders_export.csv", csv_bytes(table(titles, rows), "utf-8", end="\n"), "2026-11-20T01:00:00")
    load_all(settings)
    check_and_settle(settings, quietly=True)
    assert ask(settings, "select line, column_name, value, reason from quarantine") == []
    columns = "order_id, max(order_paid), max(order_refunded), count(*), min(day)::varchar, max(currency)"
    return ask(settings, f"select {columns} from order_lines group by order_id order by order_id")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", ["#1044", "1044", "AKL-1044", "#ES1044-EU", "1044 (POS)"])
def test_names_of_orders_are_kept_as_the_shop_writes_them(settings: Settings, name: str) -> None:
    found = load(settings, "CLP", [order(name, "CLP", "194038", **{"Shipping Zip": "'1930000"})])
    assert found == [(name, Decimal("194038.00"), Decimal("0.00"), 1, "2026-11-02", "CLP")]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "titles", [EARLY, DOCUMENTED, BARE, [*EARLY, *("Duties", "Payment ID", "Next Payment Due At")]]
)
def test_headers_of_every_year_give_the_same_orders(settings: Settings, titles: list[str]) -> None:
    later = {"Name": "#1001", "Lineitem quantity": "2", "Lineitem name": "Tee", "Lineitem price": "9.99"}
    later |= {"Created at": "2026-11-02 17:09:33 -0300"}
    found = load(settings, "USD", [order("#1001", "USD", "34.98"), later], titles)
    assert found == [("#1001", Decimal("34.98"), Decimal("0.00"), 2, "2026-11-02", "USD")]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("currency", "total", "paid"),
    [("INR", "1,23,456.78", "123456.78"), ("JPY", "12800", "12800.00"), ("PKR", "4500.0", "4500.00")],
)
def test_totals_of_other_countries(settings: Settings, currency: str, total: str, paid: str) -> None:
    (found,) = load(settings, currency, [order("#1006", currency, total)])
    assert found[1] == Decimal(paid)


@pytest.mark.slow
def test_a_paid_order_without_a_time_of_payment_lies_on_the_day_of_the_order(settings: Settings) -> None:
    untimed = order("#1", "USD", "10.00", **{"Paid at": "", "Created at": "2026-11-01 23:30:00 -0300"})
    (found,) = load(settings, "USD", [untimed])
    assert found[4] == "2026-11-01"


def test_notes_of_several_lines_with_quotes_shift_nothing(settings: Settings) -> None:
    note = 'Please ring "twice",\nthen wait.\r\n\nThanks, #1002'
    rows = [order("#1001", "USD", "10.00", Notes=note), order("#1002", "USD", "20.00", Notes='""')]
    assert [row[:2] for row in load(settings, "USD", rows)] == [
        ("#1001", Decimal("10.00")),
        ("#1002", Decimal("20.00")),
    ]


def test_a_real_export_with_empty_columns_of_fulfilment(settings: Settings) -> None:
    settings.home.mkdir()
    shop = "s: {title: s, platform: shopify, currency: USD, timezone: America/Los_Angeles}\n"
    (settings.home / "shops.yaml").write_text(shop, "utf-8")
    drop(settings, "s/orders_export_1.csv", case_file("shopify_blank_sku/orders_export_1.csv"), "2026-11-20T01:00:00")
    load_all(settings)
    assert ask(settings, "select rows_read, rows_loaded, rows_quarantined from loads") == [(40, 40, 0)]
    assert ask(settings, "select sum(order_paid) from incoming.shopify_orders") == [(Decimal("2639.48"),)]


def test_a_list_without_subtotal_is_rejected(settings: Settings) -> None:
    """Taxes may be within prices or on top of them, so nothing else tells the money for the goods."""
    titles = [title for title in EARLY if title != "Subtotal"]
    rows = [order("#1", "EUR", "105.00", Taxes="16.77", Shipping="5.00")]
    drop(settings, "qinghe/orders_export.csv", csv_bytes(table(titles, rows), "utf-8"))
    (loaded,) = load_all(settings).values()
    assert loaded.rejected == 1
    assert "Subtotal" in loaded.reasons[0]
