"""What is watched, and what the data behind it is."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop import browser, rewrite

from night_tools import ask
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.core.settings import Settings
from shopwatch.core.spreadsheets import FORMULA, harmless, visible


def row_of(page: str, rule: str) -> str:
    return page.split(f'id="rule-{rule}"')[1].split("</tr>")[0]


def test_each_rule_is_said_with_its_limit_owner_action_and_section(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("rules").text
    rules = load_rules(settings.include, load_metrics(settings.include))
    assert len(re.findall(r'id="rule-', page)) == len(rules)
    conversion = row_of(page, "conversion_low")
    assert "Conversion too low" in conversion
    assert "pay conversion below 1%, for 2 weeks with data in a row" in conversion
    assert "Operations · 3 Products · weekly optimisation" in conversion
    assert "Improve the main image" in conversion


def test_the_bars_are_the_alerts_of_the_judges_own_episodes(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("rules").text
    for rule, count in ask(settings.published, "select rule, count(*) from ops.episodes group by rule"):
        assert f"{count} in all" in row_of(page, rule)
    weeks = ask(
        settings.published,
        "select count(distinct date_trunc('week', since)) from ops.episodes where rule = 'stock_low'",
    )
    assert row_of(page, "stock_low").count("<rect x=") == weeks[0][0]


def test_a_rule_that_fires_often_in_one_night_says_so(settings: Settings) -> None:
    rewrite(
        settings,
        "update review.rule_quality set most_in_a_night = if(rule = 'stock_low', 9, 1), "
        "full_mornings = if(rule = 'stock_low', 2, 0), budget_share = if(rule = 'stock_low', 0.5, null), "
        "left_out = if(rule = 'stock_low', 3, 0)",
    )
    page = browser(settings).get("rules").text
    assert "50.00% of 2 full mails" in row_of(page, "stock_low")
    assert "3 left out of mails" in row_of(page, "stock_low")
    assert page.count(" full mails<") == 1
    assert "these rules took most: " in page
    assert "9 in one night of one shop at most" in row_of(page, "stock_low")
    assert "in one night" not in row_of(page, "conversion_low")


def test_a_rule_that_cannot_be_judged_is_said_first(settings: Settings, tmp_path: Path) -> None:
    include = Path(shutil.copytree(settings.include, tmp_path / "include"))
    (include / "rules" / "9_own.yaml").write_text("- rule: nonsense\n  metric: no_such\n", "utf-8")
    own = Settings(home=settings.home, include=include)
    page = browser(own).get("rules").text
    assert page.index("9_own.yaml") < page.index('id="rule-')


def test_refused_files_are_listed_with_the_reason(home: Path) -> None:
    page = browser(Settings(home=home)).get("data").text
    refused = page.split('id="refused"')[1].split("</table>")[0]
    assert "说明.csv" in refused
    assert "no export is known" in refused.lower() or "header" in refused.lower()


def test_the_calendar_names_the_days_that_are_missing(settings: Settings) -> None:
    rewrite(
        settings,
        "delete from ops.coverage where source = 'sycm_products' and shop = 'mumian' "
        "and day in ('2026-11-09', '2026-11-12', '2026-11-13')",
    )
    page = browser(settings).get("data").text
    assert "3 days missing:</span> 11-09, 11-12 – 11-13" in page
    assert 'title="Fri 2026-11-13: no data"' in page
    assert 'title="Sat 2026-11-14: data"' in page
    mondays = re.findall(r'class="slot[^>]*><span>([^<]+)</span>', page.split('class="calendar"')[1])
    assert mondays == ["10-12", "10-19", "10-26", "11-02", "11-09"]


@pytest.mark.parametrize(
    ("last", "expected"), [("2026-11-11", "every 7 days, last on 11-11<"), ("2026-11-04", "due on 11-11")]
)
def test_a_weekly_count_lacks_no_days(last: str, expected: str, settings: Settings) -> None:
    rewrite(
        settings,
        "create temp table counted as select * from ops.coverage where source = 'wangdiantong_stock' limit 1",
        "delete from ops.coverage",
        f"insert into ops.coverage select counted.* replace (date '{last}' - 7 * n::integer as day) "
        "from counted cross join range(4) as weeks(n)",
    )
    calendar = browser(settings).get("data").text.split('id="calendar"')[1].split("</section>")[0]
    assert expected in calendar
    assert "missing:" not in calendar
    assert ("due on" in calendar) == ("due on" in expected)


def files_of(page: str) -> list[str]:
    """Names in the list of all files."""
    return re.findall(r'<bdi class="name">([^<]+)</bdi>', page.split('id="files"')[1])


def test_files_are_found_by_name_export_shop_and_state(home: Path) -> None:
    settings = Settings(home=home)
    reader = browser(settings)
    count, newest = ask(settings.published, "select count(*), max_by(file, (loaded_at, load_id)) from ops.loads")[0]
    assert f"{count} files · 1 to 30" in reader.get("data").text
    assert newest in ask(settings.published, "select list(file) from ops.loads")[0][0]
    assert files_of(reader.get("data", params={"q": "说明"}).text) == ["说明.csv"]
    assert files_of(reader.get("data", params={"state": "rejected"}).text) == ["说明.csv"]
    assert files_of(reader.get("data", params={"q": "说明", "state": "settled"}).text) == []
    stock = ask(
        settings.published, "select count(*) from ops.loads where source = 'wangdiantong_stock' and state = 'settled'"
    )
    title = Catalog(settings).contracts["wangdiantong_stock"].title.en
    assert f">{stock[0][0]} file" in reader.get("data", params={"q": title.upper()}).text
    of_shop = ask(settings.published, "select count(*) from ops.loads where shop = 'mumian'")[0][0]
    assert f"{of_shop} files" in reader.get("data", params={"q": "木棉家纺"}).text


def test_every_file_is_on_one_page_of_the_list(home: Path) -> None:
    settings = Settings(home=home)
    reader, address, found = browser(settings), "data", list[str]()
    while address:
        page = reader.get(address.replace("&amp;", "&")).text
        found += files_of(page)
        following = re.search(r'rel="next" href="([^"]+)#files"', page)
        address = following[1] if following else ""
    every = [file for (file,) in ask(settings.published, "select file from ops.loads")]
    assert sorted(found) == sorted(every)
    assert files_of(reader.get("data?page=9999").text) == found[:30]


@pytest.mark.parametrize("state", ["settled", "rejected"])
def test_an_original_is_downloaded_by_those_who_decide(state: str, home: Path) -> None:
    settings = Settings(home=home)
    load, sha256 = ask(
        settings.published, f"select load_id, sha256 from ops.loads where state = '{state}' order by load_id limit 1"
    )[0]
    assert f'href="original?load={load}"' in browser(settings).get(f"data?state={state}").text
    answer = browser(settings).get(f"original?load={load}")
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert answer.headers["content-disposition"].startswith("attachment")
    viewer = browser(settings, **{"x-role": "Viewer"})
    assert viewer.get(f"original?load={load}").status_code == 403
    assert "original?load" not in viewer.get("data").text


@pytest.mark.slow
def test_an_original_that_was_removed_is_said_to_be_gone(settings: Settings) -> None:
    load = ask(settings.published, "select load_id from ops.loads where state = 'settled' limit 1")[0][0]
    settings.archive.unlink()
    answer = browser(settings).get(f"original?load={load}")
    assert answer.status_code == 404
    assert "removed for its age" in answer.text
    assert browser(settings).get("original?load=../../raw").status_code == 404


def test_quarantined_rows_are_reported_in_the_readers_language_with_the_shops_title(settings: Settings) -> None:
    quarantine(settings, "x")
    title = ask(settings.published, "select title from marts.dim_shop where shop = 'mumian'")[0][0]
    rewrite(settings, "update ops.quarantine set shop = 'mumian'")
    reader = browser(settings)
    assert title in reader.get("data").text.split('id="quarantine"')[1].split("</section>")[0]
    head, row = reader.get("quarantine.csv?lang=zh").text.removeprefix("\ufeff").splitlines()
    assert head == "店铺,报表,文件,行,列,数值,原因"
    assert row.startswith(title)


def quarantine(settings: Settings, value: str) -> None:
    said = value.replace("'", "''")
    rewrite(
        settings,
        "delete from ops.quarantine",
        "insert into ops.quarantine select load_id, source, shop, file, 7, '列', '" + said + "', 'why', null, null "
        "from ops.loads where state = 'settled' order by load_id limit 1",
    )


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "value",
    ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", " =1", "＝1+1", "<script>alert(1)</script>"],
)
def test_what_was_kept_out_is_text_on_the_page_and_in_the_download(value: str, settings: Settings) -> None:
    quarantine(settings, value)
    reader = browser(settings)
    assert "<script>alert" not in reader.get("data").text
    answer = reader.get("quarantine.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    head, row = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert head == ["Shop", "Export", "File", "Line", "Column", "Value", "Reason"]
    assert row[5] == (value if value.startswith("<") else f"'{value}")


@given(st.text())
def test_no_text_is_ever_a_formula(text: str) -> None:
    cell = harmless(text)
    assert isinstance(cell, str)
    assert not cell.lstrip(" ").startswith(FORMULA)
    assert cell in (visible(text), f"'{visible(text)}")
