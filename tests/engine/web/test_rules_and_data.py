"""What is watched, and what the data behind it is."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop import browser, rewrite

from night_tools import ask
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
        settings, "delete from ops.coverage where source = 'sycm_products' and day = '2026-11-12' and shop = 'mumian'"
    )
    page = browser(settings).get("data").text
    assert "1 day missing:</span> 11-12" in page
    assert 'title="2026-11-13"' in page


def quarantine(settings: Settings, value: str) -> None:
    said = value.replace("'", "''")
    rewrite(
        settings,
        "delete from ops.quarantine",
        "insert into ops.quarantine select load_id, source, shop, file, 7, '列', '" + said + "', 'why', null, null "
        "from ops.loads where state = 'settled' order by load_id limit 1",
    )


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
    assert head == ["shop", "export", "file", "line", "column", "value", "reason"]
    assert row[5] == (value if value.startswith("<") else f"'{value}")


@given(st.text())
def test_no_text_is_ever_a_formula(text: str) -> None:
    cell = harmless(text)
    assert isinstance(cell, str)
    assert not cell.lstrip(" ").startswith(FORMULA)
    assert cell in (visible(text), f"'{visible(text)}")
