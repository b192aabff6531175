from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from files import (
    SYCM,
    SYCM_PREAMBLE,
    ask,
    csv_bytes,
    drop,
    load_all,
    order,
    order_id,
    orders_csv,
    plan,
    plans_csv,
    product,
    table,
)
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.warehouse.connections import transaction

SHOPS = [f"shop{number}" for number in range(4)]
DAYS = ["2026-11-02", "2026-11-03"]
FIRST = datetime(2026, 11, 4, 1, 0, 0)

Cells = frozenset[tuple[str, int]]  # (day or nothing, number): what a file speaks of


@dataclass(frozen=True)
class Export:
    """One version of one export: what it speaks of, and the amount that it gives all of it."""

    kind: str
    version: int
    speaks_of: Cells
    amount: int

    @property
    def moment(self) -> datetime:
        return FIRST + timedelta(hours=self.version)

    def name(self, shop: str, copy: bool = False) -> str:
        stated = "" if self.kind == "sycm" else f"{self.moment:%Y%m%d%H%M%S}"
        return f"{shop}/{'copy/' if copy else ''}{self.kind}-{self.version}-{stated}.csv"

    def content(self) -> bytes:
        money = f"{self.amount}.00"
        cells = sorted(self.speaks_of)
        if self.kind == "orders":
            return orders_csv(order(number, 买家实际支付金额=money) for _, number in cells)
        if self.kind == "plans":
            return plans_csv(plan(number, day, 花费=money) for day, number in cells)
        return csv_bytes([*SYCM_PREAMBLE, *table(SYCM, [product(n, day, 支付金额=money) for day, n in cells])])


LARGE = 130_000  # rows, more than one row group of DuckDB


def prepared(home: Path) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    declared = "".join(f"{shop}: {{title: {shop}, platform: tmall, currency: CNY}}\n" for shop in SHOPS)
    (home / "shops.yaml").write_text(declared, "utf-8")
    return Settings(home=home, settle_seconds=0)


def deliver(settings: Settings, shop: str, export: Export, copy: bool = False) -> None:
    drop(settings, export.name(shop, copy), export.content(), export.moment.isoformat())


def held(settings: Settings, shop: str) -> dict[str, dict[tuple[str, str], Decimal]]:
    """What the raw warehouse says of a shop, by kind."""
    where = f"where shop = '{shop}'"
    return {
        "orders": {("", key): paid for key, paid in ask(settings, f"select order_id, paid from orders {where}")},
        "plans": {
            (str(day), key): spend
            for day, key, spend in ask(settings, f"select day, campaign_id, spend from ad_day {where}")
        },
        "sycm": {
            (str(day), key): amount
            for day, key, amount in ask(settings, f"select day, product_id, pay_amount from product_day {where}")
        },
    }


def expected(exports: list[Export]) -> dict[str, dict[tuple[str, str], Decimal]]:
    """What must be there whatever the order: of a snapshot the newest day whole, of an upsert the newest of each."""
    result: dict[str, dict[tuple[str, str], Decimal]] = {"orders": {}, "plans": {}, "sycm": {}}
    for export in sorted(exports, key=lambda export: export.version):
        there = result[export.kind]
        if export.kind != "orders":
            days = {day for day, _ in export.speaks_of}
            for gone in [cell for cell in there if cell[0] in days]:
                del there[gone]
        for day, number in export.speaks_of:
            key = {
                "orders": order_id(number),
                "plans": f"6001000{number:04d}",
                "sycm": f"71000000{number:04d}",
            }[export.kind]
            there[day, key] = Decimal(export.amount)
    return result


@st.composite
def histories(draw: st.DrawFn) -> list[Export]:
    """Three versions of each kind. The same bytes may be stated twice, but where only the file's time tells."""
    exports = []
    for kind in ("orders", "plans", "sycm"):
        days = [""] if kind == "orders" else DAYS
        cell = st.tuples(st.sampled_from(days), st.integers(1, 3))
        for version in range(3):
            speaks_of = draw(st.frozensets(cell, min_size=1))
            amount = 100 + version if kind == "sycm" else draw(st.sampled_from([100, 200]))
            exports.append(Export(kind, version, speaks_of, amount))
    return exports


@pytest.mark.slow
@hypothesis_settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each example is two nights of four shops: too slow to shrink
)
@given(history=histories(), data=st.data())
def test_any_order_and_repetition_gives_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, history: list[Export], data: st.DataObject
) -> None:
    settings = prepared(tmp_path_factory.mktemp("settle"))
    orders = {shop: data.draw(st.permutations(history)) for shop in SHOPS}
    again = {shop: data.draw(st.lists(st.sampled_from(history), max_size=3)) for shop in SHOPS}
    half = len(history) // 2
    for part in (slice(0, half), slice(half, None)):
        for shop in SHOPS:
            for export in orders[shop][part]:
                deliver(settings, shop, export)
            for export in again[shop] if part.start else []:
                deliver(settings, shop, export, copy=True)
        load_all(settings)
        check_and_settle(settings, quietly=True)
    for shop in SHOPS:
        assert held(settings, shop) == expected(history), [export.name(shop) for export in orders[shop]]
    covered = ask(settings, "select shop, table_name, sum(row_count) from coverage group by all")
    assert {(shop, name): rows for shop, name, rows in covered} == {
        (shop, name): len(expected(history)[kind])
        for shop in SHOPS
        for name, kind in (("orders", "orders"), ("ad_day", "plans"), ("product_day", "sycm"))
    }


def cells(*numbers: int, day: str = DAYS[0]) -> Cells:
    return frozenset((day, number) for number in numbers)


def test_what_is_newer_replaces_and_what_is_older_does_not(tmp_path: Path) -> None:
    settings = prepared(tmp_path / "home")
    first, second, third, fourth = SHOPS
    nights = [
        [
            (first, Export("plans", 2, cells(1, 2), 200)),
            (second, Export("plans", 1, cells(1, 2, 3), 100)),
            (second, Export("orders", 2, cells(1, 2, day=""), 200)),
            (third, Export("orders", 1, cells(1, 2, 3, day=""), 100)),
            (third, Export("plans", 1, cells(1), 100)),
            (fourth, Export("plans", 1, cells(1), 100)),
            (fourth, Export("plans", 2, cells(1), 200)),
        ],
        [
            (first, Export("plans", 1, cells(1, 3), 100)),
            (second, Export("plans", 2, cells(1, 2), 100)),
            (second, Export("orders", 1, cells(2, 3, day=""), 100)),
            (third, Export("orders", 2, cells(2, day=""), 200)),
            (third, Export("plans", 2, cells(1, day=DAYS[1]), 200)),
            (fourth, Export("plans", 3, cells(1), 100)),
        ],
    ]
    for night in nights:
        for shop, export in night:
            deliver(settings, shop, export)
        load_all(settings)
        check_and_settle(settings, quietly=True)

    def amounts(shop: str, kind: str) -> list[int]:
        return [int(amount) for _, amount in sorted(held(settings, shop)[kind].items())]

    assert amounts(first, "plans") == [200, 200]  # an older snapshot that comes later changes nothing
    assert len(amounts(second, "plans")) == 2  # a row that vanished from the export vanishes
    assert amounts(second, "orders") == [200, 200, 100]  # older orders only fill in
    assert amounts(third, "orders") == [100, 200, 100]  # a subset of the orders loses none
    assert amounts(third, "plans") == [100, 200]  # another day replaces nothing
    assert amounts(fourth, "plans") == [100]  # the correction was taken back: the same bytes, stated later


def test_many_rows_after_none_are_kept(tmp_path: Path) -> None:
    """What settling does with a first delivery: it moves the rows that lay apart, none, then those that came in."""
    with duckdb.connect(tmp_path / "raw.duckdb") as con:
        con.execute("create table kept (line bigint)")
        con.execute("create table apart (line bigint)")
        con.execute("create table incoming as select range as line from range($1)", [LARGE])
        with transaction(con):
            con.execute("insert into kept select * from apart")
            con.execute("insert into kept select * from incoming")
            assert con.table("kept").shape[0] == LARGE
        assert con.table("kept").shape[0] == LARGE
