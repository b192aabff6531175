from __future__ import annotations

import json

import pytest

from files import ask, drop, load_all, order, order_id, orders_csv, plan, plans_csv
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import CheckResult, check_and_settle

Night = tuple[Settings, dict[str, CheckResult]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """One checked night: faulty rows in qinghe, a mostly broken correction in mumian, nothing but rubble beside it."""
    settings = Settings(home=tmp_path_factory.mktemp("quality"), settle_seconds=0)
    plans = [plan(number) for number in range(30)]
    plans[3]["花费"] = "-1.00"
    plans[7]["点击量"] = "5,001"
    plans[12] = plans[11]
    plans[20]["总成交金额"] = "-0.01"
    plans[20]["花费"] = "-2"
    plans[21]["计划ID"] = "-"
    plans[22]["花费"] = "--"
    drop(settings, "qinghe/plans20261103010000.csv", plans_csv(plans))
    orders = [order(number) for number in range(16)]
    orders[4]["订单编号"] = orders[3]["订单编号"]
    drop(settings, "qinghe/a202611030100.csv", orders_csv(orders[:12]))
    drop(settings, "qinghe/b202611030200.csv", orders_csv([orders[0], *orders[12:]]))
    drop(settings, "mumian/plans20261103010000.csv", plans_csv([plan(1), plan(2)]))
    broken = [plan(1, 花费="999"), *(plan(number, 花费="-1") for number in range(2, 5))]
    drop(settings, "mumian/plans20261104010000.csv", plans_csv(broken))
    drop(settings, "mumian/c202611030100.csv", orders_csv([order(50, 买家应付货款="x"), order(51, 订单编号="1E+18")]))
    load_all(settings)
    return settings, {one.source: one for one in check_and_settle(settings)}


def test_rows_that_fail_are_kept_with_the_name_of_the_check(night: Night) -> None:
    held = ask(
        night[0],
        "select line, column_name, reason from quarantine"
        " where source = 'wanxiang_plans' and shop = 'qinghe' order by line",
    )
    key = "day, campaign_id, subject_id"
    assert held == [
        (5, "spend", "check between(spend, 0..)"),
        (13, key, f"check unique({key})"),
        (14, key, f"check unique({key})"),
        (22, "ad_revenue", "check between(ad_revenue, 0..)"),
        (23, "campaign_id", "check not_null(campaign_id)"),
    ]


def test_a_row_that_was_kept_out_can_be_read_there(night: Night) -> None:
    ((row,),) = ask(
        night[0], "select held from quarantine where column_name = 'spend' and line = 5 and shop = 'qinghe'"
    )
    assert (json.loads(row)["campaign_id"], float(json.loads(row)["spend"])) == ("60010000003", -1.0)


def test_the_other_rows_count_and_a_missing_amount_is_no_fault(night: Night) -> None:
    kept = ask(night[0], "select line from ad_day where shop = 'qinghe' order by line")
    assert [line for (line,) in kept] == [line for line in range(2, 32) if line not in (5, 13, 14, 22, 23)]
    assert ask(night[0], "select spend from ad_day where shop = 'qinghe' and line = 24") == [(None,)]


def test_a_warning_keeps_its_row_and_is_recorded(night: Night) -> None:
    assert ask(night[0], "select clicks from ad_day where shop = 'qinghe' and line = 9") == [(5001,)]
    recorded = ask(night[0], "select check_name, failed from checks where level = 'warn'")
    assert recorded == [("at_most_column(clicks, impressions)", 1)]


def test_each_failed_check_is_recorded_by_load(night: Night) -> None:
    recorded = ask(
        night[0],
        "select check_name, failed from checks join loads using (load_id, source)"
        " where shop = 'qinghe' and source = 'wanxiang_plans' and level = 'fail' order by 1",
    )
    assert recorded == [
        ("between(ad_revenue, 0..)", 1),
        ("between(spend, 0..)", 2),
        ("not_null(campaign_id)", 1),
        ("unique(day, campaign_id, subject_id)", 2),
    ]


def test_the_ledger_adds_up_after_the_checks(night: Night) -> None:
    for name, read, *parts in ask(
        night[0], "select file, rows_read, rows_loaded, rows_quarantined, rows_skipped from loads"
    ):
        assert read == sum(parts), name
    settled = ask(night[0], "select source, shop, sum(rows_loaded) from loads where state = 'settled' group by all")
    for source, shop, rows in settled:
        table = {"wanxiang_plans": "ad_day", "tmall_orders": "orders"}[source]
        ((kept,),) = ask(night[0], f"select count(*) from {table} where shop = '{shop}'")
        assert kept == rows - (1 if (source, shop) == ("tmall_orders", "qinghe") else 0)


def test_a_mostly_broken_file_fails_whole_and_replaces_nothing(night: Night) -> None:
    states = ask(night[0], "select file, state, reason from loads where shop = 'mumian' order by file")
    assert states == [
        ("c202611030100.csv", "failed", "2 of 2 rows are broken"),
        ("plans20261103010000.csv", "settled", None),
        ("plans20261104010000.csv", "failed", "3 of 4 rows are broken"),
    ]
    assert ask(night[0], "select distinct spend from ad_day where shop = 'mumian'") == [(100,)]
    assert ask(night[0], "select count(*) from orders where shop = 'mumian'") == [(0,)]


def test_unique_is_meant_within_one_file(night: Night) -> None:
    kept = ask(night[0], "select order_id from orders where shop = 'qinghe' order by order_id")
    assert [order for (order,) in kept] == [order_id(number) for number in (0, 1, 2, *range(5, 16))]
    held = ask(night[0], "select line, reason from quarantine where file = 'a202611030100.csv' order by line")
    assert held == [(5, "check unique(order_id)"), (6, "check unique(order_id)")]


def test_what_was_checked_is_reported(night: Night) -> None:
    assert night[1] == {
        "tmall_orders": CheckResult("tmall_orders", rows=17, failed=2, warned=0, blocked_loads=1),
        "wanxiang_plans": CheckResult("wanxiang_plans", rows=36, failed=8, warned=1, blocked_loads=1),
    }


def test_nothing_waits_any_more(night: Night) -> None:
    for name in ("tmall_orders", "wanxiang_plans"):
        assert ask(night[0], f"select * from incoming.{name}") == []
    assert check_and_settle(night[0]) == []


def test_data_docs_lie_on_disk(night: Night) -> None:
    (index,) = night[0].quality.rglob("data_docs/local_site/index.html")
    text = index.read_text("utf-8")
    assert "wanxiang_plans" in text
    pages = list((index.parent / "validations").rglob("*.html"))
    assert len(pages) == 2
    assert any("campaign_id" in page.read_text("utf-8") for page in pages)
