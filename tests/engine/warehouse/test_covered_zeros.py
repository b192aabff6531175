"""A day that an order export covers without an order is zero, and sales that stop are reported at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from files import drop, order, orders_csv
from shared_cases import case_home
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import Settings
from warehouses import judge_and_tell, take_in

NIGHT = date(2026, 11, 8)
OF_EARLIER_DAYS = {"overdue_orders", "late_ship_share", *(f"repeat_rate_{days}" for days in (30, 60, 90))}
"""KPIs of what was ordered before the week."""
Row = tuple[object, ...]


def rows(settings: Settings, sql: str) -> list[Row]:
    with duckdb.connect(settings.published, read_only=True) as con:
        return con.execute(sql).fetchall()


def verdicts(settings: Settings, rule: str, since: date) -> list[Row]:
    return rows(
        settings,
        f"select period_start, verdict, measured, state from ops.verdicts where rule = '{rule}' "
        f"and period_start >= date '{since}' order by period_start",
    )


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Five orders a day for six weeks, none for two, one on 2 November; the file was written a week later."""
    settings = case_home(tmp_path_factory.mktemp("stopped"), "sales_stop", "spus", datetime(2026, 11, 9, 7))
    take_in(settings)
    judge_and_tell(settings, NIGHT)
    return settings


@pytest.mark.slow
def test_weeks_without_orders_are_zero(stopped: Settings) -> None:
    found = rows(
        stopped,
        "select metric, period_start, value from kpi.fct_kpi where grain = 'week' "
        "and metric in ('revenue', 'orders_paid') and period_start between '2026-10-12' and '2026-10-26' order by all",
    )
    weeks = [date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 26)]
    assert found == [
        *zip(["orders_paid"] * 3, weeks, [35, 0, 0], strict=True),
        *zip(["revenue"] * 3, weeks, [1750, 0, 0], strict=True),
    ]


@pytest.mark.slow
def test_revenue_that_stops_is_a_fall_of_all_of_it(stopped: Settings) -> None:
    first, *_ = verdicts(stopped, "revenue_falling", date(2026, 10, 19))
    assert first == (date(2026, 10, 19), "breach", -1.0, "firing")


@pytest.mark.slow
def test_a_kpi_without_a_denominator_is_not_zero(stopped: Settings) -> None:
    of_orders = [m for m in load_metrics(stopped.include) if m.head.inputs == ("orders",) and "shop" in m.head.by]
    found = dict(
        rows(
            stopped,
            "select metric, value from kpi.fct_kpi where entity_type = 'shop' and grain = 'week' "
            "and period_start = '2026-10-19'",
        )
    )
    for metric in of_orders:
        expected = 0 if metric.head.without_events == "zero" else None
        if metric.name in OF_EARLIER_DAYS:
            continue
        assert found.get(metric.name) == expected, metric.name


@pytest.mark.slow
def test_no_orders_is_reported_at_once_and_as_critical(stopped: Settings) -> None:
    since = verdicts(stopped, "sales_stopped", date(2026, 11, 1))
    assert since[0] == (date(2026, 11, 1), "breach", 14.0, "firing")
    assert since[1] == (date(2026, 11, 2), "ok", 0.0, "quiet")
    assert since[-1] == (NIGHT, "breach", 6.0, "firing")
    (mail,) = (stopped.home / "outbox").glob(f"{NIGHT}-运营.eml")
    assert mail.stat().st_size > 0
    told = "select severity, value from ops.alerts where rule = 'sales_stopped' and state = 'firing'"
    assert rows(stopped, told) == [("critical", 6.0)]


@pytest.mark.slow
def test_a_shop_that_sold_now_and_then_is_not_reported(tmp_path: Path) -> None:
    """The same file with the orders of every third day only."""

    def every_third_day(content: bytes) -> bytes:
        header, *lines = content.splitlines(keepends=True)
        return header + b"".join(line for line in lines if int(line.split(b"2026-")[1][3:5]) % 3 == 0)

    settings = case_home(tmp_path, "sales_stop", "spus", datetime(2026, 11, 9, 7), every_third_day)
    take_in(settings)
    judge_and_tell(settings, NIGHT)
    assert verdicts(settings, "sales_stopped", date(2026, 9, 1)) == []  # never counted against it
    assert rows(settings, "select max(value) > 1 from kpi.fct_kpi where metric = 'days_without_orders'") == [(True,)]


@pytest.mark.slow
def test_where_the_export_states_its_time_the_days_after_its_last_row_are_zero(settings: Settings) -> None:
    """A Tmall list of three weeks whose last order is three days older than its name."""
    days = [date(2026, 11, 1) - timedelta(days=n) for n in range(21)]
    orders = [
        order(n, **{"订单创建时间": f"{day} 09:00:00", "订单付款时间 ": f"{day} 09:05:00"})
        for n, day in enumerate(days)
    ]
    drop(settings, "qinghe/ExportOrderList202611050100.csv", orders_csv(orders), "2026-11-05T01:00:00")
    take_in(settings)
    judge_and_tell(settings, date(2026, 11, 4))
    assert rows(settings, "select day, revenue from marts.fct_shop_day where revenue = 0 order by day") == [
        (date(2026, 11, day), 0) for day in (2, 3, 4)
    ]
    assert verdicts(settings, "sales_stopped", date(2026, 11, 4)) == [(date(2026, 11, 4), "breach", 3.0, "firing")]


@pytest.mark.slow
def test_daily_lists_without_orders_are_days_of_zeros_though_their_bytes_are_the_same(settings: Settings) -> None:
    days = [date(2026, 10, 12) + timedelta(days=n) for n in range(24)]
    for day in days:
        cells = {"订单创建时间": f"{day} 09:00:00", "订单付款时间 ": f"{day} 09:05:00"}
        orders = [order(day.toordinal(), **cells)] if day < date(2026, 11, 2) else []
        exported = day + timedelta(days=1)
        drop(settings, f"qinghe/ExportOrderList{exported:%Y%m%d}0100.csv", orders_csv(orders), f"{exported}T01:00:00")
    take_in(settings)
    judge_and_tell(settings, date(2026, 11, 4))
    assert rows(settings, "select day, revenue from marts.fct_shop_day where revenue = 0 order by day") == [
        (date(2026, 11, day), 0) for day in (2, 3, 4)
    ]
    assert verdicts(settings, "sales_stopped", date(2026, 11, 4)) == [(date(2026, 11, 4), "breach", 3.0, "firing")]


def test_every_export_of_events_covers_the_days_between_its_rows() -> None:
    contracts = load_contracts(Settings().include).values()
    events = {contract.table for contract in contracts if contract.covers_span}
    assert {"orders", "refunds", "reviews", "parcels"} <= events
    assert all(contract.covers_span for contract in contracts if contract.table in {"refunds", "reviews", "parcels"})


@pytest.mark.slow
def test_the_dictionary_has_the_result_without_events_of_each_kpi(stopped: Settings) -> None:
    kpis = load_metrics(stopped.include)
    assert set(rows(stopped, "select metric, without_events from meta.metrics")) == {
        (kpi.name, kpi.head.without_events) for kpi in kpis
    }
    assert all(kpi.head.without_events == "zero" for kpi in kpis if kpi.head.adds_up)
