"""What a contract may say, each on a file that needs it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from files import ask, csv_bytes, drop, load_all, order, orders_csv
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.load import load_new

VISITS: dict[str, Any] = {
    "export": "visits",
    "title": {"zh": "访问", "en": "visits"},
    "recognise": ["页面", "访客数"],
    "table": "visits",
    "mode": "snapshot",
    "key": ["day", "page"],
    "version": {},
    "day": ["stat_date"],
    "columns": {
        "stat_date": {"from": "日期", "type": "day"},
        "page": {"from": "页面", "type": "id"},
        "visitors": {"from": "访客数", "type": "count"},
    },
}
UNDATED = {
    **VISITS,
    "day": "period",
    "period": {"preamble": r"统计日期：(\S+)(?: 至 (\S+))?", "name": r"(\d{4}-\d\d-\d\d)(?:_(\d{4}-\d\d-\d\d))?"},
    "columns": {name: column for name, column in VISITS["columns"].items() if name != "stat_date"},
}


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    """An installation whose contracts are written by each test."""
    include = tmp_path / "include"
    (include / "sources").mkdir(parents=True)
    for name in ("sql", "shops.yaml", "reasons.yaml"):
        (include / name).symlink_to(PROJECT / "include" / name)
    return Settings(home=tmp_path / "home", include=include, settle_seconds=0)


def say(house: Settings, *contracts: dict[str, Any]) -> None:
    for contract in contracts:
        path = house.include / "sources" / f"{contract['export']}.yaml"
        path.write_text(yaml.safe_dump(contract, allow_unicode=True), "utf-8")


def rows(house: Settings, columns: str) -> list[tuple]:
    return ask(house, f"select {columns} from incoming.visits order by all")


def reasons(house: Settings) -> list[str]:
    return [reason for result in load_all(house).values() for reason in result.reasons]


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("流量.csv", [["统计日期：2026-11-02"]]),
        ("流量.csv", [["统计日期：2026-11-02 至 2026-11-02"]]),
        ("流量_2026-11-02_2026-11-02.csv", []),
        ("2026-11-02/流量.csv", []),
        ("流量_2026-11-05.csv", [["统计日期：2026-11-02"]]),  # what is in the file counts more than its name
    ],
)
def test_a_file_without_a_date_column_says_its_day(house: Settings, name: str, above: list[list[str]]) -> None:
    say(house, UNDATED)
    drop(house, f"qinghe/{name}", csv_bytes([*above, ["页面", "访客数"], ["a", "3"]]))
    assert load_all(house)["visits"].rows == 1
    assert rows(house, "day, page, visitors") == [(date(2026, 11, 2), "a", 3)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("流量.csv", "does not state its day: put the day into its name or its folder"),
        ("流量_2026-11-02_2026-11-08.csv", "sums up 2026-11-02 to 2026-11-08"),
        ("流量_2026-13-45.csv", "2026-13-45, which does not exist"),
    ],
)
def test_a_day_that_is_not_stated_is_not_guessed(house: Settings, name: str, reason: str) -> None:
    say(house, UNDATED)
    drop(house, f"qinghe/{name}", csv_bytes([["页面", "访客数"], ["a", "3"]]))
    (said,) = reasons(house)
    assert reason in said


def test_rows_by_month_are_no_day_whatever_the_name_says(settings: Settings) -> None:
    titles = ["By Month", "Campaign name", "Cost", "Clicks (destination)"]
    drop(settings, "qinghe/tiktok_2026-11-02.csv", csv_bytes([titles, ["2026-11", "a", "1.00", "3"]], "utf-8"))
    (reason,) = reasons(settings)
    assert "its rows sum up a period (By Month) and it has no column By Day" in reason


def test_the_same_count_on_two_days_is_two_loads(house: Settings) -> None:
    say(house, UNDATED)
    for day in (2, 3):
        drop(house, f"qinghe/流量_2026-11-0{day}.csv", csv_bytes([["页面", "访客数"], ["a", "3"]]))
    assert load_all(house)["visits"].repeated == 0
    assert rows(house, "day, visitors") == [(date(2026, 11, 2), 3), (date(2026, 11, 3), 3)]


def test_a_day_that_the_folder_states_outlives_a_replay(house: Settings) -> None:
    say(house, UNDATED)
    drop(house, "qinghe/2026-11-02/流量.csv", csv_bytes([["页面", "访客数"], ["a", "3"]]))
    load_all(house)
    again = Settings(home=house.home / "again", include=house.include, settle_seconds=0)
    assert [loaded.rows for loaded in load_new(again, house.archive).values()] == [1]
    assert rows(again, "load_id, day, page") == rows(house, "load_id, day, page")


def test_constants_stand_in_every_row(house: Settings) -> None:
    say(house, {**VISITS, "constants": {"report": "page", "pool": "all"}})
    drop(house, "qinghe/a.csv", csv_bytes([["日期", "页面", "访客数"], ["2026-11-02", "a", "3"]]))
    load_all(house)
    assert rows(house, "page, report, pool") == [("a", "page", "all")]


def test_a_blank_cell_takes_the_value_above_of_its_own_thing_only(house: Settings) -> None:
    say(
        house,
        {
            **VISITS,
            "mode": "upsert",
            "key": ["page"],
            "fill_down": ["stat_date", "visitors"],
        },
    )
    lines = [["a", "2026-11-02", "3"], ["b", "2026-11-03", "-"], ["a", "", ""], ["b", "", "5"], ["b", "", ""]]
    drop(house, "qinghe/a.csv", csv_bytes([["页面", "日期", "访客数"], *lines]))
    load_all(house)
    assert rows(house, "line, page, day, visitors") == [
        (2, "a", date(2026, 11, 2), 3),
        (3, "b", date(2026, 11, 3), None),
        (4, "a", date(2026, 11, 2), 3),
        (5, "b", date(2026, 11, 3), 5),
        (6, "b", date(2026, 11, 3), 5),
    ]


def test_an_odd_id_and_an_old_day_count_are_called_that(settings: Settings) -> None:
    odd = [order(1, 订单编号="４８０００１"), order(2, 订单编号="4.8E+18"), order(3, **{"订单付款时间 ": "44866.5"})]
    drop(settings, "qinghe/orders.csv", orders_csv(odd))
    load_all(settings)
    codes = ask(settings, "select line, reason_code from quarantine order by line")
    assert codes == [(2, "odd_id"), (3, "unreadable_id"), (4, "unclear_serial")]


def test_of_several_columns_one_counts_and_a_row_that_fills_two_says_which(settings: Settings) -> None:
    titles = ["By Day", "Campaign name", "Cost", "Clicks (destination)"]
    titles += ["Complete payment value", "Gross revenue (Shop)"]
    pairs = [("10.00", "50.00"), ("0.00", "50.00"), ("20.00", "-"), ("--", ""), ("0.00", "0"), ("", "7.5")]
    days = [["2026-11-02", f"c{n}", "1.00", "3", *pair] for n, pair in enumerate(pairs)]
    drop(settings, "qinghe/tiktok.csv", csv_bytes([titles, *days], "utf-8"))
    load_all(settings)
    read = ask(settings, "select campaign_id, ad_revenue from incoming.tiktok_ads_campaigns order by campaign_id")
    assert read == [(f"c{n}", Decimal(value)) for n, value in enumerate(("50", "20", "0", "0", "7.5"), start=1)]
    filled = "Complete payment value: 10.00; Gross revenue (Shop): 50.00"
    assert ask(settings, "select file, line, value, reason_code from quarantine") == [
        ("tiktok.csv", 2, filled, "several_filled")
    ]


def test_a_cell_that_cannot_be_read_is_not_filled(house: Settings) -> None:
    say(house, {**VISITS, "mode": "upsert", "key": ["page"], "fill_down": ["visitors"]})
    lines = [["a", "2026-11-02", "3"], ["a", "2026-11-02", "many"]]
    drop(house, "qinghe/a.csv", csv_bytes([["页面", "日期", "访客数"], *lines]))
    assert load_all(house)["visits"].quarantined == 1
    assert ask(house, "select line, column_name, value from quarantine") == [(3, "访客数", "many")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("order", "cell", "moment"),
    [
        ("day_first", "02/11/2026 09:05", datetime(2026, 11, 2, 9, 5)),
        ("month_first", "02/11/2026 9:05 PM", datetime(2026, 2, 11, 21, 5)),
        ("day_first", "2.11.2026", datetime(2026, 11, 2)),
        ("day_first", "2026-11-02", datetime(2026, 11, 2)),
        ("day_first", "02/11/26", datetime(2026, 11, 2)),
        ("day_first", "2.11.26", datetime(2026, 11, 2)),
        ("day_first", "02/11/26 09:05", datetime(2026, 11, 2, 9, 5)),
        ("month_first", "11/2/26 9:05 PM", datetime(2026, 11, 2, 21, 5)),
    ],
)
def test_the_contract_says_which_comes_first_day_or_month(
    house: Settings, order: str, cell: str, moment: datetime
) -> None:
    columns = {**VISITS["columns"], "seen_at": {"from": "时间", "type": "timestamp"}}
    say(house, {**VISITS, "columns": columns, "date_order": order})
    drop(house, "qinghe/a.csv", csv_bytes([["日期", "页面", "访客数", "时间"], [cell.split()[0], "a", "3", cell]]))
    load_all(house)
    assert rows(house, "day, seen_at") == [(moment.date(), moment)]


@pytest.mark.parametrize(
    ("order", "cell"),
    [("day_first", "02/11/27"), ("day_first", "02/11/69"), ("day_first", "31/02/26")],
)
def test_a_short_year_is_neither_after_the_export_nor_guessed(house: Settings, order: str, cell: str) -> None:
    say(house, {**VISITS, "date_order": order})
    drop(house, "qinghe/a.csv", csv_bytes([["日期", "页面", "访客数"], [cell, "a", "3"]]))
    load_all(house)
    assert ask(house, "select line, value, reason_code from quarantine") == [(2, cell, "unreadable_day")]


def test_totals_are_known_by_their_beginning_too(house: Settings) -> None:
    say(house, {**VISITS, "skip": {"日期": ["合计", "Total*", ""]}})
    lines = [["2026-11-02", "a", "3"], ["Total: account", "--", "3"], ["合计", "", "3"], ["", "", "9"]]
    drop(house, "qinghe/a.csv", csv_bytes([["日期", "页面", "访客数"], *lines]))
    load_all(house)
    assert rows(house, "page, visitors") == [("a", 3)]
    assert ask(house, "select rows_read, rows_loaded, rows_skipped from loads") == [(4, 1, 3)]


def test_a_header_too_many_tells_two_exports_apart(house: Settings) -> None:
    by_plan = {
        **VISITS,
        "export": "plan_visits",
        "recognise": ["页面", "访客数", "计划ID"],
        "table": "plan_visits",
    }
    header, row = ["日期", "页面", "访客数", "计划ID"], ["2026-11-02", "a", "3", "7"]
    say(house, VISITS, by_plan)
    drop(house, "qinghe/a.csv", csv_bytes([header, row]))
    (said,) = reasons(house)
    assert "ambiguous" in said
    assert said.endswith(": plan_visits, visits")
    say(house, {**VISITS, "unless": ["计划ID"]})
    drop(house, "qinghe/b.csv", csv_bytes([header[:-1], row[:-1]]))
    assert set(load_all(house)) == {"plan_visits", "visits"}


def test_headers_differ_in_case_and_brackets_without_meaning_it(house: Settings) -> None:
    columns = {**VISITS["columns"], "answer": {"from": "首次响应时长（秒)", "type": "seconds"}}
    say(house, {**VISITS, "recognise": ["页面", "访客数", "PV占比(%)"], "columns": columns})
    drop(
        house,
        "qinghe/a.csv",
        csv_bytes(
            [["日期", "页面", "访客数", "pv占比（％）", "首次响应时长(秒）"], ["2026-11-02", "a", "3", "1%", "1分5秒"]]
        ),
    )
    load_all(house)
    assert rows(house, "page, answer") == [("a", 65.0)]


def test_a_column_that_stands_twice_is_refused(house: Settings) -> None:
    say(house, VISITS)
    drop(house, "qinghe/a.csv", csv_bytes([["日期", "页面", "访客数", "访客数"], ["2026-11-02", "a", "3", "4"]]))
    (said,) = reasons(house)
    assert "访客数 appears more than once in line 1" in said


def test_a_column_that_a_contract_gains_comes_without_a_replay(house: Settings) -> None:
    say(house, VISITS)
    path = drop(house, "qinghe/a.csv", csv_bytes([["日期", "页面", "访客数", "金额"], ["2026-11-02", "a", "3", "1.5"]]))
    load_all(house)
    say(house, {**VISITS, "columns": {**VISITS["columns"], "amount": {"from": "金额", "type": "money"}}})
    assert load_all(house)["visits"].rows == 1
    assert rows(house, "page, amount") == [("a", Decimal("1.50"))]
    assert path.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": "period"}, "`day: period` and `period` belong together"),
        ({"period": {"name": "x(.)"}}, "`day: period` and `period` belong together"),
        ({"day": "period", "period": {}}, "needs `preamble` or `name`"),
        ({"day": "period", "period": {"name": "x"}}, "one or two pairs of brackets"),
        ({"day": "period", "period": {"name": "("}}, "not a regular expression"),
        ({"constants": {"page": "x"}}, "`page` is a constant and a column"),
        (
            {"columns": {**VISITS["columns"], "visitors_sure": {"from": "sure", "type": "count"}}},
            "`visitors_sure` is reserved for a step of another column",
        ),
        ({"fill_down": ["pages"]}, "unknown column `pages` (did you mean `page`?)"),
        ({"date_order": "dmy"}, "date_order"),
    ],
)
def test_what_cannot_be_is_said_with_the_files_name(house: Settings, change: dict[str, Any], said: str) -> None:
    say(house, {**VISITS, **change})
    with pytest.raises(DeclarationError) as error:
        load_contracts(house.include)
    assert said in str(error.value)
    assert "visits.yaml" in str(error.value)
