"""The week's workbook: its numbers are the tables', it is safe and orderly, and what a meeting writes comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from files import ask, drop, load_all
from review_tables import (
    METRICS,
    SUNDAY,
    TEA,
    UCI,
    WEEK,
    Rows,
    alert,
    campaign,
    decision,
    driver,
    full,
    item,
    metric,
    of_week,
    shop_week,
    stage,
    write_tables,
)
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.core.spreadsheets import FORMULA
from shopwatch.review.cells import neutral
from shopwatch.review.workbook import write_workbooks

CATALOG = Catalog(Settings())
HOSTILE = '=HYPERLINK("http://evil", "茶")'
Write = Callable[..., list[Path]]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(tables: dict[str, Rows], folder: str = "reports") -> list[Path]:
        warehouse = tmp_path / "shop.duckdb"
        warehouse.unlink(missing_ok=True)
        return write_workbooks(write_tables(warehouse, tables), CATALOG, tmp_path / folder)

    return write


def rows_of(sheet: Worksheet, head: int = 3) -> list[dict[str, object]]:
    """The table of a sheet, by its heads."""
    heads = [cell.value for cell in sheet[head]]
    return [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(head + 1, values_only=True)]


def test_every_number_is_the_published_tables_own(written: Write, tmp_path: Path) -> None:
    tables = full() | {
        "review.weekly_product": [item(number, revenue=Decimal(f"{number}.17")) for number in range(1, 40)]
    }
    book = openpyxl.load_workbook(written(tables)[0])
    found = rows_of(book["商品"])
    with duckdb.connect(tmp_path / "shop.duckdb", read_only=True) as con:
        published = con.execute(
            "select product_id, revenue, revenue_change, visitors, pay_conversion from review.weekly_product "
            "order by revenue desc"
        ).fetchall()
    names = ("商品 ID", "成交额", "环比", "访客数", "支付转化率")
    assert [tuple(row[name] for name in names) for row in found] == [
        (key, float(revenue), *rest) for key, revenue, *rest in published
    ]
    (row,) = rows_of(book["推广计划"])
    assert (row["花费"], row["推广成交额"], row["投入产出比"]) == (840.0, 1764.0, 2.1)
    values = {cell.value for line in book["总览"].iter_rows() for cell in line}
    assert {70610.7, 68718.5, 116.1360197, 3.7731, 608, -0.03995, 73549} <= values


def test_numbers_look_like_what_they_are(written: Write) -> None:
    book = openpyxl.load_workbook(written(full())[0])
    formats = {cell.value: cell.number_format for cell in book["商品"][4]}
    assert formats[600.4] == '"¥"#,##0.00;"−""¥"#,##0.00'
    assert formats[0.0057142857] == '0.00%;"−"0.00%'
    assert formats[-0.24].startswith('"▲ +"0.00%')
    words = {cell.value for cell in book["商品"][4]}
    assert "! 未达标" in words


def test_heads_stay_rows_can_be_filtered_and_a_page_is_as_wide_as_the_table(written: Write) -> None:
    book = openpyxl.load_workbook(written(full())[0])
    assert book.sheetnames[:2] == ["总览", "待办清单"]
    assert all((sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9) for sheet in book)
    assert all("&P" in sheet.oddFooter.right.text for sheet in book)
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes[-1] == "4"
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows == "$3:$3"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert len(book["总览"]._charts) == 2


@pytest.mark.slow
def test_the_same_warehouse_gives_the_same_bytes(written: Write) -> None:
    first, second = (written(full(), folder)[0].read_bytes() for folder in ("one", "two"))
    assert first == second


def test_each_language_has_a_workbook_of_its_own(written: Write) -> None:
    tables = full()
    tables["review.weekly_alerts"] += [alert(shop="uci", alert_key="u", currency="GBP")]
    chinese, english = written(tables)
    assert (chinese.name, english.name) == ("review-2026-W46.xlsx", "review-2026-W46-en.xlsx")
    (row,) = rows_of(openpyxl.load_workbook(english)["Action list"])
    assert (row["Shop"], row["Responsible"], row["Alert key"]) == (UCI["title"], "Marketing", "u")
    assert [row["预警编号"] for row in rows_of(openpyxl.load_workbook(chinese)["待办清单"])] == ["k"]


def test_a_shop_with_orders_only_has_a_workbook_too(written: Write) -> None:
    tables = {name: rows for name, rows in full().items() if name in ("marts.dim_shop", "meta.metrics")}
    (book,) = written(tables | {"review.weekly_shop": [shop_week(spend=None, roas=None)]})
    assert openpyxl.load_workbook(book).sheetnames == ["总览", "待办清单"]


def concerning(number: int) -> dict[str, Rows]:
    """An open alert of a stage."""
    tables = full()
    tables["meta.metrics"] = [*METRICS, metric("of_stage", "指标", "count", "orders") | {"stage": number}]
    return tables | {"review.weekly_alerts": [alert(metric="of_stage")]}


@pytest.mark.slow
def test_a_theme_has_its_sheet_in_weeks_with_an_alert_of_it(written: Write) -> None:
    sheets = {number: openpyxl.load_workbook(written(concerning(number))[0]).sheetnames for number in (3, 4)}
    assert sheets[3] == ["总览", "待办清单", "商品", "推广计划", "库存"]
    assert sheets[4] == ["总览", "待办清单", "商品", "推广计划"]


def test_the_action_list_has_the_most_severe_first_and_prints_no_keys(written: Write) -> None:
    other = TEA | {"shop": "bowl", "title": "一家名字很长很长的茶具旗舰店"}
    alerts = [
        alert(alert_key="a", entity="a", shop="tea", severity="warning", at_stake=Decimal(900)),
        alert(alert_key="b", entity="b", shop="tea", severity="critical", at_stake=Decimal(5)),
        alert(alert_key="c", entity="c", shop="bowl", severity="critical", at_stake=Decimal(8)),
        alert(alert_key="d", entity="d", shop="bowl", severity="info", at_stake=Decimal(9999)),
    ]
    tables = full() | {"review.weekly_alerts": alerts}
    tables["marts.dim_shop"] = [TEA, other]
    tables["review.weekly_shop"] = [shop_week(), shop_week(shop="bowl")]
    sheet = openpyxl.load_workbook(written(tables)[0])["待办清单"]
    assert [row["预警编号"] for row in rows_of(sheet)] == ["c", "b", "a", "d"]
    heads = {cell.value: cell.column_letter for cell in sheet[3]}
    assert f"${heads['预警编号']}" not in sheet.print_area
    cell = sheet[f"{heads['店铺']}4"]
    assert (cell.value, cell.alignment.wrap_text, cell.alignment.shrink_to_fit) == (other["title"], True, None)
    assert sheet.column_dimensions[heads["店铺"]].width > 24


def test_a_change_is_coloured_by_what_is_good_for_the_shop(written: Write) -> None:
    down = metric("refunded", "退款额", "money", "orders") | {"direction": "down"}
    up = metric("net_revenue", "净成交额", "money", "orders") | {"direction": "up"}
    weeks = [
        shop_week(WEEK - timedelta(days=7), refunded=Decimal(500), net_revenue=Decimal(60000)),
        shop_week(refunded=Decimal(2000), net_revenue=Decimal(80000), revenue_change=-0.05),
    ]
    tables = full() | {"meta.metrics": [*METRICS, down, up], "review.weekly_shop": weeks}
    tables["review.weekly_product"] = [item(revenue_change=-0.5), item(2, revenue_change=-0.5, completeness=0.5)]
    book = openpyxl.load_workbook(written(tables)[0])
    fills = {cell.value: cell.fill.fgColor.rgb for row in book["总览"].iter_rows() for cell in row}
    assert (fills[3.0], fills[1 / 3], fills[-0.05]) == ("FFFDE7C7", "FFDDF1E4", "00000000")
    products = {row[1].value: row[5].fill.fgColor.rgb for row in book["商品"].iter_rows(4)}
    assert products == {"茶壶 1": "FFFDE7C7", "茶壶 2": "00000000"}


def test_comments_explain_heads_numbers_and_money(written: Write) -> None:
    book = openpyxl.load_workbook(written(full())[0])
    products = {cell.value: cell.comment for cell in book["商品"][3]}
    assert "访客" in products["支付转化率"].text
    assert products["件数"] is None
    actions = book["待办清单"]
    notes = {head.value: cell.comment for head, cell in zip(actions[3], actions[4], strict=True)}
    assert notes["涉及金额"].text == "At_stake of roas"
    assert "花费" in notes["数值"].text


def test_names_from_files_are_text_and_stay_so_when_saved_as_csv(written: Write) -> None:
    tables = full() | {
        "review.weekly_product": [
            item(1, product_name=HOSTILE),
            item(2, product_name="\u202e<script>" + "茶" * 500 + "🍵", revenue=Decimal("1")),
        ],
        "review.weekly_ad_campaign": [campaign(campaign_name="@SUM(A1)", tool="+1")],
        "review.weekly_alerts": [alert(entity_name="-2+3|cmd")],
        "review.weekly_decision": [decision(note="=1+1", responsible="\t=2")],
    }
    book = openpyxl.load_workbook(written(tables)[0])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if cell.value.startswith(FORMULA)]
    names = [row["商品"] for row in rows_of(book["商品"])]
    assert names[0] == f"'{HOSTILE}"
    assert str(names[1]).endswith("🍵")


@given(st.text())
def test_no_text_is_ever_a_formula(text: str) -> None:
    assert not neutral(text).startswith(FORMULA)


def test_what_was_decided_before_stands_beside_the_alert_with_what_became_of_it(written: Write) -> None:
    book = openpyxl.load_workbook(written(full() | {"review.weekly_decision": [decision()]})[0])
    (row,) = rows_of(book["待办清单"])
    assert row["此前决定"] == "推广：另行处理（已逾期） 换关键词"
    (row,) = rows_of(book["决定与结果"])
    assert (row["决定"], row["期限"], row["结果"]) == ("另行处理", datetime(2026, 11, 15), "! 已逾期")


def fill(path: Path, **cells: object) -> bytes:
    """The workbook as a meeting hands it back, with its words written under those heads of the first alert."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    heads = {cell.value: cell.column for cell in sheet[3]}
    for head, value in cells.items():
        sheet.cell(4, heads[head.replace("_", " ")]).value = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


DECIDED = [("k", WEEK, "otherwise", "仓储", date(2026, 11, 20), "补货 50 件")]
CHINESE = {"会议决定": "另行处理", "落实部门": "仓储", "完成期限": date(2026, 11, 20), "会议备注": "补货 50 件"}
ENGLISH = {
    "Decision": "Do otherwise",
    "Responsible": "Warehouse",
    "Due": date(2026, 11, 20),
    "Meeting_note": "补货 50 件",
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("language", "said"), [("zh", CHINESE), ("en", ENGLISH)])
def test_what_the_meeting_writes_comes_back(
    written: Write, settings: Settings, language: str, said: dict[str, object]
) -> None:
    tables = full()
    tables["marts.dim_shop"] = [TEA | {"language": language}]
    drop(settings, "qinghe/会后.xlsx", fill(written(tables)[0], **said), "2026-11-16T10:00:00")
    loaded = load_all(settings)
    assert list(loaded) == ["shopwatch_meeting"]
    columns = "alert_key, week, decision, responsible, until, note"
    assert ask(settings, f"select {columns} from incoming.shopwatch_meeting") == DECIDED


@pytest.mark.slow
def test_saved_as_csv_it_comes_back_just_so(written: Write, settings: Settings) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fill(written(full())[0], **CHINESE)))
    text = io.StringIO(newline="")
    for row in book.worksheets[1].iter_rows(values_only=True):
        csv.writer(text).writerow(f"{v:%Y/%m/%d}" if isinstance(v, datetime) else v for v in row)
    drop(settings, "qinghe/会后.csv", text.getvalue().encode("gb18030"), "2026-11-16T10:00:00")
    load_all(settings)
    columns = "alert_key, week, decision, responsible, until, note"
    assert ask(settings, f"select {columns} from incoming.shopwatch_meeting") == DECIDED


@pytest.mark.slow
def test_a_list_that_nobody_filled_in_decides_nothing(written: Write, settings: Settings) -> None:
    drop(settings, "qinghe/空.xlsx", fill(written(full())[0]), "2026-11-16T10:00:00")
    (loaded,) = load_all(settings).values()
    assert (loaded.rejected, loaded.quarantined) == (0, 0)
    assert ask(settings, "select decision, until, note from incoming.shopwatch_meeting") == [(None, None, None)]


def test_stages_and_drivers_stand_on_the_overview_where_they_are_published(written: Write) -> None:
    named = {
        "rule_title_zh": "投产比过低",
        "worst_entity": "6001",
        "worst_entity_name": "=紫砂",
        "action_zh": "降低出价",
    }
    weak = stage(4, state="weak", is_weakest=True, alerts=1, at_stake=Decimal("756.00"), **named)
    lost = driver("factor", "visitors", "-120.55", driver_name=None, share_of_change=0.5)
    book = written(full() | {"review.weekly_stage": [weak], "review.weekly_driver": [lost]})[0]
    cells = {cell.value for row in openpyxl.load_workbook(book)["总览"].iter_rows() for cell in row}
    assert {"! 最薄弱", 756, "'=紫砂：投产比过低；降低出价", "访客数", -120.55, 0.5} <= cells


def test_targets_say_how_far_they_are_reached_and_what_each_day_left_must_bring(written: Write) -> None:
    aim = of_week() | {"target_grain": "month", "target_metric": "revenue", "period_start": date(2026, 11, 1)}
    running = aim | {"actual": 40000.0, "target": 100000.0, "forecast": Decimal("80000"), "pace_needed": 4000.0}
    weeks = [
        aim | {"entity": "roas/week", "target_metric": "roas", "target_grain": "week", "target": 3.0} | said
        for said in ({"actual": 2.0, "attainment": 2 / 3, "is_reached": False}, {"actual": 3.5, "is_reached": True}, {})
    ]
    months = [running | {"entity": "revenue/month", "is_within_reach": within} for within in (True, False, None)]
    book = openpyxl.load_workbook(written(concerning(1) | {"review.weekly_target": [*weeks, *months]})[0])
    found = rows_of(book["目标"])
    assert {row["判断"] for row in found if row["周期"] == "周"} == {"! 未达标", "✓ 达标", "无数据"}
    assert {row["判断"] for row in found if row["周期"] == "月"} == {"✓ 按进度能完成", "! 按进度完不成", "进行中"}
    month = next(row for row in found if row["周期"] == "月")
    assert (month["指标"], month["实际"], month["按进度预计"], month["剩余每天需要"]) == ("成交额", 40000, 80000, 4000)


def test_each_planned_campaign_is_there_with_its_result_also_a_good_one(written: Write) -> None:
    plan = of_week() | {"plan": "2026-11/a", "campaign": HOSTILE, "state": "over", "owner": "运营"}
    plans = [
        plan | {"budget": Decimal(3000), "budget_used": 0.9, "revenue_goal": Decimal(20000), "goal_reached": 1.05},
        plan | {"plan": "2026-11/b", "goal_reached": 0.95},
        plan | {"plan": "2026-12/c", "state": "coming"},
    ]
    book = openpyxl.load_workbook(written(concerning(4) | {"review.weekly_promotion": plans})[0])
    found = [(row["进展"], row["预算使用"], row["达成率"], row["判断"]) for row in rows_of(book["活动"])]
    assert found == [
        ("已结束", 0.9, 1.05, "✓ 达标"),
        ("已结束", None, 0.95, "! 未达标"),
        ("未开始", None, None, None),
    ]
    assert {row["活动"] for row in rows_of(book["活动"])} == {neutral(HOSTILE)}


def test_stages_without_a_table_of_their_own_show_the_weeks_kpis_of_shop_and_things(written: Write) -> None:
    service = metric("dsr", "店铺评分", "score", "service_shop_day") | {"stage": 6}
    row = of_week() | {"metric": "dsr", "value_last_week": 4.9, "period_end": SUNDAY}
    things = [
        row | {"entity_type": "shop", "entity": "tea", "value": 4.8},
        row | {"entity_type": "agent", "entity": "a1", "entity_name": "小青", "value": 4.7},
        row | {"entity_type": "agent", "entity": "a2"},
    ]
    tables = full() | {"meta.metrics": [*METRICS, service], "review.weekly_entity": things}
    tables["review.weekly_alerts"] = [alert(metric="dsr")]
    book = openpyxl.load_workbook(written(tables)[0])
    assert [(r["对象"], r["本周"], r["上周"], r["截至"]) for r in rows_of(book["客户服务"])] == [
        ("青禾茶具", 4.8, 4.9, datetime(2026, 11, 15)),
        ("小青", 4.7, 4.9, datetime(2026, 11, 15)),
    ]
