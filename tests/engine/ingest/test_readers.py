from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from files import WANXIANG, csv_bytes, plan, table, xls_bytes, xlsx_bytes
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import RejectedError, detect_contract
from shopwatch.ingest.readers import read
from shopwatch.ingest.record_counts import RecordCounts

CONTRACTS = load_contracts(PROJECT / "include")
CON = duckdb.connect()
CLEAR = library_sql("ingest/clear")
WIDTH = len(WANXIANG)

EXACT = st.text(alphabet="ab 1,\";'\n茶｜，龘=\t-|", max_size=8)
UNPARTED = EXACT.map(lambda cell: cell.replace(",", ""))
ONE_LINE = st.text(alphabet="ab1,;'茶龘=", max_size=6)


def tables(
    cells: st.SearchStrategy[str], most: int = 6, first: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[list[list[str]]]:
    """Lines of which none is wholly empty: nobody can tell such a line from a blank one."""
    first = (cells if first is None else first).map("r".__add__)
    line = st.tuples(first, *[cells] * (WIDTH - 1)).map(list)
    return st.lists(line, max_size=most)


Read = tuple[dict[int, tuple[str, ...]], dict[int, str], RecordCounts]


def read_back(folder: Path, content: bytes, name: str = "plans.csv") -> Read:
    """Cells by line, faults by line, counts."""
    path = folder / name
    path.write_bytes(content)
    CON.execute(CLEAR)
    counted = read(CON, detect_contract(path, CONTRACTS), folder / "scratch")
    names = ", ".join(f"coalesce(c{i}, '')" for i in range(WIDTH))
    lines = CON.execute(f"select line, {names} from lines").fetchall()
    broken = CON.execute("select line, reason from broken").fetchall()
    assert not list((folder / "scratch").glob("*"))
    assert len({line for line, *_ in lines}) == len(lines)
    assert len(lines) + len(broken) == counted.records
    assert counted.lines == counted.above + counted.records + counted.inside + counted.blank
    assert len(broken) == counted.broken
    assert None not in dict(broken)
    return {line: tuple(cells) for line, *cells in lines}, dict(broken), counted


def one_record(cells: list[str], end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerow(cells)
    return text.getvalue()


def written(lines: list[list[str]], blank_before: list[bool], end: str) -> tuple[str, list[int]]:
    """A file's text, and the physical line on which each record starts."""
    text, starts = one_record(WANXIANG, end), []
    for cells, blank in zip(lines, blank_before, strict=False):
        text += end if blank else ""
        starts.append(text.count("\n") + 1)
        text += one_record(cells, end)
    return text, starts


QUICK = hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BLANKS = st.lists(st.booleans(), min_size=6, max_size=6)


@QUICK
@given(
    lines=tables(EXACT),
    blanks=BLANKS,
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    closed=st.booleans(),
)
@example([["r1", *["x\ny"] * 9], ["r2", *['"'] * 9]], [False, True, *[False] * 4], "\r\n", "gb18030", False)
def test_cells_and_their_physical_lines_come_back(
    tmp_path: Path, lines: list[list[str]], blanks: list[bool], end: str, encoding: str, closed: bool
) -> None:
    text, starts = written(lines, blanks, end)
    content = (text if closed else text.removesuffix(end)).encode(encoding)
    cells, broken, counted = read_back(tmp_path, content)
    assert cells == {start: tuple(line) for start, line in zip(starts, lines, strict=True)}
    assert broken == {}
    assert (counted.records, counted.broken) == (len(lines), 0)


@QUICK
@given(
    lines=tables(ONE_LINE),
    widths=st.lists(st.integers(2, WIDTH + 4), min_size=6, max_size=6),
    blanks=BLANKS,
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_ragged_lines_are_set_apart_with_their_line(
    tmp_path: Path, lines: list[list[str]], widths: list[int], blanks: list[bool], end: str, encoding: str
) -> None:
    lines = [(line + ["x"] * 4)[:width] for line, width in zip(lines, widths, strict=False)]
    text, starts = written(lines, blanks, end)
    cells, broken, counted = read_back(tmp_path, text.encode(encoding))
    placed = list(zip(starts, lines, strict=True))
    assert cells == {start: tuple(line) for start, line in placed if len(line) == WIDTH}
    assert broken == {start: f"{len(line)}/{WIDTH}" for start, line in placed if len(line) != WIDTH}
    assert (counted.records, counted.broken) == (len(lines), len(broken))


@pytest.mark.slow
@QUICK
@given(lines=tables(EXACT), ragged=st.integers(0, 5), blanks=BLANKS, end=st.sampled_from(["\n", "\r\n"]))
def test_a_ragged_line_among_cells_with_line_ends_keeps_every_line(
    tmp_path: Path, lines: list[list[str]], ragged: int, blanks: list[bool], end: str
) -> None:
    lines = [line[:-2] if number == ragged else line for number, line in enumerate(lines)]
    text, starts = written(lines, blanks, end)
    cells, broken, _ = read_back(tmp_path, text.encode())
    placed = list(zip(starts, lines, strict=True))
    assert cells == {start: tuple(line) for start, line in placed if len(line) == WIDTH}
    assert {start for start, line in placed if len(line) != WIDTH} == {
        line for line, reason in broken.items() if not reason.startswith("inside")
    }


@pytest.mark.slow
@QUICK
@given(
    lines=tables(UNPARTED, first=ONE_LINE.filter(lambda cell: "," not in cell)),
    data=st.data(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_stray_quote_never_makes_a_wrong_row_silently(
    tmp_path: Path, lines: list[list[str]], data: st.DataObject, end: str
) -> None:
    text, _ = written(lines, [False] * len(lines), end)
    header = len(one_record(WANXIANG, end))
    at = data.draw(st.integers(header, len(text)))
    try:
        cells, broken, _ = read_back(tmp_path, (text[:at] + '"' + text[at:]).encode())
    except RejectedError:
        return  # the whole file is set aside with a reason
    plain = [[cell.replace('"', "") for cell in line] for line in lines]
    wrong = [row for row in cells.values() if [cell.replace('"', "") for cell in row] not in plain]
    assert len(wrong) <= 1
    if not broken:
        assert not wrong
        assert len(cells) == len(lines)


@QUICK
@given(lines=tables(ONE_LINE.filter(lambda cell: "," not in cell), most=8), data=st.data())
def test_a_quote_inside_a_cell_leaves_every_line_where_it_is(
    tmp_path: Path, lines: list[list[str]], data: st.DataObject
) -> None:
    if lines:
        row = data.draw(st.integers(0, len(lines) - 1))
        lines[row][0] = 'r5" x'
    text = "\n".join(",".join(line) for line in [WANXIANG, *lines])
    cells, broken, _ = read_back(tmp_path, text.encode("gb18030"))
    assert cells == {number: tuple(line) for number, line in enumerate(lines, start=2)}
    assert broken == {}


POLLUTIONS = {
    "a delimiter": lambda cells, at: ",".join([*cells[:at], "", *cells[at:]]),
    "a delimiter less": lambda cells, at: ",".join(cells[:at]) + ",".join(cells[at:]),
    "a quote that opens": lambda cells, at: ",".join([*cells[:at], f'"{cells[at]}', *cells[at + 1 :]]),
    "another delimiter": lambda cells, at: ",".join(cells[: at + 1]) + ";" + ",".join(cells[at + 1 :]),
    "a NUL": lambda cells, at: ",".join([*cells[:at], f"\0{cells[at]}", *cells[at + 1 :]]),
}


@QUICK
@given(
    lines=st.lists(
        st.lists(st.text("ab1 茶", max_size=4).map("r1".__add__), min_size=WIDTH, max_size=WIDTH), max_size=6
    ),
    pollution=st.sampled_from(sorted(POLLUTIONS)),
    row=st.integers(0, 5),
    at=st.integers(1, WIDTH - 2),
)
def test_each_row_of_a_polluted_file_is_read_as_it_was_or_its_line_is_reported(
    tmp_path: Path, lines: list[list[str]], pollution: str, row: int, at: int
) -> None:
    texts = [",".join(line) for line in lines]
    if row < len(lines):
        texts[row] = POLLUTIONS[pollution](lines[row], at)
    cells, broken, _ = read_back(tmp_path, "\n".join([",".join(WANXIANG), *texts]).encode())
    assert cells | dict.fromkeys(broken) == {
        number: None if number in broken else tuple(line) for number, line in enumerate(lines, start=2)
    }
    assert (row + 2 in broken) == (row < len(lines))


def test_lf_and_crlf_in_one_file(tmp_path: Path) -> None:
    lines = [list(plan(number).values()) for number in range(4)]
    text = one_record(WANXIANG, "\r\n") + "".join(
        one_record(line, end) for line, end in zip(lines, ["\n", "\r\n", "\n", "\r\n"], strict=True)
    )
    cells, broken, _ = read_back(tmp_path, text.encode("gbk"))
    assert sorted(cells) == [2, 3, 4, 5]
    assert [cells[number][2] for number in (2, 3, 4, 5)] == [line[2] for line in lines]
    assert not broken


@pytest.mark.slow
def test_a_large_file_keeps_order_and_lines(tmp_path: Path) -> None:
    lines = [["r" + str(number), *["长" * 20] * (WIDTH - 1)] for number in range(20_000)]
    lines[12_345] = lines[12_345][:4]
    cells, broken, counted = read_back(tmp_path, csv_bytes([WANXIANG, *lines], "gb18030"))
    assert (counted.records, counted.broken) == (20_000, 1)
    assert broken == {12_347: f"4/{WIDTH}"}
    assert all(cells[number + 2][0] == f"r{number}" for number in range(20_000) if number != 12_345)


@pytest.mark.parametrize("make", [xls_bytes, xlsx_bytes])
def test_lines_of_a_sheet_count_as_excel_counts_them(tmp_path: Path, make) -> None:
    lines = [[""] * WIDTH, ["标题"] + [""] * (WIDTH - 1), *table(WANXIANG, [plan(1)]), [""] * WIDTH]
    content = make([*lines, *table(WANXIANG, [plan(2)])[1:]])
    cells, _, counted = read_back(tmp_path, content, "plans.xls")
    assert {line: row[2] for line, row in cells.items() if row[2]} == {4: "60010000001", 6: "60010000002"}
    assert counted.broken == 0


def test_lines_above_a_sheets_first_cell_count_too(tmp_path: Path) -> None:
    content = xlsx_bytes([[], [], *table(WANXIANG, [plan(1)])])
    cells, _, _ = read_back(tmp_path, content, "plans.xlsx")
    assert list(cells) == [4]


@pytest.mark.parametrize("make", [xls_bytes, xlsx_bytes])
def test_a_long_id_in_a_number_cell_is_shown_as_destroyed(tmp_path: Path, make) -> None:
    lines = table(WANXIANG, [plan(1), plan(2), plan(3)])
    lines[1][2] = "6917926768823643751"
    lines[3][2] = 600_100_000_03
    if make is xlsx_bytes:
        lines[2][2] = 6917926768823643751
        cells, _, _ = read_back(tmp_path, make(lines), "plans.xlsx")
        assert cells[3][2] == "6.917927E+18"
    else:
        cells, _, _ = read_back(tmp_path, make(lines), "plans.xls")
    assert cells[2][2] == "6917926768823643751"
    assert cells[4][2] == "60010000003"
