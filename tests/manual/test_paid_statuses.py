"""Statuses of each order export that count as paid: docs/exports.md lists them as the models' macros have them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest

from shopwatch.catalog.contracts import MONEY_TABLES, Contract, load_contracts
from shopwatch.core.settings import PROJECT

CONTRACTS = {
    contract.title.zh: contract
    for contract in load_contracts(PROJECT / "include").values()
    if contract.table in MONEY_TABLES and "status" in contract.columns and contract.feeds == "orders"
}
PAID, GIVEN_BACK, BY_TIME, UNPAID = "paid", "paid, given back", "given back if it has a payment time", "not paid"
TITLES = [PAID, GIVEN_BACK, BY_TIME, UNPAID]
OUTCOMES = {(10, 0): PAID, (10, 10): GIVEN_BACK, (0, 0): UNPAID}
"""Paid gross and refunded of an order of 10."""


def table() -> dict[str, dict[str, str]]:
    """Title of an export -> status -> title of the column of docs/exports.md in which it stands."""
    text = (PROJECT / "docs" / "exports.md").read_text("utf-8").split("### When an order counts as paid")[1]
    head, *rows = re.findall(r"^\| (.+) \|$", text.split("\n###")[0], re.MULTILINE)
    assert head.split(" | ")[1:5] == TITLES
    found: dict[str, dict[str, str]] = {}
    for titles, *cells in (row.split(" | ") for row in rows):
        statuses = {
            word: title for title, cell in zip(TITLES, cells, strict=False) for word in cell.split(", ") if word != "—"
        }
        found |= dict.fromkeys(titles.split(", "), statuses)
    return found


TABLE = table()


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute((PROJECT / "include" / "sql" / "macros.sql").read_text("utf-8"))
        yield con


def outcome(con: duckdb.DuckDBPyConnection, status: str, paid_at: str | None) -> str:
    """An order of 10 whose export states no refund."""
    is_paid = "is_money_in($status, $paid_at, null, false, null)"
    sql = f"select if({is_paid}, 10, 0), refunded_of(10, {is_paid}, null, $status, null, true)"
    row = con.execute(sql, {"status": status, "paid_at": paid_at}).fetchone()
    assert row
    return OUTCOMES[row]


@pytest.mark.parametrize("title", CONTRACTS)
def test_the_table_has_every_status_and_the_models_follow_it(title: str, con: duckdb.DuckDBPyConnection) -> None:
    assert TABLE[title] == {
        words: column_of(con, CONTRACTS[title], status)
        for words, status in CONTRACTS[title].columns["status"].values.items()
    }


def column_of(con: duckdb.DuckDBPyConnection, contract: Contract, status: str) -> str:
    without = outcome(con, status, None)
    if "paid_at" not in contract.columns:
        return without
    with_time = outcome(con, status, "2026-11-02 10:00:00")
    if (with_time, without) == (GIVEN_BACK, UNPAID):
        return BY_TIME
    assert with_time == without
    return with_time


def test_the_table_has_no_other_export() -> None:
    assert TABLE.keys() == CONTRACTS.keys()
