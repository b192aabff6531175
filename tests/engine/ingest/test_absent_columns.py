"""An optional column that a file lacks is reported, for every contract, and silently changes no KPI."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from contract_rows import CURRENCY, header_of, lines_of, rows_of
from files import ask, csv_bytes, drop, load_all
from shopwatch.catalog.contracts import MONEY_TABLES, Contract, load_contracts
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.ledger import absent_headers
from warehouses import take_in

CONTRACTS = load_contracts(PROJECT / "include")
Rows = list[dict[str, str]]


def optional_columns(contract: Contract) -> list[str]:
    """Columns that a file may lack: those by whose headers it is recognised it has."""
    return [
        name
        for name, column in contract.columns.items()
        if (column.optional or column.optional_with) and not {*column.headers} & {*contract.recognise}
    ]


def without(contract: Contract, rows: Rows, name: str) -> Rows:
    """The rows of a file that lacks an optional column."""
    header = header_of(contract.columns[name])
    return [{title: cell for title, cell in row.items() if title != header} for row in rows]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_file_reports_each_optional_column_that_it_lacks(contract: Contract, tmp_path: Path) -> None:
    path, rows = tmp_path / "2026-11-02.csv", rows_of(contract, range(1, 3))
    path.write_bytes(csv_bytes(lines_of(rows), "utf-8"))
    whole = set(absent_headers(detect_contract(path, {contract.export: contract})))
    for name in optional_columns(contract):
        path.write_bytes(csv_bytes(lines_of(without(contract, rows, name)), "utf-8"))
        header = header_of(contract.columns[name])
        if header in contract.recognise:
            with pytest.raises(RejectedError, match=header):
                detect_contract(path, {contract.export: contract})
            continue
        has_other = any(other in row for other in contract.columns[name].headers[1:] for row in rows)
        absent = set(absent_headers(detect_contract(path, {contract.export: contract})))
        assert absent - whole == (set() if has_other else {header})


def test_the_ledger_keeps_what_a_file_lacks(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text(f"s: {{title: s, platform: p, currency: {CURRENCY}}}\n", "utf-8")
    contract = CONTRACTS["luopan_products"]
    rows = rows_of(contract, range(1, 3))
    drop(settings, "s/all.csv", csv_bytes(lines_of(rows), "utf-8"), "2026-12-01T01:00:00")
    less = without(contract, without(contract, rows, "views"), "refunded")
    drop(settings, "s/less.csv", csv_bytes(lines_of(less), "utf-8"), "2026-12-01T01:00:00")
    load_all(settings)
    missing = [header_of(contract.columns[name]) for name in ("views", "refunded")]
    assert ask(settings, "select file, absent_columns from loads order by file") == [
        ("all.csv", []),
        ("less.csv", missing),
    ]


AT = {"paid_at": (0, 11), "promised_ship_at": (2, 0), "completed_at": (6, 1), "changed_at": (7, 0)}
"""Days after the order, and hour."""
PARTS = ("refund", "discount", "postage", "tax", "wrap")
LATE = 3
TOLD = {
    "doudian_orders": {"paid_at"},
    "pinduoduo_orders": {"paid_at"},
    "tmall_orders": {"currency"},
}
"""Columns without which an order has another day or currency: that of the order, that of the shop."""
AT_LEAST = {("shipped_at", "overdue_orders")}
"""Column, KPI. Without shipping times, an order that was shipped is not known to have waited (caveat of the KPI)."""
ORDERS = [c for c in CONTRACTS.values() if c.table in MONEY_TABLES and c.feeds == "orders"]


def order_rows(contract: Contract) -> Rows:
    """Orders of two weeks: of each status in turn, shipped in time or late where they are shipped."""
    rows = rows_of(contract, range(1, 61))
    for number, row in enumerate(rows, 1):
        statuses = list(contract.columns["status"].values.items()) if "status" in contract.columns else [("", "paid")]
        word, status = statuses[number % len(statuses)]
        for name, column in contract.columns.items():
            later, hour = (LATE if number % 3 == 0 else 1, 9) if name == "shipped_at" else AT.get(name, (0, 10))
            cell = row[header_of(column)]
            if name == "status":
                cell = word
            elif name == "line_status":
                cell = "Shipped" if number % 4 else "Cancelled"
            elif name == "currency":
                cell = next(iter(column.values), CURRENCY)
            elif name == "shipped_at" and status in ("paid", "unpaid"):
                cell = ""
            elif column.type == "timestamp":
                cell = f"2026-11-{number % 14 + 1 + later:02d} {hour:02d}:00:00"
            elif column.type == "money" and any(part in name for part in PARTS):
                cell = str(Decimal(number) / 20)
            row[header_of(column)] = cell
    return rows


@pytest.fixture(scope="module")
def kpis(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[tuple, object]]:
    """Shop -> KPI values by name, entity and period; a shop for each order export, whole and without each column."""
    settings = Settings(home=tmp_path_factory.mktemp("absent"), settle_seconds=0)
    files = {c.export: (c.export, order_rows(c)) for c in ORDERS}
    files |= {
        f"{c.export}-{name}".replace("_", "-"): (c.export, without(c, order_rows(c), name))
        for c in ORDERS
        for name in optional_columns(c)
    }
    shops = {shop: {"title": "s", "platform": "p", "currency": CURRENCY} for shop in files}
    (settings.home / "shops.yaml").write_text(json.dumps(shops), "utf-8")
    for shop, (export, rows) in files.items():
        drop(settings, f"{shop}/{export}.csv", csv_bytes(lines_of(rows), "utf-8"), "2026-11-30T01:00:00")
    take_in(settings)
    found: dict[str, dict[tuple, object]] = {shop: {} for shop in shops}
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        columns = "shop, metric, entity_type, if(entity = shop, '', entity), grain, period_start, value"
        for shop, *key, value in con.execute(f"select {columns} from kpi.fct_kpi").fetchall():
            found[shop][tuple(key)] = value
    return found


@pytest.mark.slow
@pytest.mark.parametrize("contract", ORDERS, ids=lambda contract: contract.export)
def test_without_a_column_of_orders_a_kpi_is_missing_or_the_same(
    contract: Contract, kpis: dict[str, dict[tuple, object]]
) -> None:
    whole = kpis[contract.export]
    changed = {}
    for name in optional_columns(contract):
        less = kpis[f"{contract.export}-{name}".replace("_", "-")]
        known = (pair for pair in less.items() if pair[1] is not None and (name, pair[0][0]) not in AT_LEAST)
        differ = {key: (whole.get(key), value) for key, value in known}
        changed[name] = {key: pair for key, pair in differ.items() if pair[0] != pair[1]}
    assert whole
    assert {name: pairs for name, pairs in changed.items() if pairs and name not in TOLD.get(contract.export, ())} == {}
