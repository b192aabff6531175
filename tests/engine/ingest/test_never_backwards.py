"""If only the modification time shows which version is newer, no order becomes less, in any order of delivery."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from files import ask, drop, load_all
from order_files import doudian_csv, doudian_line, shopify_csv, shopify_order, tmall_list, tmall_listed
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.check import settle as settle_export
from shopwatch.warehouse.connections import create_incoming, raw_warehouse

MORNING = datetime(2026, 11, 10, 8)
UNPAID = {"Financial Status": "pending", "Paid at": ""}
WAITING = {"订单状态": "等待买家付款", "订单付款时间 ": "", "买家实付金额": "0.00"}


def shop(name: str) -> str:
    return f"{name}: {{title: {name}, platform: any, currency: CNY}}\n"


def prepared(home: Path, *names: str) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    (home / "shops.yaml").write_text("".join(map(shop, names)), "utf-8")
    return Settings(home=home, settle_seconds=0)


def deliver(settings: Settings, name: str, content: bytes, hour: int) -> None:
    drop(settings, name, content, (MORNING + timedelta(hours=hour)).isoformat())


def settle(settings: Settings) -> None:
    load_all(settings)
    check_and_settle(settings, quietly=True)


def kept_out(settings: Settings) -> list[tuple]:
    return ask(settings, "select shop, file, line, reason_code from quarantine order by all")


def shopify(name: str, **cells: str) -> bytes:
    return shopify_csv(shopify_order(name, ("QH-1", "1", "120.00"), **cells))


LESS = {
    "unpaid": ({}, UNPAID, "less_paid"),
    "unshipped": ({"Fulfilled at": "2026-11-03 10:20:00 -0500"}, {}, "less_shipped"),
    "unrefunded": ({"Refunded Amount": "30.00"}, {"Refunded Amount": "10.00"}, "less_refunded"),
    "open": ({"Financial Status": "refunded"}, {}, "less_status"),
    "voided": ({}, {"Financial Status": "voided"}, "less_paid"),
    "worthless": ({}, {"Total": "0.00"}, "less_amount"),
}


@pytest.fixture(scope="module")
def stepped_back(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop for each way to become less: the newer-looking file comes first, and second."""
    settings = prepared(tmp_path_factory.mktemp("less"), *(f"{way}{turn}" for way in LESS for turn in "ab"))
    for way, (more, less, _) in LESS.items():
        for turn in "ab":
            if turn == "a":
                deliver(settings, f"{way}a/less.csv", shopify("A", **less), 1)
            else:
                deliver(settings, f"{way}b/more.csv", shopify("A", **more), 0)
    settle(settings)
    for way, (more, less, _) in LESS.items():
        deliver(settings, f"{way}a/more.csv", shopify("A", **more), 0)
        deliver(settings, f"{way}b/less.csv", shopify("A", **less), 1)
    settle(settings)
    return settings


@pytest.mark.sampled(3)
@pytest.mark.parametrize("way", LESS)
def test_what_says_less_is_kept_apart_and_told_in_any_order(stepped_back: Settings, way: str) -> None:
    where = f"where shop in ('{way}a', '{way}b')"
    files = "select kept.shop, file from order_lines as kept inner join loads using (load_id) where kept.shop like"
    assert sorted(ask(stepped_back, f"{files} '{way}_'")) == [(f"{way}{turn}", "more.csv") for turn in "ab"]
    found = ask(stepped_back, f"select shop, file, line, reason_code from quarantine {where} order by all")
    assert found == [(f"{way}{turn}", "less.csv", 2, LESS[way][2]) for turn in "ab"]
    counted = ask(stepped_back, f"select rows_loaded, rows_quarantined from loads {where} and file like '%less%'")
    assert counted == [(0, 1)] * 2


def test_the_message_names_the_order_and_the_file_that_counts(stepped_back: Settings) -> None:
    ((code, values),) = ask(stepped_back, "select reason_code, reason_values from quarantine where shop = 'unpaida'")
    told = sentence(stepped_back.include, "en", code, json.loads(values))
    assert told.startswith("order A: more.csv (2026-11-10 08:00) has it as paid, and here it is unpaid")


def test_an_order_that_moves_on_counts_and_leaves_no_row_apart(tmp_path: Path) -> None:
    settings = prepared(tmp_path / "home", "shop")
    deliver(settings, "shop/1.csv", shopify("A"), 1)
    deliver(settings, "shop/2.csv", shopify("A", **UNPAID), 2)
    settle(settings)
    assert [row[1] for row in kept_out(settings)] == ["2.csv"]
    deliver(settings, "shop/3.csv", shopify("A", **{"Refunded Amount": "120.00", "Financial Status": "refunded"}), 3)
    settle(settings)
    assert kept_out(settings) == []
    assert ask(settings, "select order_refunded from order_lines") == [(Decimal("120.00"),)]
    assert ask(settings, "select count(*) from loads where rows_quarantined != 0") == [(0,)]


@pytest.mark.slow
def test_a_stated_time_takes_back_what_an_earlier_one_said(tmp_path: Path) -> None:
    settings = prepared(tmp_path / "home", "shop")
    deliver(settings, "shop/list202611100800.xlsx", tmall_list([tmall_listed("A")]), 5)
    deliver(settings, "shop/list202611100900.xlsx", tmall_list([tmall_listed("A", **WAITING)]), 4)
    settle(settings)
    assert ask(settings, "select status from orders") == [("unpaid",)]
    assert kept_out(settings) == []


Facts = dict[str, object]
PAID_AT, SHIPPED_AT = "2026-11-02 09:05:00", "2026-11-03 09:00:00"
STATES: list[Facts] = [
    {"status": "unpaid", "paid": 0},
    {"status": "paid", "paid_at": PAID_AT, "paid": 128},
    {"status": "shipped", "paid_at": PAID_AT, "paid": 128, "shipped_at": SHIPPED_AT},
    {"status": "shipped", "paid_at": PAID_AT, "paid": 128},
    {"status": "completed", "paid_at": PAID_AT, "paid": 119, "refunded": 9},
    {"status": "closed", "paid_at": PAID_AT, "paid": 0, "refunded": 128},
    {"status": "closed"},
]


@dataclass(frozen=True)
class Version:
    """One file's row of one order: when, by a time that is stated or not, and which state."""

    order: str
    hour: int
    state: int
    is_stated: bool

    @property
    def load_id(self) -> str:
        return f"{self.hour * 37 % 7}{self.state}{self.is_stated:d}{self.order}"

    def enter(self, con: duckdb.DuckDBPyConnection, shop: str) -> None:
        moment, load_id = MORNING + timedelta(hours=self.hour), self.load_id + shop
        con.execute(
            "insert into loads (load_id, source, shop, file, sha256, bytes, exported_at, version_rule, state, "
            "rows_read, rows_loaded, loaded_at) "
            "values ($1, 'tmall_orders', $2, $3, '', 1, $4, $5, 'incoming', 1, 1, $4)",
            [load_id, shop, self.load_id, moment, "name" if self.is_stated else "mtime"],
        )
        facts: Facts = {
            "source": "tmall_orders",
            "shop": shop,
            "unit": self.order,
            "version": moment,
            "load_id": load_id,
        }
        facts |= {"line": 2, "quantity": 1, "day": moment.date(), **STATES[self.state]}
        places = ", ".join("?" * len(facts))
        con.execute(f"insert into incoming.tmall_orders ({', '.join(facts)}) values ({places})", [*facts.values()])


VERSIONS = st.lists(
    st.builds(
        Version, st.sampled_from("ABCDEF"), st.integers(0, 4), st.sampled_from(range(len(STATES))), st.booleans()
    ),
    min_size=12,
    max_size=30,
    unique=True,
)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, Settings]]:
    settings = prepared(tmp_path_factory.mktemp("raw"), "shop")
    contracts = load_contracts(settings.include)
    with raw_warehouse(settings, contracts) as con:
        create_incoming(con, contracts["tmall_orders"])
        yield con, settings


def counts_of(versions: list[Version]) -> Version:
    """The version that counts, by the rule as a person would apply it to all files side by side."""
    stated = [version for version in versions if version.is_stated]
    newest_stated = sorted(stated, key=lambda version: (version.hour, version.load_id))[-1:]
    others = [version for version in versions if not version.is_stated]
    return max(newest_stated + others, key=lambda version: (*PROGRESS[version.state], version.hour, version.load_id))


PROGRESS = [
    (0, False, 1, False, False),
    (0, True, 2, False, True),
    (0, True, 3, True, True),
    (0, True, 3, False, True),
    (9, True, 5, False, True),
    (128, True, 6, False, False),
    (0, False, 6, False, False),
]
"""Refunded, is paid, stage, shipping time, amount of each state."""


@pytest.mark.slow
@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(versions=VERSIONS, data=st.data())
def test_any_order_of_delivery_gives_the_same_rows(
    raw: tuple[duckdb.DuckDBPyConnection, Settings], versions: list[Version], data: st.DataObject
) -> None:
    """Two shops with the same versions of some orders, each in nights of its own."""
    con, settings = raw
    contract = load_contracts(settings.include)["tmall_orders"]
    for table in ("orders", "apart.orders", "loads", "quarantine"):
        con.execute(f"delete from {table}")
    nights = {shop: [data.draw(st.integers(0, 3)) for _ in versions] for shop in "ab"}
    for night in range(4):
        for shop, drawn in nights.items():
            for version in (version for version, when in zip(versions, drawn, strict=True) if when == night):
                version.enter(con, shop)
        settle_export(con, settings, contract)
    found = {
        shop: [
            con.execute(f"{columns} where loads.shop = '{shop}' order by all").fetchall()
            for columns in (
                "select file from orders inner join loads using (load_id)",
                "select file from apart.orders inner join loads using (load_id)",
                "select loads.file, line, quarantine.reason_code from quarantine inner join loads using (load_id)",
                "select file, rows_loaded, rows_quarantined from loads",
            )
        ]
        for shop in "ab"
    }
    assert found["a"] == found["b"]
    counted = {order: counts_of([v for v in versions if v.order == order]) for order in {v.order for v in versions}}
    kept, _, quarantined, _ = found["a"]
    assert kept == sorted((version.load_id,) for version in counted.values())
    by_file = {version.load_id: version for version in versions}
    for less in (by_file[file] for file, *_ in quarantined):
        assert less.hour > counted[less.order].hour
        assert PROGRESS[less.state] < PROGRESS[counted[less.order].state]


@pytest.mark.slow
def test_sub_orders_do_not_lose_their_refund(tmp_path: Path) -> None:
    """抖店 states refunds by 售后状态; closing is a step forward."""
    settings = prepared(tmp_path / "home", "shop")
    back = {"售后状态": "退款成功"}
    deliver(settings, "shop/1.csv", doudian_csv([doudian_line("A", "A1", **back), doudian_line("A", "A2")]), 1)
    closed = doudian_line("A", "A2", 订单状态="已关闭")
    deliver(settings, "shop/2.csv", doudian_csv([doudian_line("A", "A1"), closed]), 2)
    settle(settings)
    kept = ask(settings, "select line_id, status, refund_status from order_lines order by 1")
    assert kept == [("A1", "paid", "refunded"), ("A2", "closed", "none")]
    assert kept_out(settings) == [("shop", "2.csv", 2, "less_refunded")]
