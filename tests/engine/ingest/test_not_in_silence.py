"""What looks like data and is none: days that have not come, Excel's errors, formulas that nobody worked out."""

from __future__ import annotations

import io

import openpyxl
import pytest

from files import WANXIANG, ask, drop, load_all, order, orders_csv, plan, plans_csv, table
from platforms import kuaiche
from shopwatch.core.settings import Settings

HELD = "select line, column_name, value from quarantine order by line"


def workbook(plans: list[dict[str, str]]) -> bytes:
    """As a person fills it in: what begins with = is a formula, #N/A an error."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    for cells in table(WANXIANG, plans):
        book.active.append(cells)
    book.save(content)
    return content.getvalue()


def test_a_day_that_has_not_come_is_set_aside(settings: Settings) -> None:
    days = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2206-01-05"]
    drop(settings, "qinghe/plans.csv", plans_csv([plan(n, day) for n, day in enumerate(days, start=1)]))
    assert load_all(settings)["wanxiang_plans"].rows == 3  # the zones' width after the export of the 3rd at 01:00
    assert ask(settings, HELD) == [(5, "日期", "2026-11-05"), (6, "日期", "2206-01-05")]
    assert ask(settings, "select last_day::varchar from loads") == [("2026-11-04",)]


def test_an_order_that_was_paid_after_the_export_is_set_aside(settings: Settings) -> None:
    late = order(2, **{"订单付款时间 ": "2062-11-02 09:05:00"})
    drop(settings, "qinghe/orders.csv", orders_csv([order(1), late]))
    assert load_all(settings)["tmall_orders"].rows == 1
    assert [line for line, *_ in ask(settings, HELD)] == [3]


def test_a_file_about_a_day_that_has_not_come_is_refused(settings: Settings) -> None:
    drop(settings, "qinghe/快车计划_20621102.csv", kuaiche("100"))
    assert load_all(settings)["jingzhuntong_kuaiche"].rejected == 1
    ((reason,),) = ask(settings, "select reason from loads")
    assert "the file states the day 2062-11-02, but it was exported on 2026-11-03" in reason


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("header", "error"), [("花费", "#N/A"), ("花费", "#DIV/0!"), ("总成交笔数", "#VALUE!"), ("计划ID", "#REF!")]
)
def test_an_error_of_excel_is_no_empty_cell(settings: Settings, header: str, error: str) -> None:
    drop(settings, "qinghe/plans.xlsx", workbook([plan(1), plan(2, **{header: error}), plan(3)]))
    assert load_all(settings)["wanxiang_plans"].rows == 2
    ((line, column, value),) = ask(settings, HELD)
    assert (line, value) == (3, error)
    assert header in column


def test_a_total_in_another_cell_is_no_campaign(settings: Settings) -> None:
    day = {"日期": "2026-11-02", "花费": "300.00"}
    totals = [
        {"计划ID": "合计", **day},
        {"计划ID": "合 计：", "主体ID": "-", **day},
        {"计划ID": "-", "主体ID": "", "计划名字": "总计", **day},
        {"计划名字": "Grand Total", **day},
    ]
    kept = [plan(1, 计划名字="总计划"), plan(2, 计划名字="合计"), {"计划名字": "未分组", **day}]
    drop(settings, "qinghe/plans.csv", plans_csv([*kept, *totals]))
    loaded = load_all(settings)["wanxiang_plans"]
    assert (loaded.rows, loaded.quarantined) == (3, 0)
    assert ask(settings, "select rows_skipped from loads") == [(4,)]


def test_a_formula_that_nobody_worked_out_is_named(settings: Settings) -> None:
    drop(settings, "qinghe/plans.xlsx", workbook([plan(1), plan(2, 花费="=SUM(1,2)")]))
    assert load_all(settings)["unknown"].rejected == 1
    ((reason,),) = ask(settings, "select reason from loads")
    assert "cell H3 is a formula" in reason
