"""Small files whose records were once read wrong in silence, as they lie beside the checkout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from files import ask, drop, load_all, xls_bytes, xlsx_bytes
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.load import LoadResult

CASES = PROJECT.parent / "shared" / "cases"
ORDERS = {
    "export": "notes",
    "title": {"zh": "备注", "en": "Notes"},
    "recognise": ["order", "name", "paid"],
    "table": "notes",
    "mode": "upsert",
    "key": ["order"],
    "version": {},
    "day": "version",
    "columns": {
        "order": {"from": "order", "type": "id"},
        "name": {"from": "name", "type": "text"},
        "paid": {"from": "paid", "type": "money"},
        "note": {"from": "note", "type": "text", "optional": True},
    },
}
TOLD = "select line, reason_code from quarantine order by line"
ROWS = 'select line, "order", name, cast(paid as double) from incoming.notes order by line'

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases do not lie here")


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> Settings:
    """An installation that knows the export of the small files, and Superstore's."""
    include = tmp_path / "include"
    include.mkdir()
    for entry in (PROJECT / "include").iterdir():
        if entry.name != "sources":
            (include / entry.name).symlink_to(entry)
    (include / "sources").mkdir()
    for path in (PROJECT / "include" / "sources" / "uci").iterdir():
        (include / "sources" / path.name).symlink_to(path)
    (include / "sources" / "notes.yaml").write_text(yaml.safe_dump(ORDERS), "utf-8")
    superstore = yaml.safe_load((CASES / "two_digit_years" / "orders.yaml").read_text("utf-8"))
    apart = {**superstore, "table": "superstore"}  # of its dates it is here, not of its money
    (include / "sources" / "superstore.yaml").write_text(yaml.safe_dump(apart), "utf-8")
    return settings.model_copy(update={"include": include})


def taken(house: Settings, case: str) -> LoadResult:
    drop(house, f"qinghe/{case}", (CASES / case).read_bytes())
    (loaded,) = load_all(house).values()
    return loaded


def test_an_extra_empty_cell_is_ragged(house: Settings) -> None:
    taken(house, "records/s1_extra_empty_cell.csv")
    assert ask(house, TOLD) == [(3, "ragged")]
    assert ask(house, ROWS) == [(2, "A1", "pot", 10.0)]


def test_two_stray_quotes_cost_every_line_between_them(house: Settings) -> None:
    taken(house, "records/s2_two_stray_quotes.csv")
    told = ask(house, TOLD)
    assert told == [(101, "swallowed_lines"), *((line, "inside_broken") for line in range(102, 602))]
    assert {line for line, *_ in ask(house, ROWS)} == {*range(2, 101), *range(602, 1002)}


def test_all_lines_of_a_broken_record_are_named(house: Settings) -> None:
    assert taken(house, "records/s3_broken_record_hides_lines.csv").quarantined == 2
    assert ask(house, TOLD) == [(2, "broken_line"), (3, "inside_broken")]
    assert ask(house, ROWS) == [(4, "A3", "lid", 30.0)]


def test_an_open_quote_in_the_header_hides_no_row(house: Settings) -> None:
    assert taken(house, "records/s4_open_quote_in_header.csv").quarantined == 1
    assert ask(house, TOLD) == [(1, "header_quote")]
    assert ask(house, "select state from loads") == [("incoming",)]
    assert ask(house, ROWS) == [(2, "A1", "pot", 10.0), (3, "A2", "cup", 20.0), (4, "A3", "lid", 30.0)]


def test_a_quote_in_the_middle_of_a_cell_holds_nothing_together(house: Settings) -> None:
    taken(house, "records/s5_quote_in_the_middle.csv")
    assert ask(house, TOLD) == [(2, "broken_line")]


def test_another_header_in_the_body_refuses_the_file(house: Settings) -> None:
    assert taken(house, "records/s6_second_header_in_body.csv").rejected == 1
    ((code, reason),) = ask(house, "select reason_code, reason from loads")
    assert code == "second_header"
    assert reason.startswith("line 3 is a different header from line 1")


def test_a_price_never_becomes_a_customer(house: Settings) -> None:
    taken(house, "records/s1_uci_price_is_the_customer.csv")
    told = ask(house, TOLD)
    assert (2, "ragged") in told
    assert ask(house, "select count(*) from quarantine where line = 2") == [(1,)]


def test_short_years_are_read_in_the_stated_order(house: Settings) -> None:
    taken(house, "two_digit_years/superstore.csv")
    days = ask(house, "select cast(min(ordered_at) as date)::varchar, count(*) from incoming.superstore_orders")
    assert days == [("2019-01-03", 50)]


def test_joined_files_are_reported_and_their_rows_read(house: Settings) -> None:
    part = b"order,name,paid,note\nA1,pot,10,\n"
    drop(house, "qinghe/a.csv", part + part.replace(b"A1", b"A2"))
    load_all(house)
    assert ask(house, TOLD) == [(3, "repeated_header")]
    assert [row[1] for row in ask(house, ROWS)] == ["A1", "A2"]


def test_another_table_in_the_body_refuses_the_file(house: Settings) -> None:
    drop(house, "qinghe/a.csv", b"order,name,paid,note\nA1,pot,10,\nsku,stock\nS1,7\nname,order,paid\n")
    load_all(house)
    assert ask(house, "select reason_code from loads") == [("second_header",)]


def test_a_table_below_a_blank_line_refuses_the_file(house: Settings) -> None:
    """None of its headers is known, and one column only cannot hold them."""
    drop(house, "qinghe/a.csv", b"order,name,paid,note\nA1,pot,10,\n\nsku,stock,price,place\nS1,7,3,x\n")
    load_all(house)
    assert ask(house, "select reason_code, reason_values->>'line' from loads") == [("second_header", "4")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("write", [xlsx_bytes, xls_bytes])
def test_headers_in_the_body_of_a_workbook(house: Settings, write: Callable[[list[list[str]]], bytes]) -> None:
    header, row = ["order", "name", "paid", "note"], ["A1", "pot", "10", ""]
    tables = {
        "again": [header, row, [""], header, ["A2", "cup", "20", "x"]],
        "another": [header, row, ["name", "order", "paid", "note"], ["cup", "A3", "30", "x"]],
        "unknown": [header, row, [""], ["sku", "stock", "price", "place"], ["S1", "7", "3", "x"]],
        "words": [header, row, ["A4", "name", "sold out", ""]],
    }
    for name, lines in tables.items():
        drop(house, f"qinghe/{name}", write(lines))
    load_all(house)
    assert dict(ask(house, "select file, reason_code from loads where state = 'rejected'")) == {
        "another": "second_header",
        "unknown": "second_header",
    }
    assert ask(house, ROWS) == [(2, "A1", "pot", 10.0), (2, "A1", "pot", 10.0), (5, "A2", "cup", 20.0)]
    assert ask(house, TOLD) == [(3, "unreadable_money"), (4, "repeated_header")]
