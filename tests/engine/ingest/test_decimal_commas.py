"""Decimal commas: read where the file's numbers prove them, reported where its numbers disagree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from files import Row, ask, csv_bytes, drop, load_all, plan, table, xls_bytes, xlsx_bytes
from order_files import SHOPIFY, shopify_order
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.preview.inspect import inspect

SHOPS = "de: {title: de, platform: shopify, currency: EUR, timezone: Europe/Berlin}\n"
EUROPEAN = {"Currency": "EUR", "Created at": "2026-11-13 10:15:00", "Paid at": "2026-11-13 10:20:00"}
ORDERS = [
    *shopify_order("#1", ("A", "1", "1.234"), **EUROPEAN, Total="1.242,00", Subtotal="1.234", Shipping="8"),
    *shopify_order("#2", ("B", "2", "9,99"), **EUROPEAN, Total="19,98", Subtotal="19,98", Shipping="0"),
    *shopify_order("#3", ("C", "1", "0,125"), **EUROPEAN, Total="0,13", Subtotal="0,13", Shipping="0"),
]
for line in ORDERS:
    line.update({name: "0,00" for name in ("Taxes", "Refunded Amount", "Lineitem discount") if name in line})
TEXTS = EUROPEAN | dict.fromkeys(("Subtotal", "Taxes", "Shipping", "Refunded Amount"), "0")
READ = [
    ("#1", Decimal("1234"), Decimal("1242.00"), Decimal("1234.00")),
    ("#2", Decimal("9.99"), Decimal("19.98"), Decimal("19.98")),
    ("#3", Decimal("0.125"), Decimal("0.13"), Decimal("0.13")),
]
MONEY = "select order_id, unit_price, order_paid, order_subtotal from incoming.shopify_orders order by order_id"
TOLD = "select line, value, reason_code from quarantine order by line"
CONTAINERS: dict[str, Callable[[list[Row]], bytes]] = {
    "excel.csv": lambda rows: csv_bytes(table(SHOPIFY, rows), "utf-8-sig", delimiter=";"),
    "quoted.csv": lambda rows: csv_bytes(table(SHOPIFY, rows), "utf-8"),
    "tabs.txt": lambda rows: csv_bytes(table(SHOPIFY, rows), "utf-16", delimiter="\t"),
    "book.xlsx": lambda rows: xlsx_bytes(table(SHOPIFY, rows)),
}


def load(settings: Settings, files: dict[str, bytes], currency: str = "EUR") -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text(SHOPS.replace("EUR", currency), "utf-8")
    for name, content in files.items():
        drop(settings, f"de/{name}", content, modified="2026-11-20T01:00:00")
    load_all(settings)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", CONTAINERS)
def test_a_file_proves_its_decimal_commas(settings: Settings, name: str) -> None:
    load(settings, {name: CONTAINERS[name](ORDERS)})
    assert (ask(settings, MONEY), ask(settings, TOLD)) == (READ, [])


@pytest.mark.slow
def test_each_file_of_a_batch_has_its_own(settings: Settings) -> None:
    american = shopify_order("#4", ("D", "1", "1,234.50"), **EUROPEAN, Total="1,234.50", Subtotal="1,234.50")
    files = {"a.csv": csv_bytes(table(SHOPIFY, american), "utf-8"), "b.csv": CONTAINERS["quoted.csv"](ORDERS)}
    load(settings, files)
    price = Decimal("1234.5")
    assert (ask(settings, MONEY), ask(settings, TOLD)) == ([*READ, ("#4", price, price, price)], [])


@pytest.mark.slow
@pytest.mark.sampled(2)
@pytest.mark.parametrize("other", ["1,234", "7.50"])
def test_a_file_of_both_is_reported(settings: Settings, other: str) -> None:
    rows = [*ORDERS, *shopify_order("#5", ("E", "1", other), **EUROPEAN, Total=other, Subtotal=other)]
    load(settings, {"a.csv": CONTAINERS["quoted.csv"](rows)})
    assert [(line, code) for line, _, code in ask(settings, TOLD)] == [(line, "decimal_comma") for line in (2, 3, 4)]


@pytest.mark.slow
def test_a_leading_zero_has_no_thousands(settings: Settings) -> None:
    rows = [*shopify_order("#6", ("F", "1", "0,125"), **EUROPEAN), *shopify_order("#7", ("G", "1", "7.5"), **EUROPEAN)]
    load(settings, {"a.csv": CONTAINERS["quoted.csv"](rows)})
    assert [line for line, *_ in ask(settings, TOLD)] == [2]


@pytest.mark.slow
@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("currency", "more", "read"),
    [
        ("EUR", None, []),
        ("EUR", "7.50", ["1.23", "7.50"]),
        ("EUR", "7,50", ["1234.00", "7.50"]),
        ("KWD", None, ["1.23"]),
    ],
)
def test_a_point_before_three_digits_is_read_if_other_numbers_show_its_meaning(
    settings: Settings, currency: str, more: str | None, read: list[str]
) -> None:
    """An amount of 1.234: a thousand and more, or little more than one."""
    made = EUROPEAN | {"Currency": currency, "Taxes": "0", "Shipping": "0", "Refunded Amount": "0"}
    rows = [
        row | {"Lineitem discount": "0"}
        for number, amount in enumerate(filter(None, ("1.234", more)))
        for row in shopify_order(f"#{number}", ("A", "1", "1"), **made, Total=amount, Subtotal=amount)
    ]
    load(settings, {"a.csv": csv_bytes(table(SHOPIFY, rows), "utf-8")}, currency)
    found = ask(settings, "select order_paid from incoming.shopify_orders order by order_id")
    assert [str(paid) for (paid,) in found] == read
    assert [code for *_, code in ask(settings, TOLD)] == ([] if read else ["unclear_point"])


def test_a_point_before_ten_thousands_is_decimal(settings: Settings) -> None:
    made = EUROPEAN | {"Currency": "CNY", "Taxes": "0", "Shipping": "0", "Refunded Amount": "0"}
    rows = shopify_order("#1", ("A", "1", "1"), **made, Total="1.234万", Subtotal="1.234万")
    load(settings, {"a.csv": csv_bytes(table(SHOPIFY, rows), "utf-8")}, "CNY")
    assert ask(settings, "select order_paid from incoming.shopify_orders") == [(Decimal("12340.00"),)]


def plain_order(name: str, **cells: str) -> list[dict[str, Any]]:
    """An order of whole amounts, but for ``cells``: nothing shows what a point means."""
    (row,) = shopify_order(name, ("A", "1", "1"), **TEXTS | cells)
    return [row | {"Lineitem discount": "0"}]


def html_bytes(lines: Sequence[Sequence[str | float]]) -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in lines)
    return f"<html><meta charset=utf-8><table>{rows}</table></html>".encode()


@pytest.mark.slow
@pytest.mark.parametrize("written", [xlsx_bytes, html_bytes, lambda lines: xls_bytes(lines)])
def test_the_point_of_a_text_cell_has_to_be_proven(
    settings: Settings, written: Callable[[Sequence[Sequence[str | float]]], bytes]
) -> None:
    rows = plain_order("#1", Total="1.234") + plain_order("#2", Total="5.678")
    load(settings, {"a.xls": written(table(SHOPIFY, rows))})
    assert [code for *_, code in ask(settings, TOLD)] == ["unclear_point"] * 2


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("more", "read"), [((), ["1.23"]), (("1.234", "12"), ["1.23"]), (("1.234", "7,50"), ["1.23", "1234.00"])]
)
def test_number_cells_have_points_and_prove_nothing(settings: Settings, more: tuple[str, ...], read: list[str]) -> None:
    """The first order's amounts are number cells; ``more`` are texts, as total and as shipping."""
    rows: list[dict[str, Any]] = plain_order("#1")
    rows[0] |= {"Total": 1.234, "Subtotal": 12.5, "Shipping": 0.125}
    if more:
        rows += plain_order("#2", Total=more[0], Shipping=more[1])
    load(settings, {"a.xlsx": xlsx_bytes(table(SHOPIFY, rows))})
    found = ask(settings, "select order_paid, order_subtotal from incoming.shopify_orders order by order_id")
    assert ([str(paid) for paid, _ in found], found[0][1]) == (read, Decimal("12.50"))
    assert [code for *_, code in ask(settings, TOLD)] == ["unclear_point"] * (len(read) <= len(more) // 2)


@pytest.mark.slow
def test_other_exports_prove_them_as_well(settings: Settings) -> None:
    plans = [
        plan(1, 花费="1.234", 总成交金额="2.500,00", 展现量="5.000"),
        plan(2, 花费="10,5", 总成交金额="0", 展现量="9"),
    ]
    (settings.home / "x").mkdir(parents=True)
    path = settings.home / "x" / "plans.csv"
    path.write_bytes(csv_bytes(table(list(plans[0]), plans), "utf-8", delimiter=";"))
    seen = inspect(settings, load_contracts(PROJECT / "include"), {}, path)
    spends = [(str(row["spend"]), str(row["ad_revenue"])) for row in seen.first_rows]
    assert (seen.verdict, spends) == ("loads", [("1234.00", "2500.00"), ("10.50", "0.00")])
