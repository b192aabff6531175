"""However files are grouped, in whichever order they come: the warehouse is as if each had been loaded alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from files import (
    STOCK,
    SYCM,
    WANXIANG,
    ask,
    csv_bytes,
    drop,
    load_all,
    order,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
    xlsx_bytes,
)
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest import batches
from shopwatch.ingest import load_batch as together
from shopwatch.ingest.check import settle, undated
from shopwatch.warehouse.connections import raw_warehouse

CONTRACTS = ("tmall/orders", "wanxiang/plans", "sycm/products", "wangdiantong/stock")


@dataclass(frozen=True)
class Drop:
    """A file as a shop exports it."""

    name: str
    content: bytes
    modified: str = "2026-11-03T01:00:00"


def stock(count: str) -> bytes:
    return csv_bytes(table(STOCK, [{"商家编码": "QH-1", "可用库存": count}, {"商家编码": "QH-2", "可用库存": "3"}]))


ORDERS = orders_csv([order(1), order(2, 买家应付货款="免费"), order(3, 订单创建时间="2026-11-02 9:30")])
FILES = (
    Drop("qinghe/ExportOrderList202611030100.csv", ORDERS),
    Drop("qinghe/下载/ExportOrderList202611030100.csv", ORDERS),  # the same bytes again
    Drop("mumian/ExportOrderList202611030100.csv", ORDERS),  # another shop's
    Drop("qinghe/ExportOrderList202611040100.csv", orders_csv([order(2, 订单状态="交易关闭"), order(4)], "utf-8")),
    Drop("qinghe/ExportOrderList202611050100.csv", orders_csv([order(5)]) + b"1,2,3\r\n"),  # a broken line
    Drop("qinghe/ExportOrderList202611060100.csv", orders_csv([order(6, 买家应付货款="x", 宝贝总数量="y"), order(7)])),
    Drop("qinghe/ExportOrderList202611070100.csv", orders_csv([])),
    Drop("qinghe/plans1.csv", plans_csv([plan(1), plan(2), {"日期": "合计", "花费": "200"}])),
    Drop("qinghe/plans2.csv", plans_csv([plan(1, 花费="90.00")]), "2026-11-04T01:00:00"),  # replaces that day
    Drop("qinghe/plans3.csv", plans_csv([plan(1), plan(3, "2026-11-03")], end="\n"), "2026-11-04T02:00:00"),
    Drop("qinghe/plans4.csv", plans_csv([plan(3, "2026-11-04")])[:-2], "2026-11-05T02:00:00"),  # no end of line
    Drop("qinghe/plans5.csv", csv_bytes(table(WANXIANG, [plan(9, 计划名字='12"桌')]), "utf-8")),
    Drop("mumian/products1.xls", products_xls([product(1), product(2, 支付金额="无")])),
    Drop("mumian/products2.xls", products_xls([product(1, 支付金额="1,600.00")]), "2026-11-04T01:00:00"),
    Drop("qinghe/products.xlsx", xlsx_bytes(table(SYCM, [product(3), product(4, 支付金额="-")]))),
    Drop("qinghe/products.xls", products_xls([product(5)])[:-600]),  # cut off
    Drop("qinghe/stock20261104080000.csv", stock("7")),
    Drop("qinghe/stock20261105080000.csv", stock("7")),  # the same count of another day
    Drop("qinghe/stock20261106080000.csv", stock("8")),
    Drop("qinghe/unknown.csv", b"a,b\n1,2\n"),
    Drop("nobody/plans.csv", plans_csv([plan(1)])),  # no such shop
)
ALL = tuple(range(len(FILES)))
FEW = (0, 1, 2, 3, 4, 7, 8, 12, 16, 19)
"""One of each kind: the same bytes, another shop's, a newer version, broken lines, other exports, an unknown file."""


@contextmanager
def house() -> Iterator[Settings]:
    """An installation that knows a few exports, which is fast to open."""
    with tempfile.TemporaryDirectory() as place:
        include = Path(place) / "include"
        (include / "sources").mkdir(parents=True)
        for name in ("sql", "shops.yaml", "reasons.yaml"):
            (include / name).symlink_to(PROJECT / "include" / name)
        for name in CONTRACTS:
            (include / "sources" / f"{name.replace('/', '_')}.yaml").symlink_to(
                PROJECT / "include" / "sources" / f"{name}.yaml"
            )
        yield Settings(home=Path(place) / "home", include=include, settle_seconds=0, pseudonym_key="key")


def outcome(nights: Sequence[Sequence[int]]) -> dict[str, Any]:
    """All that the raw warehouse holds once the files' rows count, and the originals that are kept."""
    with house() as home:
        for night in nights:
            for number in night:
                drop(home, FILES[number].name, FILES[number].content, FILES[number].modified)
            load_all(home)
        contracts = load_contracts(home.include).values()
        with raw_warehouse(home, {contract.export: contract for contract in contracts}) as con:
            for contract in contracts:
                settle(con, home, contract, [undated(contract)])
        tables = [f"{schema}.{contract.table}" for schema in ("main", "apart") for contract in contracts]
        rows = {name: ask(home, f"select * from {name} order by all") for name in (*tables, "quarantine", "coverage")}
        rows["loads"] = ask(home, "select * exclude (loaded_at) from loads order by all")
        rows["seen"] = ask(home, f"select * replace (replace(path, '{home.home}', '') as path) from seen order by all")
        rows["checks"] = ask(home, "select * from checks order by all")
        kept = (path for folder in (home.archive, home.rejected) for path in folder.rglob("*") if path.is_file())
        return {**rows, "originals": sorted(str(path.relative_to(home.home)) for path in kept)}


@pytest.fixture(scope="module")
def each_alone() -> dict[str, Any]:
    """The warehouse after each file was loaded by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "SMALL", 0)
        return outcome([ALL])


@st.composite
def groupings(draw: st.DrawFn) -> list[list[int]]:
    """The files in any order, over one to four nights."""
    order_of_all = draw(st.permutations(ALL))
    cuts = sorted(draw(st.lists(st.integers(0, len(ALL)), max_size=3)))
    return [order_of_all[a:b] for a, b in zip([0, *cuts], [*cuts, len(ALL)], strict=True)]


@pytest.mark.slow
def test_the_files_show_what_may_happen_to_a_file(each_alone: dict[str, Any]) -> None:
    """Else the property below would say little."""
    states = {state for row in each_alone["loads"] for state in row if state in ("settled", "rejected", "failed")}
    assert {"settled", "rejected"} <= states
    assert len(each_alone["quarantine"]) >= 5
    assert len(each_alone["main.ad_day"]) >= 3


def check(nights: list[list[int]], most: int, each_alone: dict[str, Any]) -> None:
    """Hold the warehouse after these nights, with so many files in a batch, against the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "MOST_FILES", most)
        found = outcome(nights)
    for name, rows in each_alone.items():
        assert found[name] == rows, name


def test_files_loaded_together_give_the_same_warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches = outcome([FEW])
    monkeypatch.setattr(together, "SMALL", 0)
    assert in_batches == outcome([FEW])


@pytest.mark.slow
def test_all_files_loaded_together_give_the_same_warehouse(each_alone: dict[str, Any]) -> None:
    check([list(ALL)], 400, each_alone)


@pytest.mark.slow
@example(nights=[list(ALL)], most=1)
@example(nights=[list(ALL[::-1][:9]), list(ALL[::-1][9:])], most=2)
@given(nights=groupings(), most=st.sampled_from([2, 3, 400]))
@hypothesis_settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_grouping_gives_the_same_warehouse(each_alone: dict[str, Any], nights: list[list[int]], most: int) -> None:
    check(nights, most, each_alone)
