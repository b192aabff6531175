from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from desk_reports import dsr, qianniu
from files import (
    STOCK,
    SYCM,
    SYCM_PREAMBLE,
    UCI,
    csv_bytes,
    drop,
    load_all,
    order,
    order_id,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
)
from marketplace_files import doudian_refund, doudian_refunds_csv
from order_files import doudian_csv, doudian_line, tmall_refund, tmall_refunds
from platforms import ga4, jzt_account, qianchuan_lines, sycm_shop, sycm_sources, wanxiang_products, zhitongche_units
from shopwatch import pipeline
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.pipeline import build_models
from shopwatch.review.templates import fields
from shopwatch.warehouse import models
from shopwatch.warehouse.connections import raw_warehouse
from shopwatch.warehouse.models import WAREHOUSE, BuildResult, load_models

DAYS = [f"2026-11-{day:02d}" for day in range(2, 9)]
LATER = [f"2026-11-{day:02d}" for day in range(23, 25)]
NO_TRAFFIC = "2026-11-05"
USUAL = [
    f"2026-10-{day:02d}" for day in (5, 12, 19, 26)
]  # Mondays with lists of a usual length, DAYS[0] has a short one
LONG_AGO = "2026-10-01"  # of a buyer who has had 30 days to come again
MEETING = ["预警编号", "周评周次", "会议决定", "落实部门", "完成期限", "会议备注"]
DECIDED = ["6f1c0a52d9e4b783", DAYS[0], "按建议处理", "运营", DAYS[-1], ""]
WALL_CLOCK = ("loaded_at",)
TEMPLATES = [contract for contract in load_contracts(PROJECT / "include").values() if contract.template]


def stock(available: int) -> bytes:
    return csv_bytes(table(STOCK, [{"商家编码": f"QH-{n}", "可用库存": str(available + n)} for n in range(3)]))


def invoices() -> bytes:
    rows = [
        [str(536000 + n), f"A{n}", "HOLDER", "6", f"{DAYS[n % 7]} 08:26:00", "2.55", "17850", "France"]
        for n in range(21)
    ]
    return csv_bytes([UCI, *rows, *rows[:1]], "utf-8")


def traffic(days: list[str], visitors: str = "1,200") -> bytes:
    products = [product(number, day, 商品访客数=visitors) for number in range(3) for day in days]
    return csv_bytes([*SYCM_PREAMBLE, *table(SYCM, products)])


def first_night(settings: Settings) -> None:
    for shop in ("qinghe", "mumian"):
        days = [day for day in DAYS if (shop, day) != ("qinghe", NO_TRAFFIC)]
        drop(settings, f"{shop}/traffic.csv", traffic(days), "2026-11-09T01:00:00")
        plans = [plan(number, day) for number in range(3) for day in DAYS]
        plans += [plan(3, day) for day in DAYS[:3]]  # the lists of the days after leave it out
        drop(settings, f"{shop}/plans20261109010000.csv", plans_csv(plans))
        drop(settings, f"{shop}/products20261109010000.csv", wanxiang_products("90.00"))
        creatives = csv_bytes(qianchuan_lines(), "utf-8-sig")
        drop(settings, f"{shop}/creatives_{DAYS[0]}.csv", creatives, "2026-11-09T01:00:00")
        drop(settings, f"{shop}/stock20261108080000.csv", stock(9))
        drop(settings, f"{shop}/shop.xlsx", sycm_shop(*DAYS), "2026-11-09T01:00:00")
        drop(settings, f"{shop}/sources.xls", sycm_sources(), "2026-11-09T01:00:00")
        drop(settings, f"{shop}/sessions.csv", ga4(), "2026-11-09T01:00:00")
        drop(settings, f"{shop}/scores.xlsx", dsr(DAYS[0]), "2026-11-09T01:00:00")
        drop(settings, f"{shop}/agents_2026-11-03.xlsx", qianniu())
        orders = [
            order(number, **{"订单创建时间": f"{day} 09:00:00", "订单付款时间 ": f"{day} 09:05:00"})
            for number, day in enumerate(DAYS)
        ]
        drop(settings, f"{shop}/orders202611090100.csv", orders_csv(orders))
        refund = tmall_refund("1", order_id(0), 退款申请时间=f"{DAYS[1]} 10:00:00", 退款完结时间=f"{DAYS[2]} 10:00:00")
        drop(settings, f"{shop}/refunds202611090100.xlsx", tmall_refunds([refund]))
    for day in USUAL:
        usual = products_xls([product(number, day) for number in range(20)])
        drop(settings, f"online_retail/usual-{day}.xls", usual, "2026-11-01T01:00:00")
    drop(settings, "online_retail/short.csv", traffic(DAYS[:1]), "2026-11-03T01:00:00")
    named = doudian_csv([doudian_line("5" * 18, "6" * 18)])
    drop(settings, "mumian/sub-orders.csv", named, "2026-11-09T01:00:00")
    returned = doudian_refunds_csv([doudian_refund("7" * 18, "5" * 18, "6" * 18)])
    drop(settings, "mumian/after-sales.csv", returned, "2026-11-09T01:00:00")
    early = order(80, **{"订单创建时间": f"{LONG_AGO} 09:00:00", "订单付款时间 ": f"{LONG_AGO} 09:05:00"})
    drop(settings, "mumian/orders202610020100.csv", orders_csv([early]))
    drop(settings, "online_retail/invoices.csv", invoices(), "2026-11-09T01:00:00")
    drop(settings, "mumian/meeting.csv", csv_bytes([MEETING, DECIDED], "utf-8"), "2026-11-09T01:00:00")
    for contract in TEMPLATES:
        drop(settings, f"mumian/{contract.export}.csv", as_filled_in(contract), "2026-11-09T01:00:00")


def as_filled_in(contract: Contract) -> bytes:
    """A template with its example as its one row."""
    columns = fields(contract, "zh")
    return csv_bytes([[column.header for column in columns], [str(column.example) for column in columns]], "utf-8")


def second_night(settings: Settings) -> None:
    """Only qinghe: the last day corrected in two exports, an order closed, a later day of its own."""
    drop(settings, "qinghe/plans20261125010000.csv", plans_csv([plan(1, DAYS[-1], 花费="55.00"), plan(1, LATER[0])]))
    drop(settings, "qinghe/units20261125010000.csv", zhitongche_units(day=DAYS[-1]))
    drop(settings, "qinghe/products20261125010000.csv", wanxiang_products("7.00", day=LATER[1]))
    drop(settings, "qinghe/jzt20261125010000.xlsx", jzt_account(day=DAYS[-1].replace("-", "")))
    drop(settings, "qinghe/traffic-again.csv", traffic(DAYS[-1:], "77"), "2026-11-25T01:00:00")
    changed = {"订单创建时间": f"{DAYS[-1]} 09:00:00", "订单付款时间 ": f"{DAYS[-1]} 09:05:00", "订单状态": "交易关闭"}
    new = {"订单创建时间": f"{LATER[1]} 09:00:00", "订单付款时间 ": f"{LATER[1]} 09:05:00"}
    # Each list covers the days from its first order to its export: so these cover one day each.
    drop(settings, "qinghe/orders202611090200.csv", orders_csv([order(len(DAYS) - 1, **changed)]))
    drop(settings, "qinghe/orders202611250100.csv", orders_csv([order(90, **new)]))


@dataclass(frozen=True)
class Homes:
    stepwise: Settings
    at_once: Settings
    built: list[BuildResult]
    built_at_once: BuildResult


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    stepwise, at_once = (
        Settings(home=tmp_path_factory.mktemp(name), settle_seconds=0, pseudonym_key="k")  # type: ignore[arg-type]
        for name in ("stepwise", "at-once")
    )
    built = []
    for night in (first_night, second_night):
        night(stepwise)
        load_all(stepwise)
        check_and_settle(stepwise, quietly=True)
        built.append(build_models(stepwise))
        with duckdb.connect(stepwise.shop_warehouse) as con:
            con.execute("create table marts.fct_renamed_since as select 1 as day")
    built.append(build_models(stepwise))
    second_night(at_once)
    first_night(at_once)
    load_all(at_once)
    check_and_settle(at_once, quietly=True)
    return Homes(stepwise, at_once, built, build_models(at_once))


def tables(settings: Settings) -> dict[str, list[str]]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        found = con.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index) from duckdb_columns()"
            " where list_contains($1, schema_name) group by all",
            [list(WAREHOUSE)],
        ).fetchall()
    return {name: [column for column in columns if column not in WALL_CLOCK] for name, columns in found}


def rows(settings: Settings, whole: bool | None = None) -> dict[str, int]:
    """Rows of each table and of each KPI's part of ``kpi.metric_rows``: of all, or of those (not) made whole."""
    models, metrics = load_models(settings.include, WAREHOUSE), load_metrics(settings.include)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        counted = {name: con.table(name).shape[0] for name in models}
        per_metric = dict(con.execute("select metric, count(*) from kpi.metric_rows group by metric").fetchall())
    is_whole = {name: model.head.partition == "whole" for name, model in models.items()}
    is_whole |= {metric.name: metric.head.partition == "whole" for metric in metrics}
    return {name: count for name, count in (counted | per_metric).items() if whole in (None, is_whole[name])}


def differing(one: Path, other: Path, name: str, columns: list[str]) -> list[tuple]:
    wanted = ", ".join(f'"{column}"' for column in columns)
    with duckdb.connect() as con:
        con.execute(f"attach '{one}' as one (read_only)")
        con.execute(f"attach '{other}' as other (read_only)")
        return con.execute(
            f"(select 'stepwise', {wanted} from one.{name} except all select 'stepwise', {wanted} from other.{name})"
            f" union all"
            f" (select 'at once', {wanted} from other.{name} except all select 'at once', {wanted} from one.{name})"
        ).fetchall()


@pytest.mark.slow
def test_night_by_night_equals_all_at_once_bit_for_bit(homes: Homes) -> None:
    names = tables(homes.stepwise)
    assert names == tables(homes.at_once)
    assert {"staging.stg_orders", "marts.fct_campaign_week", "kpi.fct_kpi"} <= names.keys()
    for name, columns in names.items():
        assert differing(homes.stepwise.shop_warehouse, homes.at_once.shop_warehouse, name, columns) == [], name


@pytest.mark.slow
def test_the_comparison_is_not_about_nothing(homes: Homes) -> None:
    with duckdb.connect(homes.stepwise.shop_warehouse, read_only=True) as con:
        empty = {name for name in tables(homes.stepwise) if con.table(name).shape[0] == 0}
        status = con.execute(
            "select status from staging.stg_orders where shop = 'qinghe' and day = '2026-11-08'"
        ).fetchall()
        spend = con.execute(
            "select campaign_id, spend from marts.fct_campaign_day where shop = 'qinghe' and day = '2026-11-08'"
            " order by campaign_id desc"
        ).fetchall()
    of_settlements = {"staging.stg_order_fees", "intermediate.int_line_fees"}  # no shop here is on Amazon
    assert empty <= {"staging.stg_quarantine"} | of_settlements
    assert status == [("closed",)]
    assert [(name, int(amount)) for name, amount in spend] == [("60010000001", 55), ("50010001", 70)]


@pytest.mark.slow
def test_only_the_days_that_changed_are_built_again(homes: Homes) -> None:
    first, second, third = homes.built
    assert first.whole
    assert first.days == 3 * len(DAYS) + len(USUAL) + 1
    assert not second.whole
    assert second.days == 1 + len(LATER)
    assert (third.days, third.whole) == (0, False)


@pytest.mark.slow
def test_every_row_that_is_written_is_counted(homes: Homes) -> None:
    _, second, third = homes.built
    assert homes.built_at_once.rows == sum(rows(homes.at_once).values())
    in_parts, anew = (sum(rows(homes.stepwise, whole).values()) for whole in (False, True))
    assert third.rows == 0
    assert 0 < second.rows < anew + in_parts / 4


@pytest.mark.slow
def test_a_missing_day_of_traffic_is_named_and_lowers_the_coverage(homes: Homes) -> None:
    with duckdb.connect(homes.at_once.shop_warehouse, read_only=True) as con:
        found = con.execute(
            "select distinct shop, coverage, missing_days from kpi.fct_kpi"
            " where metric = 'pay_conversion' and entity_type = 'product' and grain = 'week'"
            " and period_start = '2026-11-02' order by shop"
        ).fetchall()
    trading_days = [date.fromisoformat(day) for day in DAYS if day != "2026-11-07"]  # the retailer rests on Saturdays
    assert found == [
        ("mumian", 1.0, []),
        ("online_retail", 0.0, trading_days),  # the list of its Monday is short, the others never came
        ("qinghe", pytest.approx(6 / 7), [date.fromisoformat(NO_TRAFFIC)]),
    ]


@pytest.mark.slow
def test_a_build_that_needs_more_memory_runs_again_without_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path, settle_seconds=0)
    with raw_warehouse(settings, load_contracts(settings.include)):
        pass
    monkeypatch.setattr(models, "BUILD_MEMORY", "1MB")
    assert build_models(settings).whole
    assert "1MB of memory are too little" in caplog.text


@pytest.mark.slow
def test_rules_that_need_more_memory_are_judged_again_without_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path, settle_seconds=0)
    with raw_warehouse(settings, load_contracts(settings.include)):
        pass
    build_models(settings)
    monkeypatch.setattr(pipeline, "JUDGE_MEMORY", "1MB")
    pipeline.judge_night(settings, None)
    assert "1MB of memory are too little" in caplog.text
