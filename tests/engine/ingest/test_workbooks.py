"""Workbooks of any origin: the cells that Excel shows, or a refusal whose reason is true; each costs only itself."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import olefile
import openpyxl
import pytest
import xlsxwriter
import xlwt
from xlwt.CompoundDoc import XlsDoc

from files import WANXIANG, plan, table, xls_bytes, xlsx_bytes
from shopwatch.core.settings import PROJECT
from shopwatch.ingest.formats import workbook_process
from shopwatch.ingest.formats.containers import RejectedError, content_of
from shopwatch.ingest.formats.sheets import Workbook

SHARED = PROJECT.parent / "shared"
needs_office = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")


def book(path: Path, content: bytes | None = None) -> Workbook:
    if content is not None:
        path.write_bytes(content)
    return Workbook(content_of(path))


def cells(folder: Path, content: bytes, sheet: int = 0) -> list[list[str]]:
    """The lines of a sheet, blanks as empty text."""
    columns = [column.to_pylist() for column in book(folder / "a.xls", content).cells(sheet).columns]
    return [[cell or "" for cell in line] for line in zip(*columns, strict=True)]


def how_it_ends(path: Path) -> tuple[str, list[list[str]]]:
    """``loaded`` with the lines of the first sheet, or the code of the refusal."""
    try:
        columns = [column.to_pylist() for column in book(path).cells(0).columns]
    except RejectedError as why:
        return why.code, []
    return "loaded", [[cell or "" for cell in line] for line in zip(*columns, strict=True)]


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(RejectedError) as error:
        cells(folder, content)
    return error.value.code


def lines_of(rows: int, columns: int = 36) -> list[list[str]]:
    head = [f"列{column}" for column in range(columns)]
    return [head, *([f"{row}-{column % 7}" for column in range(columns)] for row in range(rows - 1))]


def by_xlwt(lines: list[list[str]]) -> bytes:
    workbook, content = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    sheet = workbook.add_sheet("Sheet1")
    for row, line in enumerate(lines):
        for column, cell in enumerate(line):
            sheet.write(row, column, cell)
    workbook.save(content)
    return content.getvalue()


def by_xlsxwriter(lines: list[list[str]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for row, line in enumerate(lines):
            sheet.write_row(row, 0, line)
    return content.getvalue()


def by_openpyxl(lines: list[list[str]]) -> bytes:
    workbook, content = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = workbook.create_sheet()
    for line in lines:
        sheet.append(line)
    workbook.save(content)
    return content.getvalue()


def by_office(folder: Path, content: bytes, form: str) -> bytes:
    (folder / "made.xlsx").write_bytes(content)
    command = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", form]
    subprocess.run([*command, "--outdir", str(folder / "out"), str(folder / "made.xlsx")], check=True, timeout=300)
    return (folder / "out" / f"made.{form}").read_bytes()


WRITERS = [by_xlwt, by_xlsxwriter, by_openpyxl]


@pytest.mark.parametrize("rows", [1, 2, 255, 256, 257, 300, 1025])
@pytest.mark.parametrize("write", WRITERS)
def test_every_row_and_column_number_is_read(
    tmp_path: Path, write: Callable[[list[list[str]]], bytes], rows: int
) -> None:
    assert cells(tmp_path, write(lines_of(rows))) == lines_of(rows)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rows", [10_000, 65_536])
@pytest.mark.parametrize("write", WRITERS)
def test_as_many_rows_as_xls_has(tmp_path: Path, write: Callable[[list[list[str]]], bytes], rows: int) -> None:
    assert cells(tmp_path, write(lines_of(rows, 12))) == lines_of(rows, 12)


@pytest.mark.parametrize("columns", [1, 255, 256])
def test_as_many_columns_as_xls_has(tmp_path: Path, columns: int) -> None:
    assert cells(tmp_path, by_xlwt(lines_of(300, columns))) == lines_of(300, columns)


@needs_office
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("rows", [1, 300, 10_000, 65_536])
@pytest.mark.parametrize("form", ["xls", "xlsx"])
def test_what_libreoffice_writes(tmp_path: Path, rows: int, form: str) -> None:
    lines = lines_of(rows, 12)
    assert cells(tmp_path, by_office(tmp_path, by_xlsxwriter(lines), form)) == lines


def test_the_product_report_that_was_called_damaged() -> None:
    paths = list((SHARED / "cases" / "xls_false_damage").glob("*.xls"))
    if not paths:
        pytest.skip("the case is not here")
    assert book(paths[0]).cells(0).shape == (205, 36)


def stream_of(xls: bytes) -> bytes:
    with olefile.OleFileIO(xls) as file:
        return file.openstream("Workbook").read()


def in_ole(stream: bytes) -> bytes:
    content = io.BytesIO()
    XlsDoc().save(content, stream)
    return content.getvalue()


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def test_points_of_a_chart_are_no_cells(tmp_path: Path) -> None:
    lines = lines_of(5, 4)
    sheet = stream_of(by_xlwt(lines)).rstrip(b"\0").removesuffix(b"\x0a")  # all but the record that ends it
    point = record(0x203, struct.pack("<HHHd", 1, 0, 0, 99.0))
    chart = record(0x809, struct.pack("<HHHHII", 0x600, 0x20, 0, 0, 0, 0)) + point + record(0x0A)
    assert cells(tmp_path, in_ole(sheet + chart + record(0x0A))) == lines


def test_a_cell_where_no_xls_has_one_is_damage(tmp_path: Path) -> None:
    stream = stream_of(xls_bytes([["a", "b"]]))
    at = stream.index(record(0xFD, bytes(10))[:4] + struct.pack("<HH", 0, 1))
    assert refused(tmp_path, in_ole(stream[: at + 7] + b"\xff" + stream[at + 8 :])) == "torn_workbook"


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8, 0.97])
def test_a_download_that_was_cut_is_refused_or_whole(tmp_path: Path, kept: float) -> None:
    lines = lines_of(400)
    content = by_xlwt(lines)
    path = tmp_path / "cut.xls"
    path.write_bytes(content[: int(len(content) * kept)])
    end, read = how_it_ends(path)
    assert end in {"torn_workbook", "broken_workbook"} or read == lines


def with_formula(formula: str, result: bytes | None = None) -> bytes:
    workbook, content = xlwt.Workbook(), io.BytesIO()
    sheet = workbook.add_sheet("a")
    sheet.write(0, 0, 2)
    sheet.write(0, 1, xlwt.Formula(formula))
    workbook.save(content)
    none = b"\x03" + bytes(5) + b"\xff\xff"
    assert content.getvalue().count(none) == 1
    return content.getvalue().replace(none, result or none)


@pytest.mark.parametrize("formula", ["A1*2", "SUM(A1:A1)", "-A1", "ROUND(A1;2)", "A1+SUM(A1:A1)"])
def test_a_formula_whose_number_was_never_stored_is_refused(tmp_path: Path, formula: str) -> None:
    with pytest.raises(RejectedError, match="cell B1 is a formula"):
        cells(tmp_path, with_formula(formula))
    assert cells(tmp_path, with_formula(formula, struct.pack("<d", 4.0))) == [["2", "4"]]


@pytest.mark.parametrize(
    ("cell", "setting"),
    [
        (b"<x:c r='B1'><x:f>A1*2</x:f></x:c>", b""),
        (b"<c r='B1'><f t='shared' si='0'/></c>", b""),
        (b"<c r='B1'><f>A1*2</f><v>0</v></c>", b"<calcPr fullCalcOnLoad='1'/>"),  # as xlsxwriter leaves it
    ],
)
def test_a_formula_that_its_program_did_not_calculate_is_refused(tmp_path: Path, cell: bytes, setting: bytes) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes([[2, 7]]))) as made, zipfile.ZipFile(content, "w") as changed:
        for part in made.namelist():
            text = made.read(part).replace(b"<c><v>7</v></c>", cell)
            changed.writestr(part, text.replace(b"</workbook>", setting + b"</workbook>"))
    with pytest.raises(RejectedError, match="cell B1 is a formula"):
        cells(tmp_path, content.getvalue())


@pytest.mark.parametrize("formula", ['IF(A1>1;"";"x")', 'A1&""', '""'])
def test_a_formula_that_may_give_an_empty_text_is_read(tmp_path: Path, formula: str) -> None:
    assert cells(tmp_path, with_formula(formula))[0][0] == "2"


@pytest.mark.parametrize("start_1904", [False, True])
@pytest.mark.parametrize("form", ["xls", "xlsx"])
def test_times_and_dates_are_what_excel_shows(tmp_path: Path, form: str, start_1904: bool) -> None:
    day = 45000 - 1462 * start_1904
    values = [
        (1.5, "[h]:mm:ss", "36:00:00"),
        (0.5, "h:mm", "12:00:00"),
        (0, "h:mm:ss", "0:00:00"),
        (0.00040509259, "mm:ss", "0:00:35"),
        (day, "yyyy-mm-dd", "2023-03-15 00:00:00"),
        (day + 0.25, "yyyy-mm-dd hh:mm", "2023-03-15 06:00:00"),
        (day + 1 - 1e-10, "yyyy-mm-dd", "2023-03-16 00:00:00"),  # as a sum of fractions gives it
        (day, '"¥"0.00', str(day)),
        (0.1234, "0.00%", "0.1234"),
        (1e-7, "General", "0.0000001"),
    ]
    content = io.BytesIO()
    if form == "xls":
        old = xlwt.Workbook()
        old.dates_1904 = start_1904
        page = old.add_sheet("a")
        for row, (value, shape, _) in enumerate(values):
            page.write(row, 0, value, xlwt.easyxf(num_format_str=shape))
        page.write(len(values), 0, "1900-01-01 00:00:00")
        old.save(content)
    else:
        with xlsxwriter.Workbook(content, {"date_1904": start_1904}) as new:
            sheet = new.add_worksheet()
            for row, (value, shape, _) in enumerate(values):
                sheet.write_number(row, 0, value, new.add_format({"num_format": shape}))
            sheet.write_string(len(values), 0, "1900-01-01 00:00:00")
    expected = [*(shown for _, _, shown in values), "1900-01-01 00:00:00"]
    assert [line[0] for line in cells(tmp_path, content.getvalue())] == expected


@pytest.mark.parametrize(("number", "is_stated"), [(50, True), (100, True), (400, True), (31, False), (57, False)])
def test_a_date_is_one_whatever_number_its_format_has(tmp_path: Path, number: int, is_stated: bool) -> None:
    workbook, content = xlwt.Workbook(), io.BytesIO()
    sheet = workbook.add_sheet("a")
    sheet.write(0, 0, 45000, xlwt.easyxf(num_format_str='yyyy"年"m"月"d"日"'))
    sheet.write(0, 1, 45000)
    workbook.save(content)
    new = struct.pack("<H", number)
    stream = re.sub(rb"(\xe0\0\x14\0..)\xa5\0", lambda found: found[1] + new, stream_of(content.getvalue()), flags=re.S)
    if is_stated:
        stream = re.sub(rb"(\x1e\x04.\0)\xa5\0", lambda found: found[1] + new, stream, flags=re.S)
    assert cells(tmp_path, in_ole(stream)) == [["2023-03-15 00:00:00", "45000"]]


def test_errors_truths_rich_text_and_long_shared_texts(tmp_path: Path) -> None:
    workbook, content = xlwt.Workbook(), io.BytesIO()
    sheet = workbook.add_sheet("a")
    sheet.write_rich_text(0, 0, ["粗", ("体", xlwt.easyfont("bold true"))])
    sheet.write(1, 0, True)
    sheet.row(2).set_cell_error(0, 42)
    long = ["长" * 8000 + str(number) for number in range(4)]  # each runs over several records
    for row, text in enumerate(long, start=3):
        sheet.write(row, 0, text)
    sheet.write_merge(7, 7, 0, 2, "合并")
    sheet.write(7, 3, "right of it")
    sheet.col(1).hidden = True
    sheet.write(8, 1, "hidden")
    workbook.save(content)
    read = cells(tmp_path, content.getvalue())
    assert [line[0] for line in read[:7]] == ["粗体", "true", "#N/A", *long]
    assert read[7:] == [["合并", "", "", "right of it"], ["", "hidden", "", ""]]


def test_a_file_of_office_that_is_no_workbook(tmp_path: Path) -> None:
    word = xls_bytes([["a"]]).replace("Workbook".encode("utf-16-le"), "WordText".encode("utf-16-le"))
    assert refused(tmp_path, word) == "no_workbook"
    assert refused(tmp_path, b"\x09\x04\x06\x00\x00\x04\x10\x00" + bytes(40)) == "old_workbook"


def sparse() -> bytes:
    """A small file whose sheet takes close to what a sheet may: seconds of computing and most of a gigabyte."""
    rows = '<row r="1"><c><v>1</v></c></row><row r="1000000"><c r="AE1000000"><v>1</v></c></row></sheetData>'
    content = io.BytesIO(xlsx_bytes([["a"]]))
    with zipfile.ZipFile(content) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows.encode(), parts[sheet], flags=re.S)
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return again.getvalue()


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("limit", "value", "code"), [("MOST_MEGABYTES", 1024, "hungry_workbook"), ("MOST_SECONDS", 1, "slow_workbook")]
)
def test_a_workbook_beyond_the_limits_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, code: str
) -> None:
    with workbook_process.closing_reader():
        pass  # the next one starts with the limit
    with workbook_process.closing_reader():
        monkeypatch.setattr(workbook_process, limit, value)
        assert refused(tmp_path, sparse()) == code
        assert cells(tmp_path, xls_bytes([["a"]])) == [["a"]]


def test_a_reader_that_was_killed_is_replaced(tmp_path: Path) -> None:
    opened = book(tmp_path / "a.xls", xls_bytes([["a"]]))
    with workbook_process.workbook_process() as reader:
        os.kill(reader.pid, signal.SIGKILL)
        os.waitid(os.P_PID, reader.pid, os.WEXITED | os.WNOWAIT)
    assert opened.cells(0).column(0).to_pylist() == ["a"]


OWNER = """
import os, sys, time
from pathlib import Path
from shopwatch.ingest.formats.containers import content_of
from shopwatch.ingest.formats.sheets import Workbook
from shopwatch.ingest.formats.workbook_process import workbook_process
book = Workbook(content_of(Path(sys.argv[1])))
with workbook_process() as reader:
    print(reader.pid, flush=True)
if sys.argv[2] == "fork":
    child = os.fork()
    own = Workbook(content_of(Path(sys.argv[1])))
    with workbook_process() as reader:
        print(reader.pid, book.cells(0).num_rows, flush=True)
    if child:
        os.waitpid(child, 0)
    os._exit(0)
time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL", "fork"])
def test_no_reader_outlives_its_owner(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(xls_bytes(table(WANXIANG, [plan(1)])))
    command = [sys.executable, "-c", OWNER, str(path), end]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT / "plugins") as owner:
        assert owner.stdout
        pids = [int(owner.stdout.readline())]
        if end == "fork":
            said = [line.split() for line in owner.stdout]
            assert [rows for _, rows in said] == ["2", "2"]
            pids += [int(pid) for pid, _ in said]
            assert len(set(pids)) == 2
        else:
            owner.send_signal(signal.Signals[end])
    assert all(map(is_gone, pids))
