"""Text as it arrives: encodings, line ends, quotes, delimiters, blank and damaged lines; every line accounted for."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from files import UCI, WANXIANG, csv_bytes, plan, table
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.damaged_text import DAMAGED
from shopwatch.ingest.detect import RejectedError, detect_contract
from shopwatch.ingest.formats.texts import LONGEST_LINE
from shopwatch.ingest.readers import read
from shopwatch.ingest.record_counts import RecordCounts

CONTRACTS = load_contracts(PROJECT / "include")
CLEAR = library_sql("ingest/clear")
CON = duckdb.connect()
WIDTH = len(WANXIANG)
HEAD = ",".join(WANXIANG)
IDS = {1: "60010000001", 2: "60010000002", 3: "60010000003"}


def line(number: int, **cells: str) -> str:
    return ",".join(plan(number, **{"展现量": "5000", **cells}).values())


A, B, C = line(1), line(2), line(3)


def seen(folder: Path, content: bytes | str) -> tuple[dict[int, str], dict[int, str], RecordCounts]:
    """Campaign by line, reasons of broken lines, counts; what every file must fulfil is checked here."""
    path = folder / "plans.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    CON.execute(CLEAR)
    counted = read(CON, detect_contract(path, CONTRACTS), folder / "scratch")
    rows = CON.execute("select line, c2 from lines").fetchall()
    broken = CON.execute("select line, reason from broken").fetchall()
    assert not list((folder / "scratch").glob("*"))
    assert counted.lines == counted.above + counted.records + counted.inside + counted.blank
    assert (len(rows) + len(broken), len(broken)) == (counted.records, counted.broken)
    assert len({number for number, _ in rows + broken}) == counted.records
    assert all(counted.above < number <= counted.lines for number, _ in rows + broken)
    return dict(rows), dict(broken), counted


ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8 with mark": "utf-8-sig",
    "gb18030": "gb18030",
    "utf-16 little, marked": "utf-16",
    "utf-16 little": "utf-16-le",
    "utf-16 big": "utf-16-be",
}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"], ids=["comma", "tab", "semicolon", "bar"])
@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    plans = [plan(1), plan(2, 计划名字="上海一店\n龘"), plan(3)]
    content = csv_bytes(table(WANXIANG, plans), encoding, delimiter=delimiter)
    rows, broken, _ = seen(tmp_path, content)
    assert (rows, broken) == ({2: IDS[1], 3: IDS[2], 5: IDS[3]}, {})
    marked = b"\xfe\xff" + content
    if encoding == "utf-16-be":
        assert seen(tmp_path, marked)[0] == rows


def test_text_that_turns_out_to_be_gb18030_far_below(tmp_path: Path) -> None:
    header = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    lines = [header, *([f"5{n:05d}", "1", "CUP", "1", "2010-12-01 08:26:00", "1", "1", "UK"] for n in range(9000))]
    lines[8000][7] = "中国"
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(lines, "gb18030"))
    CON.execute(CLEAR)
    assert read(CON, detect_contract(path, CONTRACTS), tmp_path / "scratch").records == 9000
    assert CON.execute("select c7 from lines where line = 8001").fetchall() == [("中国",)]


def plans(bad: dict[int, bytes], encoding: str = "utf-8", count: int = 100, end: bytes = b"\n") -> bytes:
    """The header and so many plans, of which some lines have such bytes in their fourth cell."""
    lines = [HEAD.encode(encoding)]
    for number in range(2, count + 2):
        before, after = (part.encode(encoding) for part in line(number, 计划名字="@").split("@"))
        lines.append(before + bad.get(number, "计划".encode(encoding)) + after)
    return end.join(lines) + end


BAD_BYTES = {
    "GB18030": ("gb18030", b"\xff"),
    "GB18030, half a character": ("gb18030", "计划".encode("gb18030")[1:]),
    "GB18030, half a character of four": ("gb18030", b"\x819"),
    "UTF-8": ("utf-8", b"\xff"),
    "UTF-8, half a character": ("utf-8", "计划".encode()[:-1]),
    "UTF-8, Latin-1 that could be Chinese": ("utf-8", "Sérum".encode("latin-1")),
    "UTF-8, GB18030": ("utf-8", "计划".encode("gb18030")),
    "UTF-8 with mark, Latin-1": ("utf-8-sig", "Sérum".encode("latin-1")),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("where", [2, 3001], ids=["at the top", "far below"])
@pytest.mark.parametrize("case", BAD_BYTES)
def test_bytes_that_are_no_text_cost_their_line_only(tmp_path: Path, case: str, where: int, end: bytes) -> None:
    encoding, spoilt = BAD_BYTES[case]
    content = plans({where: spoilt}, encoding.removesuffix("-sig"), 3000, end)
    rows, broken, _ = seen(tmp_path, codecs.BOM_UTF8 * encoding.endswith("sig") + content)
    assert broken == {where: DAMAGED}
    assert len(rows) == 2999
    assert CON.execute("select distinct c3 from lines").fetchall() == [("计划",)]


def test_a_byte_that_is_no_letter_in_a_file_of_ascii_costs_its_line(tmp_path: Path) -> None:
    rows = [["536365", "1", "CUP", "1", "2010-12-01 08:26:00", "1", "1", "UK"] for _ in range(99)]
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes([UCI, *rows], "ascii").replace(b"CUP", b"C\xffP", 1))
    CON.execute(CLEAR)
    assert read(CON, detect_contract(path, CONTRACTS), tmp_path / "scratch").broken == 1
    assert CON.execute("select line, reason from broken").fetchall() == [(2, DAMAGED)]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("word", "encoding"),
    [
        ("浙江", "gb18030"),
        ("中国–浙江", "gb18030"),
        ("Sérum", "cp1252"),
        ("Große Tasse für Käse – 5 €", "cp1252"),
        ("Städte, Größe, Füße, süß", "cp1252"),
        ("MUG £5", "latin-1"),
        ("マグカップ 青い", "cp932"),
        ("北海道の湯のみ", "cp932"),
        ("北海道湯呑", "cp932"),
        ("東京都渋谷区", "cp932"),
        ("臺灣茶壺", "gb18030"),
        ("Women’s – “œuvre” of ’Öse’", "cp1252"),
    ],
)
@pytest.mark.parametrize("plain_rows", [0, 3000], ids=["at the top", "far below"])
def test_one_word_of_a_language_in_a_file_of_ascii_is_read(
    tmp_path: Path, word: str, encoding: str, plain_rows: int
) -> None:
    path = tmp_path / "a.csv"
    rows = [["536365", "1", "CUP", "1", "2010-12-01 08:26:00", "1", "1", "UK"] for _ in range(plain_rows)]
    rows.append(["536365", "1", word, "1", "2010-12-01 08:26:00", "1", "1", "UK"])
    path.write_bytes(csv_bytes([UCI, *rows], encoding))
    CON.execute(CLEAR)
    assert read(CON, detect_contract(path, CONTRACTS), tmp_path / "scratch").broken == 0
    assert CON.execute("select c2 from lines where c2 != 'CUP'").fetchall() == [(word,)]


def test_a_damaged_line_in_an_archive_and_with_a_line_end_in_a_cell(tmp_path: Path) -> None:
    content = plans({5: b'"a\n\xff"', 9: b'"a\nb"'}, "gb18030", end=b"\r\n")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("plans.csv", content)
    rows, broken, counted = seen(tmp_path, archive.getvalue())
    assert broken == {5: DAMAGED, 6: "inside the broken record of line 5"}
    assert (len(rows), counted.inside, 10 in rows, 11 in rows) == (99, 1, True, False)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_damage_throughout_refuses_the_file(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(RejectedError, match=r"6 of 100 lines have bytes that are not valid .* first on line 7"):
        seen(tmp_path, plans(dict.fromkeys(range(7, 13), b"\xff"), encoding))
    assert len(seen(tmp_path, plans(dict.fromkeys(range(7, 12), b"\xff"), encoding))[1]) == 5


def test_utf_16_that_lacks_a_byte_is_refused_as_all_after_it_is_out_of_step(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match="not valid UTF-16"):
        seen(tmp_path, codecs.BOM_UTF16_LE + (HEAD + "\n" + A + "\n").encode("utf-16-le")[:-1])


def test_a_query_that_goes_wrong_is_not_the_files_fault(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(plans({}))
    for wrong, error in {
        "select cast(c3 as integer) as number from source": duckdb.ConversionException,
        "select regexp_matches(c3, c3 || '(') as word from source": duckdb.InvalidInputException,
        "select c99 from source": duckdb.BinderException,
    }.items():
        CON.execute(CLEAR)
        with pytest.raises(error):
            read(CON, detect_contract(path, CONTRACTS), tmp_path / "scratch", wrong)
        assert not list((tmp_path / "scratch").glob("*"))


def test_what_duckdb_says_of_the_csv_is_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(plans({}))
    CON.execute(CLEAR)
    with pytest.raises(RejectedError, match=r"not a text table: .*CSV Error on Line: 7"):
        read(CON, detect_contract(path, CONTRACTS), tmp_path, "select error('CSV Error on Line: 7') as c2 from source")


TEXTS = {
    "no end": ([HEAD, A, B], "", {2: 1, 3: 2}, {}),
    "blank lines": ([HEAD, "", A, "", "", B, "", ""], "\n", {3: 1, 6: 2}, {}),
    "lines of blanks": ([HEAD, "  ", A, "\t", B], "\n", {3: 1, 5: 2}, {}),
    "lines of delimiters": ([HEAD, "," * (WIDTH - 1), A, ", , ,", B, ",,"], "\n", {3: 1, 5: 2}, {}),
    "one empty cell more": ([HEAD, A + ",", B + ","], "\n", {2: 1, 3: 2}, {}),
    "several empty cells more": ([HEAD, A + ",,,", B + ",,,", C + ",,,"], "\n", {2: 1, 3: 2, 4: 3}, {}),
    "an empty cell more in some": ([HEAD, A + ",", B, C], "\n", {3: 2, 4: 3}, {2: f"{WIDTH + 1}/{WIDTH}"}),
    "one more than the others": ([HEAD, A + ",", B + ",,", C + ","], "\n", {2: 1, 4: 3}, {3: f"{WIDTH + 2}/{WIDTH}"}),
    "a short line among them": ([HEAD, A + ",", "合计,9", C + ","], "\n", {2: 1, 4: 3}, {3: f"2/{WIDTH}"}),
    "a cell more, once filled": ([HEAD, A + ",", B + ",x"], "\n", {}, dict.fromkeys((2, 3), f"{WIDTH + 1}/{WIDTH}")),
    "a cell too many": ([HEAD, A + ",x", B], "\n", {3: 2}, {2: f"{WIDTH + 1}/{WIDTH}"}),
    "a cell too few": ([HEAD, A, B.rpartition(",")[0]], "\n", {2: 1}, {3: f"{WIDTH - 1}/{WIDTH}"}),
    "header with an empty end": ([HEAD + ",,", A + ",,", B + ",,"], "\n", {2: 1, 3: 2}, {}),
    "sep": (["sep=,", HEAD, A, B], "\n", {3: 1, 4: 2}, {}),
    "preamble": (["报表", "", "", "店铺,青禾", HEAD, A, B], "\n", {6: 1, 7: 2}, {}),
    "wide preamble": (["x" + "," * 40, HEAD, A], "\n", {3: 1}, {}),
    "preamble with a quote": (['5" screen', HEAD, A, B], "\n", {3: 1, 4: 2}, {}),
    "preamble in quotes": (['"a\nb","c"', "", HEAD, A, B], "\n", {5: 1, 6: 2}, {}),
    "quoted header": ([",".join(f'"{word}"' for word in WANXIANG), A, B], "\n", {2: 1, 3: 2}, {}),
    "line end in the header": ([f'"日期\n",{HEAD[3:]}', A, B], "\n", {3: 1, 4: 2}, {}),
    "two line ends in the header": ([f'"日\n期\n",{HEAD[3:]}', A, B], "\n", {4: 1, 5: 2}, {}),
    "tabs in the header": ([HEAD.replace(",", "\t ,"), A], "\n", {2: 1}, {}),
    "a NUL in a cell": ([HEAD, A, B.replace("计划2", "计\0划"), C], "\n", {2: 1, 4: 3}, {3: DAMAGED}),
    "NULs behind a cut line": ([HEAD, A, B[:-2] + "\0" * 400], "", {2: 1}, {3: DAMAGED}),
    "Ctrl-Z before a line": ([HEAD, A, "\x1a", B], "\n", {2: 1, 4: 2}, {3: f"1/{WIDTH}"}),
    "inches": ([HEAD, A.replace("计划1", '5" 屏'), B, C], "\n", {2: 1, 3: 2, 4: 3}, {}),
    "inches at the end": ([HEAD, A.replace("计划1", '屏 5"'), B.replace("计划2", 'x"y"'), C], "\n",
                          {2: 1, 3: 2, 4: 3}, {}),
    "escaped quotes": ([HEAD, A.replace("计划1", '"5"" 屏"""'), B.replace("计划2", '""')], "\n", {2: 1, 3: 2}, {}),
    "delimiter and line end in quotes": ([HEAD, A.replace("计划1", '"a,\n,b"'), B], "\n", {2: 1, 4: 2}, {}),
    "text behind a quote": ([HEAD, A, B.replace("计划2", '"a"b'), C], "\n", {2: 1, 4: 3}, {3: None}),
    "an open quote": ([HEAD, A, B.replace("计划2", '"a'), C], "\n", {2: 1}, {3: None, 4: None}),
    "a broken record over lines": ([HEAD, A.replace("计划1", '"8"",'), B.replace("计划2", '"x"'), C], "\n",
                                   {4: 3}, {2: None, 3: None}),
    "lines inside a cell": ([HEAD, A.replace("计划1", '"a'), B, C.replace("计划3", 'c"')], "\n",
                            {}, {2: None, 3: None, 4: None}),
    "a row inside a cell": ([HEAD, A.replace("计划1", '"a'), B.replace("计划2", 'b"'), C], "\n",
                            {4: 3}, {2: None, 3: None}),
    "the header again": ([HEAD, A, HEAD, B, "\ufeff" + HEAD, C], "\n", {2: 1, 4: 2, 6: 3}, {3: None, 5: None}),
    "a mark in the middle": ([HEAD, A, "\ufeff" + B], "\n", {2: 1, 3: 2}, {}),
    "a backslash before a quote": ([HEAD, A.replace("计划1", '"a\\", b"'), B], "\n", {3: 2}, {2: None}),
    "another delimiter from here on": ([HEAD, A, B.replace(",", ";"), C], "\n", {2: 1, 4: 3}, {3: f"1/{WIDTH}"}),
}  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("case", TEXTS)
def test_lines_and_cells(tmp_path: Path, case: str, end: str) -> None:
    lines, last, good, bad = TEXTS[case]
    rows, broken, counted = seen(tmp_path, ("\n".join(lines) + last).replace("\n", end))
    assert rows == {number: IDS[which] for number, which in good.items()}
    assert set(broken) == set(bad)
    assert all(reason is None or broken[number] == reason for number, reason in bad.items())
    assert counted.lines == ("\n".join(lines) + last).count("\n") + (not last and bool(lines[-1]))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "end", ["\r\n\x1a", "\x1a", "\n\x1a\r\n", "\r\n\x1a" + "\0" * 90, "\r\n" + "\0" * 400, "\r\n" + "\x1a" * 9]
)
def test_marks_of_the_end_are_no_row(tmp_path: Path, end: str, encoding: str) -> None:
    content = ("\r\n".join([HEAD, A, B]) + end).encode(encoding)
    rows, broken, counted = seen(tmp_path, content)
    assert (rows, broken, counted.lines) == ({2: IDS[1], 3: IDS[2]}, {}, 3)
    with zipfile.ZipFile(tmp_path / "zipped", "w") as archive:
        archive.writestr("plans.csv", content)
    assert seen(tmp_path, (tmp_path / "zipped").read_bytes()) == (rows, broken, counted)
    last = CON.execute("select * from lines order by line desc limit 1").fetchall()[0]
    assert not any(mark in str(cell) for cell in last for mark in "\x1a\0")


def test_a_list_with_a_mark_of_its_end_alone_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "plans.csv").write_text(HEAD + "\r\n\x1a")
    assert detect_contract(tmp_path / "plans.csv", CONTRACTS).is_empty


@pytest.mark.parametrize("ends", [["\n", "\r\n"], ["\r\n", "\n"], ["\r", "\n"], ["\r", "\r\n", "\n"]])
def test_mixed_line_ends(tmp_path: Path, ends: list[str]) -> None:
    text = "".join(part + ends[number % len(ends)] for number, part in enumerate([HEAD, A, B, C]))
    rows, broken, _ = seen(tmp_path, text)
    assert (rows, broken) == ({2: IDS[1], 3: IDS[2], 4: IDS[3]}, {})


@pytest.mark.parametrize("inner", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_ends_inside_cells_stay(tmp_path: Path, inner: str) -> None:
    for end in ("\n", "\r\n"):
        seen(tmp_path, end.join([HEAD, A.replace("计划1", f'"a{inner}b"'), B, ""]))
        assert CON.execute("select c3 from lines order by line").fetchall() == [(f"a{inner}b",), ("计划2",)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_long_text_whose_lines_end_in_cr_only(tmp_path: Path, encoding: str) -> None:
    content = plans({}, encoding, 30_000, b"\r")
    assert len(content) > LONGEST_LINE
    rows, broken, counted = seen(tmp_path, content)
    assert (len(rows), broken, counted.lines) == (30_000, {}, 30_001)


@pytest.mark.slow
def test_thousands_of_ragged_lines_are_one_reason(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match=f"thousands of lines do not have the header's {WIDTH} cells"):
        seen(tmp_path, HEAD + "\n" + "1,2\n" * 60_000)


PIECES = st.sampled_from(["a", "茶", ",", '"', '""', "\n", "\r\n", "\r", "\0", " ", ",,", A + "\n", B + "\r\n", HEAD])


@pytest.mark.slow
@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, max_size=30), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_every_line_of_any_text_is_accounted_for_or_the_text_is_refused(
    tmp_path: Path, pieces: list[str], encoding: str
) -> None:
    text = HEAD + "\n" + "".join(pieces)
    try:
        _, _, counted = seen(tmp_path, text.encode(encoding))
    except RejectedError:
        return
    universal = io.IncrementalNewlineDecoder(None, translate=True).decode(text, final=True)
    ended = (text + "\n" if not text.endswith("\n") else text, universal + "\n" * (not universal.endswith("\n")))
    padded = (re.sub(r"(?<![^\n])\0+\n?\Z", "", one) for one in ended)
    assert counted.lines in {one.count("\n") for one in (*ended, *padded)}


@pytest.mark.parametrize("empty", [1, 2])
def test_empty_cells_at_the_end_of_the_header_alone_are_no_columns(tmp_path: Path, empty: int) -> None:
    rows, broken, _ = seen(tmp_path, f"{HEAD}{',' * empty}\n{A}\n{B}\n")
    assert (rows, broken) == ({2: IDS[1], 3: IDS[2]}, {})


def test_an_empty_cell_at_the_end_of_the_header_and_of_some_records(tmp_path: Path) -> None:
    rows, broken, _ = seen(tmp_path, f"{HEAD},\n{A}\n{B},\n{C},\n")
    assert (rows, set(broken)) == ({3: IDS[2], 4: IDS[3]}, {2})
