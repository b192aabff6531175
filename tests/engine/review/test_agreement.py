"""The demo's week on the page, in Monday's mail and in the workbook: the same alerts, money and weakest stage."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from night_tools import Demo
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import page_words
from shopwatch.core.settings import Settings
from shopwatch.judge.stakes import stake_of, together
from shopwatch.review.causes import in_groups
from shopwatch.review.tables import Row, Tables, read_tables
from shopwatch.review.wording import amount

INCLUDE = Settings().include
REVIEW = "review-2026-W46"


class Week(NamedTuple):
    """The three forms of one week, and the rows that they show."""

    page: str
    mail: str
    book: Any
    tables: Tables


@pytest.fixture
def week(demo: Demo) -> Week:
    assert demo.exit_code == 0, demo.run.output
    return read_week(demo.home)


def read_week(home: Path) -> Week:
    mail = message_from_bytes((home / "outbox" / f"{REVIEW}-运营.eml").read_bytes(), policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    return Week(
        page=re.sub(r"<[^>]+>", "", (home / "reports" / f"{REVIEW}.html").read_text("utf-8")),
        mail=text.get_content(),
        book=openpyxl.load_workbook(home / "reports" / f"{REVIEW}.xlsx"),
        tables=read_tables(home / "published" / "shop.duckdb", None, 0),
    )


def opened(tables: Tables, stage: int, shop: str) -> list[Row]:
    definitions = tables.definitions
    alerts = [row for row in tables.of("alerts", shop) if row["state"] != "resolved"]
    return [row for row in alerts if definitions[row["metric"]]["stage"] == stage]


def overview_rows(book: Any) -> list[tuple[object, ...]]:
    return [row[1:5] for row in book["总览"].iter_rows(values_only=True)]


def test_the_weakest_stage_is_one_sentence_on_the_page_and_in_the_mail_and_marked_in_the_workbook(week: Week) -> None:
    say = page_words(INCLUDE, "zh")
    weakest = [row for row in week.tables.rows["stages"] if row["is_weakest"]]
    assert {row["shop"] for row in weakest} == {"qinghe", "mumian"}
    for row in weakest:
        name = say(f"stage_{row['stage']}")
        sentence = say("weakest_stage", stage=name, money=amount(row["at_stake"], row["currency"]))
        assert sentence in week.page
        assert sentence in week.mail
        assert (name, "! 最薄弱", float(row["at_stake"]), row["alerts"]) in overview_rows(week.book)


def test_no_other_weak_stage_has_more_at_stake_and_each_stage_has_the_money_of_its_alerts(week: Week) -> None:
    say, tables = page_words(INCLUDE, "zh"), week.tables
    for row in tables.rows["stages"]:
        alerts = opened(tables, row["stage"], row["shop"])
        assert row["at_stake"] == together(map(stake_of, alerts)).get(row["currency"])
        assert row["alerts"] == len(alerts)
        if row["at_stake"] is not None:
            assert amount(row["at_stake"], row["currency"]) in week.page
            cells = [(name, money) for name, _, money, _ in overview_rows(week.book)]
            assert (say(f"stage_{row['stage']}"), float(row["at_stake"])) in cells
    for shop in ("qinghe", "mumian"):
        stages = [row for row in tables.of("stages", shop) if row["state"] == "weak" and row["stage"] < 7]
        weakest = next(row for row in stages if row["is_weakest"])
        assert weakest["at_stake"] == max(row["at_stake"] or 0 for row in stages)


def test_page_mail_and_workbook_show_the_same_alert_alike(week: Week) -> None:
    sheet = week.book["待办清单"]
    heads = [cell.value for cell in sheet[3]]
    listed = [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(4, values_only=True)]
    alerts = in_groups(row for row in week.tables.rows["alerts"] if row["state"] != "resolved")
    assert [line["预警编号"] for line in listed] == [row["alert_key"] for row in alerts]
    departments = Catalog(Settings()).departments
    for line, row in zip(listed, alerts, strict=True):
        assert line["对象"] == row["entity_name"]
        assert line["涉及金额"] == (None if row["at_stake"] is None else float(row["at_stake"]))
        assert line["落实部门"] in departments
        assert row["currency"] == "CNY"
    first = listed[0]["对象"]
    assert first in week.page
    assert first in week.mail
