"""What a file is, by its bytes: workbooks, archives, pages; and what is refused before it can do harm."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from desk_reports import QIANNIU
from files import SHOP, STOCK, WANXIANG, ask, csv_bytes, drop, load_all, plan, plans_csv, table, xls_bytes, xlsx_bytes
from marketplace_files import sheets_bytes
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.formats.containers import MOST_UNPACKED, members
from shopwatch.ingest.readers import read

CONTRACTS = load_contracts(PROJECT / "include")
CLEAR = library_sql("ingest/clear")
CON = duckdb.connect()
PLANS = table(WANXIANG, [plan(1), plan(2)])
SHEET = "xl/worksheets/sheet1.xml"


def campaigns(folder: Path, content: bytes, name: str = "plans.csv") -> dict[int, str]:
    """The campaign on each line."""
    path = folder / name
    path.write_bytes(content)
    CON.execute(CLEAR)
    read(CON, detect_contract(path, CONTRACTS), folder / "scratch")
    return dict(CON.execute("select line, c2 from lines").fetchall())


def refused(folder: Path, content: bytes, name: str = "plans.csv") -> str:
    with pytest.raises(RejectedError) as error:
        campaigns(folder, content, name)
    return str(error.value)


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def gbk_named(name: str, text: bytes) -> bytes:
    """As Chinese packing programs write it: the name in GBK, without the flag that says UTF-8."""
    there = name.encode("gbk")
    stand_in = "x" * len(there)
    return zipped({stand_in: text}).replace(stand_in.encode(), there)


def altered(content: bytes, change: Callable[[str], str], extra: dict[str, str] | None = None) -> bytes:
    """A workbook with its sheet's XML changed, and more parts put in or over."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET] = change(parts[SHEET].decode()).encode()
    return zipped({**parts, **{name: text.encode() for name, text in (extra or {}).items()}})


BOTH = {2: "60010000001", 3: "60010000002"}


@pytest.mark.parametrize("reference", ["A1:A1", "A1", "A1:XFD1048576", "C7:D9"])
def test_a_sheet_whose_stated_size_is_wrong(tmp_path: Path, reference: str) -> None:
    content = altered(
        xlsx_bytes(PLANS), lambda text: text.replace("<sheetData>", f'<dimension ref="{reference}"/><sheetData>')
    )
    assert campaigns(tmp_path, content) == BOTH


def far_cell(row: int, column: str) -> bytes:
    cell = f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row></sheetData>'
    return altered(xlsx_bytes(PLANS), lambda text: text.replace("</sheetData>", cell))


@pytest.mark.parametrize(("row", "column"), [(1048576, "XFD"), (1048576, "BA"), (60_000, "XFD")])
def test_a_cell_at_the_far_end_of_a_sheet_is_refused_before_it_is_read(tmp_path: Path, row: int, column: str) -> None:
    said = refused(tmp_path, far_cell(row, column))
    assert f"line {row}" in said
    assert "delete the empty columns" in said


@pytest.mark.slow
def test_a_cell_far_out_that_does_no_harm_is_read_over(tmp_path: Path) -> None:
    assert campaigns(tmp_path, far_cell(4, "XFD")) == {**BOTH, 4: None}


def test_the_first_sheet_that_fits_is_read(tmp_path: Path) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    content = altered(
        xlsx_bytes(PLANS),
        str,
        {
            "xl/worksheets/sheet0.xml": f'<worksheet xmlns="{main}"><sheetData/></worksheet>',
            "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{main}"><sheetData><row><c><v>1</v></c></row></sheetData>'
            "</worksheet>",
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="empty" sheetId="1" '
            'r:id="r0"/><sheet name="note" sheetId="2" r:id="r2"/><sheet name="data" sheetId="3" r:id="r1"/></sheets>'
            "</workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
            + "".join(
                f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                for n in (0, 1, 2)
            )
            + "</Relationships>",
        },
    )
    assert campaigns(tmp_path, content) == BOTH


@pytest.mark.parametrize(
    ("second", "is_read"),
    [
        (table(WANXIANG, [plan(3)]), False),
        ([["计划报表"], *table(WANXIANG, [plan(1)])], False),  # the same rows once more: nobody can tell
        (table(STOCK, [{"商家编码": "A1"}]), False),
        (table(WANXIANG, []), True),
        ([["花费", "合计"], ["100", "200"]], True),
    ],
)
def test_a_second_sheet_with_rows_of_an_export_is_not_passed_over(
    tmp_path: Path, second: list[list[str]], is_read: bool
) -> None:
    book = openpyxl.Workbook()
    for cells in PLANS:
        book.active.append(cells)
    sheet = book.create_sheet("more")
    for cells in second:
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    if is_read:
        assert campaigns(tmp_path, content.getvalue()) == BOTH
    else:
        assert "(sheets 1, 2)" in refused(tmp_path, content.getvalue())


def test_the_one_sheet_of_agents_is_read_and_the_others_are_named(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    agent = ["青禾旗舰店:小禾", "40", "18", "45.00%", "2,300.00", "12.5", "28", "98.50%", "100.00%", "-"]
    sheets = {
        "说明": [["询单人数：当天咨询过的买家数"]],
        "客服绩效": [QIANNIU, agent],
        "店铺汇总": [["日期", "询单人数"], ["2026-11-02", "40"]],
        "空": [[""]],
    }
    with caplog.at_level("INFO", "shopwatch.load"):
        drop(settings, f"{SHOP}/绩效_2026-11-02.xlsx", sheets_bytes(sheets))
        drop(settings, f"{SHOP}/两张_2026-11-02.xlsx", sheets_bytes({**sheets, "空": [QIANNIU, agent]}))
        loaded = load_all(settings)
    assert [len(result.reasons) for result in loaded.values()] == [0, 1]
    assert ask(settings, "select agent, inquiries from incoming.qianniu_agents") == [("青禾旗舰店:小禾", 40)]
    assert "qianniu_agents of qinghe, 1 rows, 0 quarantined, 0 skipped; sheets not read: 说明, 店铺汇总" in caplog.text
    assert ask(settings, "select reason_code from loads where state = 'rejected'") == [("several_sheets",)]


def test_a_workbook_with_a_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    workbook, package = (name.encode("utf-16-le").ljust(64, b"\0") for name in ("Workbook", "EncryptedPackage"))
    locked = xls_bytes(PLANS).replace(workbook + b"\x12\0", package + b"\x22\0")  # the name and its size
    assert "password" in refused(tmp_path, locked, "plans.xlsx")


PAGES = [
    "<html><table><tr><td>{}</td></tr></table></html>",
    "\n <TABLE><tr><td>{}</td></tr></TABLE>",
    "<!DOCTYPE html><p>{}",
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Data>{}</Data></Workbook>',
    "<meta charset=gbk><table><td>{}",
    "MIME-Version: 1.0\nContent-Type: multipart/related\n\n{}",
]


@pytest.mark.parametrize("page", PAGES, ids=range(len(PAGES)))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_page_named_as_a_table_is_refused_with_what_to_do(tmp_path: Path, page: str, encoding: str) -> None:
    said = refused(tmp_path, page.format(",".join(WANXIANG)).encode(encoding), "plans.xls")
    assert "save it as xlsx or csv" in said


@pytest.mark.parametrize(
    "magic", [b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"\x89PNG", b"\xff\xd8\xff\xe0"]
)
def test_what_is_no_table_says_what_it_is(tmp_path: Path, magic: bytes) -> None:
    said = refused(tmp_path, magic + bytes(64))
    assert said.startswith(("a rar", "a 7z", "a gz", "a picture"))


MAKE = {
    "csv": plans_csv,
    "xls": lambda plans: xls_bytes(table(WANXIANG, plans)),
    "xlsx": lambda plans: xlsx_bytes(table(WANXIANG, plans)),
}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_an_archive_with_one_table_is_that_table(tmp_path: Path, make: Callable[[list], bytes]) -> None:
    content = make([plan(1), plan(2)])
    junk = {"__MACOSX/._plans": b"\0", "folder/": b"", ".DS_Store": b"\0"}
    assert campaigns(tmp_path, zipped({**junk, "folder/plans.csv": content}), "a.zip") == BOTH
    assert campaigns(tmp_path, gbk_named("计划报表.csv", content), "a.zip") == BOTH


def test_an_archives_names_are_shown_as_their_owner_wrote_them(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(gbk_named("计划报表.csv", b"x"))
    assert members(path) == ["计划报表.csv"]
    path.write_bytes(zipped({"计划.csv": b"x", "b.csv": b"y"}))
    assert members(path) == ["计划.csv", "b.csv"]


@pytest.mark.parametrize(
    ("parts", "program"),
    [(["mimetype", "content.xml", "meta.xml"], "OpenDocument"), (["Index/Document.iwa", "a.jpg"], "Apple Numbers")],
)
def test_a_spreadsheet_of_another_program_is_to_be_saved_as_xlsx(
    tmp_path: Path, parts: list[str], program: str
) -> None:
    assert f"a spreadsheet of {program}" in refused(tmp_path, zipped(dict.fromkeys(parts, b"x")))


@pytest.mark.parametrize("count", [0, 2])
def test_an_archive_with_none_or_several_files_is_to_be_unpacked(tmp_path: Path, count: int) -> None:
    said = refused(tmp_path, zipped({f"{n}.csv": plans_csv([plan(n)]) for n in range(count)}))
    assert f"{count} files: unpack" in said


@pytest.mark.parametrize(
    "name", ["../plans.csv", "a/../../plans.csv", "/etc/plans.csv", "C:/plans.csv", "..\\plans.csv"]
)
def test_an_archive_that_points_out_of_itself_is_refused(tmp_path: Path, name: str) -> None:
    assert "leads outside it" in refused(tmp_path, zipped({name: plans_csv([plan(1)])}))


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    assert "archive in an archive" in refused(tmp_path, zipped({"a.zip": zipped({"b.csv": plans_csv([plan(1)])})}))


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"plans.csv": plans_csv([plan(1)])}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refused(tmp_path, bytes(content))


def test_a_damaged_archive_is_to_be_downloaded_again(tmp_path: Path) -> None:
    content = bytearray(zipped({"plans.csv": plans_csv([plan(n) for n in range(3000)])}))
    content[len(content) // 2] ^= 0xFF
    assert "download it again" in refused(tmp_path, bytes(content))
    assert "download it again" in refused(tmp_path, bytes(content[:-30]))


def test_an_archive_whose_names_do_not_agree_is_to_be_downloaded_again(tmp_path: Path) -> None:
    content = zipped({"计划.csv": plans_csv([plan(1)])}).replace("计划".encode(), b"\xff\xff\xff\xff\xff\xff", 1)
    assert "download it again" in refused(tmp_path, content)


LIMITED = """
import sys, time, resource
from pathlib import Path
from shopwatch.catalog.contracts import load_contracts
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.readers import read
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import PROJECT
import duckdb
con = duckdb.connect(config={"memory_limit": "512MB", "threads": 2})
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
try:
    print(read(con, detect_contract(Path(sys.argv[1]), load_contracts(PROJECT / "include")), Path(sys.argv[2])))
except RejectedError as why:
    print("rejected:", why)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def limited(folder: Path, path: Path) -> tuple[str, int]:
    """What is said of a file in a process of 2 GB and 20 seconds, and the megabytes that it took."""
    command = [sys.executable, "-c", LIMITED, str(path), str(folder / "scratch")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=PROJECT / "plugins")
    assert said.returncode == 0, said.stderr[-2000:]
    *words, peak = said.stdout.strip().splitlines()
    return "\n".join(words), int(peak) // 1024


def bomb(size: int, inner: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "x")
        with archive.open(inner, "w") as file:
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))
    return content.getvalue()


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    content = bomb(256 << 20, "xl/worksheets/sheet1.xml")
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(content)
    said, peak = limited(tmp_path, path)
    assert said.startswith("rejected: an archive of")
    assert peak < 300


@pytest.mark.slow
def test_an_archive_that_says_too_much_is_refused_unopened(tmp_path: Path) -> None:
    content = zipped({"plans.csv": plans_csv([plan(1)])})
    at = content.index(b"PK\x01\x02") + 24
    path = tmp_path / "a.zip"
    path.write_bytes(content[:at] + (MOST_UNPACKED - 1).to_bytes(4, "little") + content[at + 4 :])
    said, _ = limited(tmp_path, path)
    assert said.startswith("rejected: an archive of")


@pytest.mark.slow
def test_an_archive_of_a_million_names_is_refused_unread(tmp_path: Path) -> None:
    content = zipped({f"{n}": b"" for n in range(30_000)})
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    said, _ = limited(tmp_path, path)
    assert "thousands of files" in said


@pytest.mark.slow
@pytest.mark.sampled(4)
@pytest.mark.parametrize("head", [b"", csv_bytes([WANXIANG], "utf-8")], ids=["from the start", "below the header"])
def test_a_line_without_an_end_takes_neither_time_nor_memory(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(head)
        for _ in range(300):
            file.write(b"1234567," * (1 << 17))
    said, peak = limited(tmp_path, path)
    assert said.startswith("rejected: a line has more" if head else "rejected: unknown")
    assert peak < 1000


@pytest.mark.slow
def test_junk_is_refused_soon(tmp_path: Path) -> None:
    path = tmp_path / "junk.csv"
    path.write_bytes(bytes(range(256)) * 40_000)
    said, peak = limited(tmp_path, path)
    assert said.startswith("rejected: unknown")
    assert peak < 300
