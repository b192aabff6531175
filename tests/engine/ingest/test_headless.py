"""Files without a header row: read by the column order that exactly one contract declares, or refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_contract_keys import VISITS, house, say

from files import ask, drop, load_all
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.shops import load_shops
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.preview.inspect import inspect

__all__ = ["house"]

ORDERED: dict[str, Any] = {**VISITS, "column_order": ["日期", "页面", "备注", "访客数"]}
ROWS = ["2026-11-02,a1,早,3", "2026-11-02,b2,晚,4", "2026-11-03,a1,,5"]
READ = [(1, date(2026, 11, 2), "a1", 3), (2, date(2026, 11, 2), "b2", 4), (3, date(2026, 11, 3), "a1", 5)]


def read(house: Settings, content: str, encoding: str = "utf-8") -> list[tuple]:
    drop(house, "qinghe/流量.csv", content.encode(encoding))
    if not any(loaded.rows for loaded in load_all(house).values()):
        return []
    return ask(house, "select line, day, page, visitors from incoming.visits order by line")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", ", "])
def test_the_first_line_is_data(house: Settings, encoding: str, delimiter: str) -> None:
    say(house, ORDERED)
    assert read(house, "\r\n".join(ROWS).replace(",", delimiter), encoding) == READ


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_lines_count_from_the_first_also_below_blank_lines_and_quotes(house: Settings, encoding: str) -> None:
    say(house, ORDERED)
    content = '\n"2026-11-02","a1","早\n上","3"\n\n' + "\n".join(ROWS[1:])
    assert [row[0] for row in read(house, content, encoding)] == [2, 5, 6]


def test_inspect_says_that_there_is_no_header(house: Settings, tmp_path: Path) -> None:
    say(house, ORDERED)
    (house.include / "learn.yaml").symlink_to(PROJECT / "include" / "learn.yaml")
    path = tmp_path / "流量.csv"
    path.write_text("\n".join(ROWS), "utf-8")
    seen = inspect(house, load_contracts(house.include), load_shops(house), path, "qinghe", checks=False)
    assert (seen.verdict, seen.header_line, seen.because) == ("loads", 0, {})
    assert [row["line"] for row in seen.first_rows] == [1, 2, 3]


OTHERS = {
    "a header with other names": ("date,url,note,visitors\n", "does not fit the column order of visits (look at 日期)"),
    "one header that the contract knows": ("2026-11-02,页面,早,3\n", "nearest is visits"),
    "a value that is no day": ("2026-13-45,a1,早,3\n", "line 1 does not fit the column order of visits (look at 日期)"),
    "a number that is none": (
        "2026-11-02,a1,早,3x\n",
        "line 1 does not fit the column order of visits (look at 访客数)",
    ),
    "nothing to know it by": ("-,,早,--\n", "does not fit the column order of visits"),
    "another number of columns": ("2026-11-02,a1,3\n", "lines contain no contract's headers"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_first_row_that_may_be_something_else_refuses_the_file(house: Settings, case: str) -> None:
    first, reason = OTHERS[case]
    say(house, ORDERED)
    assert read(house, first + "\n".join(ROWS)) == []
    assert reason in reasons_of(house)


SPOILT = {
    "a cell too many": "2026-11-04,a1,,5,",
    "a cell too few": "2026-11-04,a1,5",
    "a stray quote": '2026-11-04,a1,"早"x,5',
    "the header": "日期,页面,备注,访客数",
    "another header": "date,page,note,visitors",
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_record_unlike_the_others_refuses_the_file(house: Settings, case: str) -> None:
    say(house, ORDERED)
    good = [f"2026-11-02,p{n},,{n}" for n in range(300)]
    assert read(house, "\n".join([*good, SPOILT[case], *ROWS])) == []
    assert "must have the 4 cells of the column order of visits, and line 301 does not" in reasons_of(house)


def test_two_orders_that_fit_refuse_the_file(house: Settings) -> None:
    other = {**ORDERED, "export": "views", "recognise": ["页面", "浏览"], "columns": {**VISITS["columns"]}}
    other["columns"]["visitors"] = {"from": "浏览", "type": "count"}
    say(house, ORDERED, {**other, "column_order": ["日期", "页面", "来源", "浏览"]})
    assert read(house, "\n".join(ROWS)) == []
    assert "several column orders or delimiters (views, visits)" in reasons_of(house)


def test_without_a_declared_order_nothing_is_guessed(house: Settings) -> None:
    say(house, VISITS)
    assert read(house, "\n".join(ROWS)) == []
    assert "lines contain no contract's headers" in reasons_of(house)


def test_a_header_counts_more_than_the_order(house: Settings) -> None:
    say(house, ORDERED)
    assert read(house, "访客数,页面,日期\n3,a1,2026-11-02") == [(2, date(2026, 11, 2), "a1", 3)]


@pytest.mark.parametrize(
    "order", [["日期", "页面"], ["日期", "页面", "访客数", "页 面"], ["日期", "页面", "访客数", ""]]
)
def test_an_order_names_every_column_once(house: Settings, order: list[str]) -> None:
    say(house, {**VISITS, "column_order": order})
    with pytest.raises(DeclarationError, match="column_order"):
        load_contracts(house.include)


def reasons_of(house: Settings) -> str:
    ((reason,),) = ask(house, "select reason from loads where state = 'rejected'")
    return str(reason)
