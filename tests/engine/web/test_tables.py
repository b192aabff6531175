"""Tables of the week: what is shown, what is downloaded, and that the address holds the view."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from shop import browser, rewrite

from night_tools import ask
from shopwatch.catalog.tables import load_tables
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.web.tables import ROWS_OF_PAGE

TABLES = load_tables(Settings().include)
HOSTILE = "=HYPERLINK(''http://x'')<script>alert(1)</script>"


def downloaded(reader: TestClient, **view: str) -> list[dict[str, str]]:
    text = reader.get(f"table.csv?{urlencode(view)}").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def rows_of(page: str) -> list[list[str]]:
    """Cells of the page's table as text, row by row."""
    body = page.split("<tbody", 1)[1].split("</tbody>")[0] if "<tbody" in page else ""
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("<tr ")[1:]]
    return [[unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in row] for row in rows]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", TABLES)
def test_each_table_is_a_page_and_a_download(name: str, home: Path) -> None:
    """With its search and every filter, which name columns that its statement returns."""
    for language in ("zh", "en"):
        reader = browser(Settings(home=home), **{"accept-language": language})
        page = reader.get(f"table?of={name}")
        assert page.status_code == 200
        assert TABLES[name].title.of(language) in page.text
        lines = downloaded(reader, of=name)
        assert len(rows_of(page.text)) == min(len(lines), 50)
        narrow = {"q": "no such text", **dict.fromkeys(TABLES[name].filters, "no such value")}
        empty = reader.get(f"table?{urlencode({'of': name, **narrow})}")
        assert empty.status_code == 200
        if TABLES[name].search or TABLES[name].filters:
            assert rows_of(empty.text) == []


def test_the_numbers_are_those_that_are_published(home: Path) -> None:
    reader = browser(Settings(home=home))
    lines = downloaded(reader, of="products", week="2026-11-02")
    published = ask(
        Settings(home=home).published,
        "select product_id, visitors from review.weekly_product "
        "where week_start = '2026-11-02' and visitors is not null",
    )
    assert len(published) > 10
    found = {line["Product id"]: line["Visitors"] for line in lines}
    assert {product: str(visitors) for product, visitors in published}.items() <= found.items()


@pytest.mark.parametrize("sort", ["visitors", "-visitors"])
def test_rows_are_sorted_with_missing_values_last(sort: str, settings: Settings) -> None:
    rewrite(settings, "update review.weekly_product set visitors = null where product_id like '%5'")
    lines = downloaded(browser(settings), of="products", week="2026-11-02", sort=sort)
    values = [line["Visitors"] for line in lines]
    there = [int(value) for value in values if value]
    assert there == sorted(there, reverse=sort.startswith("-"))
    assert values[: len(there)] == [str(value) for value in there]
    assert "" in values


def test_search_and_filters_narrow_the_rows_and_stay_in_every_address(home: Path) -> None:
    reader = browser(Settings(home=home))
    every = downloaded(reader, of="stock")
    item = next(line["Item"] for line in every if line["Shop"].startswith("青禾"))
    view = {"of": "stock", "q": item[:9], "shop": "qinghe", "sort": "-available"}
    some = downloaded(reader, **view)
    assert 0 < len(some) < len(every)
    assert {line["Shop"] for line in some} == {"青禾茶具旗舰店（演示）"}
    page = reader.get(f"table?{urlencode(view)}").text
    assert len(rows_of(page)) == len(some)
    addresses = [unescape(one) for one in re.findall(r'href="(table[^"]+)"', page.split("table-count")[1])]
    sorting = [one for one in addresses if "sort=" in one and "-available" not in one]
    assert len(sorting) >= len(TABLES["stock"].columns) - 1
    assert all(f"q={item[:9]}&" in one and "shop=qinghe" in one for one in sorting)
    assert '<option value="qinghe" selected>' in page


@pytest.mark.slow
def test_many_rows_come_page_by_page_each_once(settings: Settings) -> None:
    rewrite(
        settings,
        "insert into review.weekly_product by name "
        "select weekly_product.* replace (product_id || '-' || n as product_id) "
        "from review.weekly_product, range(9) as numbers (n) where week_start = '2026-11-02'",
    )
    reader = browser(settings)
    seen, address, pages = [], "table?of=products&week=2026-11-02", 0
    while address:
        page = reader.get(address).text
        seen += [row[2] for row in rows_of(page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address, pages = unescape(following[1]) if following else "", pages + 1
    assert pages == -(-len(seen) // 50) > 2
    assert len(seen) == len(set(seen)) == len(downloaded(reader, of="products", week="2026-11-02"))
    assert rows_of(reader.get("table?of=products&week=2026-11-02&page=99999").text)[-1][2] == seen[-1]


def test_hostile_names_are_text_on_the_page_and_in_downloads(settings: Settings) -> None:
    rewrite(settings, f"update review.weekly_stock set product_name = '{HOSTILE}'")
    reader = browser(settings)
    assert "<script>alert" not in reader.get("table?of=stock&q=<script>alert(1)</script>").text
    names = {line["Product"] for line in downloaded(reader, of="stock")}
    assert names == {f"'{HOSTILE.replace(chr(39) * 2, chr(39))}"}
    book = load_workbook(io.BytesIO(reader.get("table.xlsx?of=stock").content))
    cells = [cell for row in book.active.iter_rows(min_row=4) for cell in row]
    assert len(cells) > 100
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


@pytest.mark.parametrize("address", ["table?of=nothing", "table.csv?of=nothing", "table.xlsx?of=nothing"])
def test_a_table_that_is_not_there_is_not_found(address: str, home: Path) -> None:
    assert browser(Settings(home=home)).get(address).status_code == 404


@pytest.mark.parametrize("address", ["table?of=products&week=yesterday", "week?start=9", "entity?shop=qinghe"])
def test_a_mistyped_address_is_answered_by_a_page(address: str, home: Path) -> None:
    answer = browser(Settings(home=home)).get(address)
    assert answer.status_code == 422
    assert "Write dates like 2026-11-16" in answer.text
    plain = browser(Settings(home=home), accept="*/*").get(address)
    assert plain.status_code == 422
    assert plain.headers["content-type"].startswith("text/plain")


def test_a_strange_address_shows_the_table(home: Path) -> None:
    reader = browser(Settings(home=home))
    plain = rows_of(reader.get("table?of=stock").text)
    for strange in ("sort=no_such", "sort=-", "page=-1", "page=x", "page=9999999999", "q=%25", "no_such=1"):
        page = reader.get(f"table?of=stock&{strange}")
        assert page.status_code == 200
        assert strange == "q=%25" or rows_of(page.text) == plain, strange


def test_a_week_without_data_is_an_empty_table(home: Path) -> None:
    page = browser(Settings(home=home)).get("table?of=products&week=2020-01-06")
    assert "No row matches." in page.text


def test_a_wrong_declaration_names_file_and_column(tmp_path: Path) -> None:
    title = "title: {zh: 甲, en: A}"
    text = f"own: {{{title}, note: {{zh: 甲, en: A}}, statement: tables/own, fixed: a, filters: [b],"
    text += f" columns: {{a: {{{title}, as: text, width: 5}}}}}}"
    (tmp_path / "tables.yaml").write_text(text, "utf-8")
    with pytest.raises(DeclarationError, match=r"tables\.yaml.*no column b"):
        load_tables(tmp_path)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("sort", ["visitors", "-alert", "shop"])
def test_rows_with_equal_values_are_each_on_one_page(sort: str, settings: Settings) -> None:
    rewrite(
        settings,
        "insert into review.weekly_product by name "
        "select weekly_product.* replace (product_id || '-' || n as product_id, n % 3 as visitors) "
        "from review.weekly_product, range(9) as numbers (n) where week_start = '2026-11-02'",
    )
    reader, view = browser(settings), {"of": "products", "week": "2026-11-02", "sort": sort}
    lines = [line["Product id"] for line in downloaded(reader, **view)]
    pages = [rows_of(reader.get("table", params=view | {"page": str(page + 1)}).text) for page in range(3)]
    assert [row[2] for page in pages for row in page] == lines[: 3 * ROWS_OF_PAGE]


@pytest.mark.slow
def test_severities_are_sorted_by_their_weight(settings: Settings) -> None:
    rewrite(settings, "update review.weekly_alerts set severity = ['info', 'warning', 'critical'][1 + rowid % 3]")
    for sort, order in (("severity", "critical warning note"), ("-severity", "note warning critical")):
        lines = downloaded(browser(settings), of="alerts", sort=sort)
        assert list(dict.fromkeys(line["Severity"].split()[-1] for line in lines)) == order.split()


def test_a_shop_is_found_by_its_title_and_letters_of_any_width(settings: Settings) -> None:
    reader = browser(settings)
    assert len(downloaded(reader, of="shops", q="青禾")) == 1
    assert len(downloaded(reader, of="stock", q="ｑＨ－")) == len(downloaded(reader, of="stock", q="qh-")) > 0
    rewrite(settings, "update review.weekly_stock set product_name = 'Straße ＡＢ　Ｃ'")
    for text in ("ab c", "ＡＢ　Ｃ", "STRAßE"):
        assert downloaded(reader, of="stock", q=text), text


@pytest.mark.slow
def test_counts_are_downloaded_as_whole_numbers(settings: Settings) -> None:
    rewrite(settings, "update review.weekly_kpi set metric = 'visitors', value = 16618")
    lines = downloaded(browser(settings), of="shops")
    assert "16618" in {line["Visitors"] for line in lines} <= {"16618", ""}


def test_the_regions_of_the_page_have_names_of_their_own(home: Path) -> None:
    page = browser(Settings(home=home)).get("table?of=stock").text
    heading = re.search(r'<h1[^>]*id="lead">([^<]+)<', page)
    region = re.search(r'role="group" aria-label="([^"]+)"', page)
    assert heading
    assert region
    assert heading[1] != region[1]


def test_an_empty_week_is_the_tables_own(home: Path) -> None:
    reader = browser(Settings(home=home))
    assert rows_of(reader.get("table?of=alerts&week=").text) == rows_of(reader.get("table?of=alerts").text)
    assert reader.get("table.csv?of=alerts&week=").status_code == 200
    assert reader.get("table?of=alerts&week=soon").status_code == 422


def test_only_open_alerts_can_be_selected(settings: Settings) -> None:
    keys = ask(settings.published, "select key from ops.alerts order by key limit 2")
    (open_key, resolved) = (key for (key,) in keys)
    rewrite(
        settings,
        "update review.weekly_alerts set week_start = (select max(week_start) from review.weekly_alerts)",
        f"update review.weekly_alerts set state = if(alert_key = '{resolved}', 'resolved', 'firing')",
    )
    page = browser(settings).get("table?of=alerts").text
    assert f'name="key" value="{open_key}"' in page
    assert f'name="key" value="{resolved}"' not in page
    assert f"alert?key={resolved}" in page


@pytest.mark.slow
def test_a_filter_says_how_many_values_it_leaves_out(settings: Settings) -> None:
    rewrite(
        settings,
        "insert into review.weekly_ad_campaign by name select one.* replace ('tool ' || more.n as tool) "
        "from (from review.weekly_ad_campaign qualify row_number() over (order by week_start desc) = 1) as one, "
        "range(205) as more(n)",
    )
    page = browser(settings).get("table?of=campaigns").text
    assert "values are not listed: search for them" in page


@pytest.mark.slow
def test_alerts_are_listed_under_the_department_that_they_were_assigned_to(settings: Settings) -> None:
    key, owner = ask(
        settings.published,
        "select alert_key, owner_zh from review.weekly_alerts where state = 'firing' and owner_zh != '仓储' "
        "and week_start = (select max(week_start) from review.weekly_alerts) order by 1 limit 1",
    )[0]
    rewrite(settings, assigned("first", key, "仓储", 1))
    reader = browser(settings)
    assert f"alert?key={key}" in reader.get("table", params={"of": "alerts", "owner": "仓储"}).text
    rewrite(settings, assigned("second", key, "客服", 2))
    assert f"alert?key={key}" not in reader.get("table", params={"of": "alerts", "owner": "仓储"}).text
    rewrite(
        settings,
        'insert into ops.decisions (key, kind, lifts, "by", reason, "at") '
        "select 'lift-' || key, 'lift', key, 'lilei', 'back', now()::timestamp from ops.decisions",
    )
    assert f"alert?key={key}" in reader.get("table", params={"of": "alerts", "owner": owner}).text


def assigned(decision: str, key: str, owner: str, day: int) -> str:
    """Statement that hands an alert to a department on a day of November."""
    return (
        'insert into ops.decisions (key, kind, alert_key, owner, "by", reason, "at") '
        f"values ('{decision}', 'assign', '{key}', '{owner}', 'lilei', 'r', timestamp '2026-11-{day:02} 10:00:00')"
    )
