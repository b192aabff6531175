"""HTML tables named .xls and XML workbooks of Excel 2003: the rows that Excel shows, or a true refusal."""

from __future__ import annotations

from html import escape
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from files import WANXIANG, plan, table, xls_bytes
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.formats.containers import RejectedError, content_of
from shopwatch.ingest.formats.html_tables import html_tables
from shopwatch.ingest.formats.sheets import Workbook
from shopwatch.ingest.readers import read

CONTRACTS = load_contracts(PROJECT / "include")
CLEAR = library_sql("ingest/clear")
CON = duckdb.connect()
PLANS = table(WANXIANG, [plan(1), plan(2)])
BOTH = {2: "60010000001", 3: "60010000002"}

OFFICE_HEAD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta http-equiv="Content-Type" content="text/html; charset={charset}"><!--[if gte mso 9]><xml><x:ExcelWorkbook>
<x:ExcelWorksheets><x:ExcelWorksheet><x:Name>Sheet1</x:Name></x:ExcelWorksheet></x:ExcelWorksheets></x:ExcelWorkbook>
</xml><![endif]--><style>.text {{mso-number-format:"\\@"}} td > b {{color:red}}</style>
<title>报表</title></head><body>"""


def html(lines: list[list[str]]) -> str:
    """A table, with the tags that back ends write round the cells."""
    head, *rows = lines
    titles = "".join(f"<th bgcolor=#ccc><b>{escape(cell)}</b></th>" for cell in head)
    body = "".join(
        "<tr>"
        + "".join(f"<td style='mso-number-format:\"\\@\"' x:str><font>{escape(c)}</font>&nbsp;</td>" for c in row)
        + "</tr>\n"
        for row in rows
    )
    return f"<table border=1><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def page(body: str, charset: str = "utf-8") -> str:
    return f"{OFFICE_HEAD.format(charset=charset)}{body}</body></html>"


def xml(rows: str, sheets: int = 1) -> str:
    sheet = f'<Worksheet ss:Name="a"><Table>{rows}</Table></Worksheet>'
    return (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:html="http://www.w3.org/TR/REC-html40" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{sheet * sheets}</Workbook>'
    )


def xml_rows(lines: list[list[str]]) -> str:
    cells = "<Cell><Data ss:Type='String'>{}</Data></Cell>"
    return "".join(f"<Row>{''.join(cells.format(escape(cell)) for cell in line)}</Row>" for line in lines)


def campaigns(folder: Path, content: bytes) -> dict[int, str]:
    """The campaign on each line."""
    path = folder / "plans.xls"
    path.write_bytes(content)
    CON.execute(CLEAR)
    read(CON, detect_contract(path, CONTRACTS), folder / "scratch")
    return dict(CON.execute("select line, c2 from lines").fetchall())


def reason(folder: Path, content: str) -> str:
    with pytest.raises(RejectedError) as error:
        campaigns(folder, content.encode())
    return error.value.code


def cells(folder: Path, content: str | bytes, sheet: int = 0) -> list[list[str]]:
    """The lines of a sheet, blanks as empty text."""
    path = folder / "a.xls"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    columns = [column.to_pylist() for column in Workbook(content_of(path)).cells(sheet).columns]
    return [[cell or "" for cell in line] for line in zip(*columns, strict=True)]


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("gb2312", "gb18030"),
        ("gb2312", "utf-8"),  # what is stated is often wrong
        ("utf-8", "utf-16"),
        ("utf-8", "utf-16-le"),
        ("big5", "utf-8"),
    ],
)
@pytest.mark.parametrize("form", ["html", "bare", "xml"])
def test_an_export_is_read_in_every_encoding(tmp_path: Path, form: str, charset: str, encoding: str) -> None:
    text = {"html": page(html(PLANS), charset), "bare": html(PLANS), "xml": xml(xml_rows(PLANS))}[form]
    assert campaigns(tmp_path, text.encode(encoding)) == BOTH


def test_the_cells_are_those_of_the_same_workbook(tmp_path: Path) -> None:
    lines = [["订单 编号", "<标题>", "备注"], ["00123", "A & B", ""], ["6917926823712345678", '="0012"', "12.50"]]
    expected = cells(tmp_path, xls_bytes(lines))
    assert cells(tmp_path, page(html(lines))) == expected
    assert cells(tmp_path, xml(xml_rows(lines))) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<tr><td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
        ("<td>a<td>b", [["a", "b"]]),
        ("<tr><td colspan=2>a</td><td>b</td></tr><tr><td>1<td>2<td>3", [["a", "", "b"], ["1", "2", "3"]]),
        ("<tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr>", [["a", "b"], ["", "c"]]),
        (
            "<tr><td rowspan='2'>a<td rowspan=3 colspan=2>b<td>c<tr><td>d<tr><td>e<td>f",
            [["a", "b", "", "c"], ["", "", "", "d"], ["e", "", "", "f"]],
        ),
        ("<tr><td rowspan=0>a<td>b<tr><td>c<tbody><tr><td>d", [["a", "b"], ["", "c"], ["d", ""]]),
        ("<thead><tr><th rowspan=5>a</thead><tbody><tr><td>b", [["a"], ["b"]]),
        ("<tr><td>a</td><td/><td></td><td>b</td></tr>", [["a", "", "", "b"]]),
        (
            "<tr><td>支付<br>金额</td><td><div>a</div><div>b</div></td><td> a \n b&nbsp;</td>",
            [["支付\n金额", "a\nb", "a b"]],
        ),
        ("<tr><td>1<span style='display:none'>2<span>3</span></span>4<script>if (a<b) c()</script></td>", [["14"]]),
        ("<tr><td><table><tr><td>12</td></tr></table></td><td>3</td></tr>", [["12", "3"]]),
        ("<tr><td>a</td></tr><!-- <tr><td>b</td></tr> --><tr><td>c &lt; d</td></tr>", [["a"], ["c < d"]]),
        (
            "<tr style='display:none'><td>a</td></tr><![if supportMisalignedColumns]><tr><td></td></tr><![endif]>",
            [["a"], [""]],
        ),
        ("<tr><td colspan=2147483648>a</td><td colspan=x>b</td></tr>", [["a", *[""] * 999, "b"]]),
    ],
)
def test_cells_stand_where_a_browser_shows_them(tmp_path: Path, body: str, expected: list[list[str]]) -> None:
    assert cells(tmp_path, f"<table>{body}</table>") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<Row ss:Index='3'><Cell ss:Index='2'>{a}</Cell></Row>", [["", ""], ["", ""], ["", "a"]]),
        ("<Row><Cell ss:MergeAcross='2'>{a}</Cell><Cell>{b}</Cell></Row>", [["a", "", "", "b"]]),
        (
            "<Row><Cell ss:MergeDown='1'>{a}</Cell></Row><Row><Cell ss:Index='2'>{b}</Cell></Row>",
            [["a", ""], ["", "b"]],
        ),
        ("<Row><Cell ss:MergeDown='1'>{a}</Cell></Row><Row><Cell/><Cell>{b}</Cell></Row>", [["a", ""], ["", "b"]]),
        ("<Row ss:Span='1'/><Row><Cell>{a}</Cell></Row>", [[""], [""], ["a"]]),
        ("<Row><Cell><Comment><ss:Data>no</ss:Data></Comment>{a}</Cell><Cell>{b}</Cell></Row>", [["a", "b"]]),
        ("<Row><Cell><ss:Data ss:Type='String'>x<html:B>y</html:B></ss:Data></Cell></Row>", [["xy"]]),
    ],
)
def test_cells_of_xml_stand_where_their_index_says(tmp_path: Path, rows: str, expected: list[list[str]]) -> None:
    data = {name: f"<Data ss:Type='String'>{name}</Data>" for name in "ab"}
    assert cells(tmp_path, xml(rows.format(**data))) == expected


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("Number", "19.989999999999998", "19.99"),
        ("Number", "1.5E-7", "0.00000015"),
        ("Number", "12", "12"),
        ("Number", "1E+999999999", "1E+999999999"),
        ("DateTime", "2026-11-02T00:00:00.000", "2026-11-02 00:00:00"),
        ("DateTime", "2026-11-02T10:20:29.999", "2026-11-02 10:20:30"),
        ("DateTime", "1899-12-31T12:30:00.000", "12:30:00"),
        ("DateTime", "1900-01-01T12:00:00.000", "36:00:00"),
        ("Boolean", "1", "true"),
        ("Error", "#N/A", "#N/A"),
        ("String", "00123", "00123"),
    ],
)
def test_a_cell_of_xml_shows_what_it_would_in_another_workbook(
    tmp_path: Path, kind: str, text: str, shown: str
) -> None:
    row = f"<Row><Cell><Data ss:Type='{kind}'>{text}</Data></Cell></Row>"
    assert cells(tmp_path, xml(row)) == [[shown]]


def test_an_id_in_a_number_cell_of_xml_has_lost_its_digits(tmp_path: Path) -> None:
    rows = xml_rows(PLANS).replace(
        "<Data ss:Type='String'>60010000001</Data>", "<Data ss:Type='Number'>6.0010000001234568E+18</Data>"
    )
    assert campaigns(tmp_path, xml(rows).encode())[2] == "6.001000E+18"


TAGS = [
    "<table>",
    "</table>",
    "<tr>",
    "<td rowspan=2>",
    "<th colspan=3>",
    "</td>",
    "<![x",
    "<!--",
    "-->",
    "<tbody>",
    "a",
]
TAGS += ["&nbsp;", "<div style='display:none'>", "</div>", "<br>", "</html>", "<", "&#", "<script>"]
LOGIN = "<h1>登录</h1><form><table><tr><td>用户名</td><td><input></td></tr></table></form>"
ERROR = "<table><tr><td>错误</td><td>日期</td></tr><tr><td>500</td><td>2026-11-02</td></tr></table>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (page(LOGIN), "web_page"),
        (page(ERROR), "web_page"),
        ("<!doctype html><div>Please log in", "web_page"),
        ("<script>location.href='/login'</script>", "web_page"),
        (page(html([[",".join(WANXIANG)], ["1"]])), "web_page"),
        (page(html([[h for h in WANXIANG if h != "计划ID"], ["1"] * 9])), "unknown_headers"),
        (page(html(PLANS) + html(PLANS)), "several_sheets"),
        (page(html(PLANS) + html(PLANS[1:])), "several_tables"),
        (page(html(PLANS[:1]) + html(PLANS[1:])), "several_tables"),
        (page(html(PLANS))[:-60], "torn_workbook"),
        (page("<table>" * 11), "broken_workbook"),
        (page("<table><tr>" + "<td colspan=1000>1</td>" * 20), "far_cells"),
        (xml(xml_rows(PLANS), 2), "several_sheets"),
        (xml(xml_rows(PLANS))[:-90], "torn_workbook"),
        (xml(xml_rows(PLANS)).replace("</Cell>", "", 1), "broken_workbook"),
        (xml("<Row ss:Index='0'/>"), "broken_workbook"),
        (xml("<Row ss:Index='3'/><Row ss:Index='2'/>"), "broken_workbook"),
        (xml("<Row ss:Index='9999999'><Cell ss:Index='99'><Data>1</Data></Cell></Row>"), "far_cells"),
        (xml("<Row><Cell ss:MergeAcross='9999999'/></Row>"), "far_cells"),
        (xml("<Row><Cell ss:MergeDown='1'/></Row><Row><Cell><Data>1</Data></Cell></Row>"), "broken_workbook"),
        (xml("<Row><Cell ss:Formula='=RC[1]*2'/></Row>"), "formulas_without_values"),
        (xml("<Row><Cell ss:Formula='=1'><Data ss:Type='Number'></Data></Cell></Row>"), "formulas_without_values"),
        (xml("<a>" * 70 + "</a>" * 70), "broken_workbook"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + xml("").partition("?>")[2], "broken_workbook"),
        ('<?xml version="1.0"?><Workbook/>', "web_page"),
    ],
)
def test_what_is_not_one_whole_table_of_an_export_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert reason(tmp_path, text) == code


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><Workbook><Worksheet>&a9;</Worksheet></Workbook>'
    assert reason(tmp_path, f'<?xml version="1.0"?>{doctype}') in {"broken_workbook", "web_page"}


def test_a_layout_and_a_note_round_the_table_do_no_harm(tmp_path: Path) -> None:
    note = "<table><tr><td>合计</td><td>2</td></tr></table>"
    layout = f"<table><tr><td>菜单</td><td>{html(PLANS)}</td></tr></table>"
    assert campaigns(tmp_path, page(note + layout + note).encode()) == BOTH


def test_a_title_that_covers_the_columns_stands_above_the_header(tmp_path: Path) -> None:
    title = f"<tr><td colspan={len(WANXIANG)}>计划报表</td></tr>"
    body = html(PLANS).replace("<thead>", f"<thead>{title}")
    assert campaigns(tmp_path, page(body).encode()) == {line + 1: plan_id for line, plan_id in BOTH.items()}


@given(st.lists(st.sampled_from(TAGS), max_size=40))
def test_any_tags_make_tables_or_none(parts: list[str]) -> None:
    for grid in html_tables("".join(parts).encode()):
        assert grid.texts(30).num_columns <= 1000


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=2, max_size=2), min_size=1))
def test_what_is_written_is_read(lines: list[list[str]]) -> None:
    (grid,) = html_tables(page(html(lines)).encode())
    columns = [column.to_pylist() for column in grid.texts(None).columns]
    assert [[cell or "" for cell in line] for line in zip(*columns, strict=True)] == lines
