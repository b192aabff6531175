"""Each contract says where its file comes from, and docs/exports.md has what each platform reports."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from shopwatch.catalog.contracts import Contract
from shopwatch.core.settings import PROJECT
from shopwatch.core.strict_yaml import read_yaml

ORDERS = ("orders", "order_lines")
PRICES = {"paid", "order_paid", "line_paid", "line_amount", "unit_price"}
REFUNDED = {"refunded", "order_refunded", "line_refunded", "refund_status"}

TELLS: dict[str, Callable[[Contract], bool]] = {
    "orders, gross": lambda c: c.table in ORDERS and not PRICES.isdisjoint(c.columns),
    "refunds": lambda c: (
        (c.table == "refunds" and "amount" in c.columns)
        or (c.table in ORDERS and not REFUNDED.isdisjoint(c.columns))
        or (c.money is not None and c.money.is_refund_here)
    ),
    "tax": lambda c: c.money is not None,
    "paid when": lambda c: c.table in ORDERS and "paid_at" in c.columns,
    "shipped when": lambda c: c.table in ORDERS and "shipped_at" in c.columns,
    "traffic": lambda c: c.table in ("product_day", "shop_day", "source_day"),
    "ads": lambda c: c.table == "ad_day",
    "stock": lambda c: c.table == "stock",
    "service": lambda c: c.table.startswith("service"),
}
"""Column of the table -> whether an export tells that."""


def contracts_by_platform() -> dict[str, list[Contract]]:
    """The contracts of each folder but that of the workbooks that people fill in."""
    found: dict[str, list[Contract]] = {}
    for path in sorted((PROJECT / "include" / "sources").rglob("*.yaml")):
        if path.parent.name != "shopwatch":
            found.setdefault(path.parent.name, []).append(Contract.model_validate(read_yaml(path)))
    return found


def table() -> tuple[list[str], dict[str, list[str]]]:
    """The titles of the columns, and folder -> cells."""
    text = (PROJECT / "docs" / "exports.md").read_text("utf-8").split("## Data by platform")[1]
    titles = re.findall(r"^\| platform \| (.+) \|$", text, re.MULTILINE)[0].split(" | ")
    rows = re.findall(r"^\| \[.+?\]\(\.\./include/sources/(\w+)\) \| (.+) \|$", text, re.MULTILINE)
    return titles, {folder: cells.split(" | ") for folder, cells in rows}


TITLES, ROWS = table()
CONTRACTS = contracts_by_platform()


def test_each_platform_has_its_row_and_each_thing_its_column() -> None:
    assert (set(ROWS), TITLES) == (set(CONTRACTS), list(TELLS))


def test_each_contract_names_its_platform_and_its_file() -> None:
    contracts = [contract for of_platform in CONTRACTS.values() for contract in of_platform]
    assert [one.export for one in contracts if not (one.listing.platform and one.listing.file)] == []


@pytest.mark.parametrize("platform", sorted(ROWS.keys() & CONTRACTS.keys()))
def test_a_row_has_a_source_for_what_is_reported_and_a_dash_for_the_rest(platform: str) -> None:
    reported = {title: any(tells(contract) for contract in CONTRACTS[platform]) for title, tells in TELLS.items()}
    assert {title: cell != "—" for title, cell in zip(TITLES, ROWS[platform], strict=True)} == reported
    assert set(ROWS[platform]) <= {"R", "P", "D", "U", "—"}
