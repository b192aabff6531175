"""The same week last year: what the demo shop's exports of last year hold, and nothing for the shop that gave none."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import fastexcel
import pytest

from night_tools import Demo, ask

SALE_WEEK, SALE_WEEK_THEN = date(2026, 11, 9), date(2025, 11, 10)
# KPI of the shop's own report -> its column
COLUMNS = {"visitors": "访客数", "views": "浏览量", "paying_buyers": "支付买家数"}


def rows(demo: Demo, sql: str) -> list[tuple[object, ...]]:
    assert demo.exit_code == 0, demo.run.output
    return ask(demo.home / "published" / "shop.duckdb", sql)


def days_then(demo: Demo) -> list[dict[str, str]]:
    path = demo.home / "inbox" / "qinghe" / "店铺整体_自助取数_2025-09-08_2025-11-16.xls"
    return fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_arrow().to_pylist()


def paid_then(demo: Demo) -> list[Decimal]:
    """What each paid order of the list brought; all of them are of the week."""
    text = (demo.home / "inbox" / "qinghe" / "ExportOrderList202610301725.csv").read_bytes().decode("gbk")
    return [
        Decimal(line["买家实付金额"]) + Decimal(line["退款金额"])
        for line in csv.DictReader(io.StringIO(text, newline=""))
        if line["订单付款时间 "]
    ]


@pytest.mark.parametrize("metric", COLUMNS)
def test_each_week_stands_beside_that_of_last_year(metric: str, demo: Demo) -> None:
    expected: dict[object, int] = defaultdict(int)
    for day in days_then(demo):
        then = date.fromisoformat(day["统计日期"])
        expected[then - timedelta(days=then.weekday()) + timedelta(weeks=52)] += int(
            day[COLUMNS[metric]].replace(",", "")
        )
    found = rows(
        demo,
        "select week_start, value_last_year::bigint from review.weekly_kpi "
        f"where shop = 'qinghe' and metric = '{metric}' and value_last_year is not null",
    )
    assert len(found) == 10
    assert dict(found) == expected


def test_the_sales_week_stands_beside_last_years_orders(demo: Demo) -> None:
    paid = paid_then(demo)
    ((revenue, change, then),) = rows(
        demo,
        "select revenue, revenue_change_last_year, revenue_last_year from review.weekly_shop "
        "where revenue_last_year is not null",
    )
    assert then == sum(paid)
    assert change == pytest.approx(float(revenue / then - 1))  # type: ignore[operator]
    assert rows(
        demo,
        "select week_start, compared_week, revenue_compared, orders_paid_compared, no_traffic "
        "from review.weekly_change where shop = 'qinghe' and versus = 'last_year'",
    ) == [(SALE_WEEK, SALE_WEEK_THEN, then, len(paid), None)]
    drivers = rows(
        demo,
        "select dimension, sum(effect) = any_value(revenue_moved), any_value(revenue_moved) "
        "from review.weekly_driver where versus = 'last_year' group by dimension order by dimension",
    )
    assert drivers == [(name, True, revenue - then) for name in ("factor", "region")]  # type: ignore[operator]


@pytest.mark.parametrize("table", ["weekly_change", "weekly_driver"])
def test_who_gave_nothing_of_last_year_is_not_compared_with_it(table: str, demo: Demo) -> None:
    assert rows(demo, f"select count(*) from review.{table} where shop = 'mumian' and versus = 'last_year'") == [(0,)]
    assert rows(demo, "select count(value_last_year) from review.weekly_kpi where shop = 'mumian'") == [(0,)]
    assert rows(demo, "select count(revenue_last_year) from review.weekly_shop where shop = 'mumian'") == [(0,)]


def test_last_year_fires_nothing_and_blocks_nothing_of_today(demo: Demo) -> None:
    assert rows(demo, "select min(since) from ops.episodes") == [(date(2026, 9, 7),)]
    assert rows(
        demo,
        "select count(*) from (select * from ops.verdict_counts where shop = 'qinghe' "
        "qualify period_start = max(period_start) over (partition by rule)) where verdict = 'blocked'",
    ) == [(0,)]
    assert rows(demo, "select count(*) from ops.reconciliation") == [(0,)]


def test_nobody_has_watched_between_the_two_years(demo: Demo) -> None:
    between = "between date '2025-11-17' and date '2026-09-06'"
    for table in (
        "intermediate.int_days",
        "marts.fct_checklist_day",
        "marts.fct_fulfilment_day",
        "marts.fct_repeat_day",
    ):
        built = ask(demo.home / "warehouse" / "shop.duckdb", f"select count(*) from {table} where day {between}")
        assert built == [(0,)], table
    assert rows(demo, f"select count(*) from review.weekly_shop where week_start {between}") == [(0,)]
