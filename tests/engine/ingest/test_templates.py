from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import duckdb
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from files import ask, drop, load_all, plan, plans_csv
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_departments, load_rules
from shopwatch.catalog.shops import load_shops
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Language
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.pipeline import build_models
from shopwatch.review.templates import HEAD, TemplateField, fields, mark, write_templates

INCLUDE = PROJECT / "include"
CONTRACTS = {name: contract for name, contract in load_contracts(INCLUDE).items() if contract.template}
LANGUAGES: tuple[Language, ...] = get_args(Language)
FIRST = HEAD + 2  # where one writes first, as openpyxl counts

each_template = pytest.mark.parametrize("name", CONTRACTS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, Path]:
    written = {language: tmp_path_factory.mktemp(language) for language in LANGUAGES}
    for language, folder in written.items():
        write_templates(Catalog(Settings()), folder, language)
    return written


def workbook(folders: dict[Language, Path], name: str, language: Language) -> Path:
    title = CONTRACTS[name].title
    return folders[language] / f"{title.zh if language == 'zh' else title.en}.xlsx"


def example(name: str, language: Language) -> list[object]:
    """What the example says, as one would write it below the mark's column."""
    return [field.example or None for field in fields(CONTRACTS[name], language)]


def filled(path: Path, rows: list[list[object]], *, keep_example: bool = True) -> bytes:
    """The workbook as a person hands it back: rows from the first empty line on, an empty line between them."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    first = FIRST + 1
    if not keep_example:
        sheet.delete_rows(FIRST)
        first -= 1
    for number, row in enumerate(rows):
        for column, value in enumerate(row, start=2):
            sheet.cell(first + 2 * number, column).value = value
    for row in range(first + 2 * len(rows), first + 40):  # dragged down: formats without values
        sheet.cell(row, 2).number_format = "yyyy-mm-dd"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_csv(content: bytes, encoding: str) -> bytes:
    """The first sheet as a spreadsheet program saves it: what the cells show."""
    sheet: Worksheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_shown(cell.value) for cell in row] for row in sheet.iter_rows())
    return text.getvalue().encode(encoding)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y/%m/%d}" if value.time().isoformat() == "00:00:00" else f"{value:%Y/%m/%d %H:%M}"
    return "" if value is None else str(value)


def rows_of(settings: Settings, name: str) -> list[tuple]:
    """The rows of a template, without their lineage."""
    columns = ", ".join(CONTRACTS[name].columns)
    return ask(settings, f"select {columns} from incoming.{name} order by line")


@pytest.mark.sampled(2)
@each_language
def test_a_fresh_workbook_has_no_rows_yet(
    settings: Settings, folders: dict[Language, Path], language: Language, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "shopwatch.load")
    for path in folders[language].iterdir():
        drop(settings, f"qinghe/{path.name}", path.read_bytes())
    loaded = load_all(settings)
    assert loaded.keys() == CONTRACTS.keys()
    assert {(one.files, one.rows, one.quarantined, one.rejected) for one in loaded.values()} == {(1, 0, 0, 0)}
    assert caplog.text.count("no rows yet") == len(CONTRACTS)
    assert "not read" not in caplog.text
    assert ask(settings, "select distinct rows_read, rows_skipped, shop from loads") == [(1, 1, "qinghe")]


@pytest.mark.slow
def test_a_night_of_unfilled_workbooks_goes_through_its_checks(
    settings: Settings, folders: dict[Language, Path]
) -> None:
    path = workbook(folders, "shopwatch_targets", "zh")
    drop(settings, f"qinghe/{path.name}", path.read_bytes())
    load_all(settings)
    (checked,) = check_and_settle(settings, quietly=True)
    assert (checked.rows, checked.failed, checked.blocked_loads) == (0, 0, 0)


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if place % 8 else []) for place, name in enumerate(CONTRACTS)],
)
def test_a_filled_workbook_loads_alike_from_xlsx_and_csv_in_both_languages(
    settings: Settings, folders: dict[Language, Path], name: str
) -> None:
    for language in LANGUAGES:
        row = example(name, language)
        path = workbook(folders, name, language)
        with_example = filled(path, [row, row])
        without = filled(path, [row, row], keep_example=False)
        drop(settings, f"qinghe/{language} kept.xlsx", with_example)
        drop(settings, f"qinghe/{language} deleted.xlsx", without)
        drop(settings, f"qinghe/{language} utf8.csv", as_csv(with_example, "utf-8-sig"))
        drop(settings, f"qinghe/{language} gbk.csv", as_csv(without, "gb18030"))
    (loaded,) = load_all(settings).values()
    assert (loaded.files, loaded.rows, loaded.quarantined, loaded.reasons) == (8, 16, 0, [])
    words = {n for n, c in CONTRACTS[name].columns.items() if c.type == "text"}
    same = ", ".join(n for n in CONTRACTS[name].columns if n not in words)
    assert len(ask(settings, f"select distinct {same} from incoming.{name}")) == 1
    (said,) = set(rows_of(settings, name)[:1])
    for field, value in zip(fields(CONTRACTS[name], "zh"), said, strict=True):
        assert (value is None) == (field.example == ""), field.header


def test_what_a_person_types_wrong_is_named_by_line_and_column(
    settings: Settings, folders: dict[Language, Path]
) -> None:
    good = example("shopwatch_targets", "zh")
    rows = [good, ["成交额", "月", "下个月", None, 100000], ["总销量", "月", date(2026, 11, 1), None, 5]]
    drop(settings, "qinghe/目标.xlsx", filled(workbook(folders, "shopwatch_targets", "zh"), rows))
    load_all(settings)
    held = ask(settings, "select line, column_name, value, reason from quarantine order by line")
    assert held == [
        (FIRST + 3, "开始日期", "下个月", "unreadable day"),
        (FIRST + 5, "指标", "总销量", "unreadable category"),
    ]


@pytest.mark.slow
def test_a_line_without_its_key_is_set_aside_not_dropped(settings: Settings, folders: dict[Language, Path]) -> None:
    rows = [example("shopwatch_reviews", "en"), [None, None, None, 5, "Quality"]]
    path = workbook(folders, "shopwatch_reviews", "en")
    drop(settings, "qinghe/reviews.xlsx", filled(path, rows))
    load_all(settings)
    check_and_settle(settings, quietly=True)
    assert ask(settings, "select line, reason from quarantine") == [(FIRST + 3, "check not_null(day)")]


def test_names_and_words_of_buyers_are_never_stored(settings: Settings, folders: dict[Language, Path]) -> None:
    for name, extra in (("shopwatch_reviews", "评价内容"), ("shopwatch_parcels", "收件人")):
        book = openpyxl.load_workbook(workbook(folders, name, "zh"))
        sheet = book.worksheets[0]
        for column, value in enumerate([*example(name, "zh"), "沈青的话"], start=2):
            sheet.cell(FIRST + 1, column).value = value
        sheet.cell(HEAD + 1, sheet.max_column).value = extra
        content = io.BytesIO()
        book.save(content)
        drop(settings, f"qinghe/{name}.xlsx", content.getvalue())
    assert [one.rows for one in load_all(settings).values()] == [1, 1]
    for path in settings.raw_warehouse.parent.iterdir():
        content_on_disk = path.read_bytes()
        assert "沈青的话".encode() not in content_on_disk
        assert b"SF0000000000001" not in content_on_disk


@each_template
@each_language
def test_the_workbook_guides_the_hand(folders: dict[Language, Path], name: str, language: Language) -> None:
    book = openpyxl.load_workbook(workbook(folders, name, language))
    sheet = book.worksheets[0]
    shown = fields(CONTRACTS[name], language)
    head = [mark(CONTRACTS[name], language)[0], *(field.header for field in shown)]
    assert [cell.value for cell in sheet[HEAD + 1]] == head
    assert all(cell.comment and cell.comment.text for cell in sheet[HEAD + 1])
    assert sheet.freeze_panes == f"A{HEAD + 2}"
    assert [state.sheet_state for state in book.worksheets] == ["visible", "visible", "hidden"]
    assert [cell.value for cell in book.worksheets[1]["A"]][1:] == head[1:]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    for cell, field in zip(sheet[FIRST][1:], shown, strict=True):
        rule = rules.get(cell.coordinate)
        assert (rule and rule.type) == kind_of(field), field.header
        if field.choices and rule:
            place = rule.formula1.split("!")[1].replace("$", "")
            assert tuple(one.value for (one,) in book.worksheets[2][place]) == field.choices
            assert rule.showErrorMessage == (not field.free)
        assert cell.font.i
    dates = [cell.number_format for cell, field in zip(sheet[FIRST][1:], shown, strict=True) if field.type == "day"]
    assert set(dates) <= {"yyyy-mm-dd"}


def kind_of(field: TemplateField) -> str | None:
    if field.choices:
        return "list"
    kinds = {"day": "date", "timestamp": "date", "count": "whole"} | dict.fromkeys(("money", "price"), "decimal")
    return (kinds | dict.fromkeys(("ratio", "score"), "decimal")).get(field.type)


def test_the_same_contract_gives_the_same_bytes_and_touches_no_file_that_is_there(tmp_path: Path) -> None:
    written, kept = write_templates(Catalog(Settings()), tmp_path / "one", "zh")
    assert (len(written), kept) == (len(CONTRACTS), [])
    write_templates(Catalog(Settings()), tmp_path / "two", "zh")
    assert all(path.read_bytes() == (tmp_path / "two" / path.name).read_bytes() for path in written)
    written[0].write_bytes(b"filled in")
    assert write_templates(Catalog(Settings()), tmp_path / "one", "zh") == ([], written)
    assert written[0].read_bytes() == b"filled in"
    assert {path.name for path in (tmp_path / "one").iterdir()} == {path.name for path in written}


def test_what_can_be_chosen_is_what_the_house_knows() -> None:
    values = set(CONTRACTS["shopwatch_targets"].columns["metric"].values.values())
    assert values <= {metric.name for metric in load_metrics(INCLUDE)}, "a target is a KPI's"
    aimed = {metric for shop in load_shops(Settings()).values() for metric in shop.targets}
    rules = load_rules(INCLUDE, load_metrics(INCLUDE)).values()
    aimed |= {rule.metric for rule in rules if rule.breach.of == "share_of_target"}
    assert aimed | {"revenue", "value_per_order", "pay_conversion", "roas"} <= values
    departments = set(load_departments(INCLUDE))
    for contract in CONTRACTS.values():
        if "owner" in contract.columns:
            assert set(contract.columns["owner"].values.values()) == departments


@pytest.mark.parametrize(
    ("cut", "message"),
    [("skip:", "needs `skip`"), ("    answered_on:\n      note", "a cell for each column and no other: answered_on")],
)
def test_a_template_that_is_not_whole_is_refused(tmp_path: Path, cut: str, message: str) -> None:
    text = (INCLUDE / "sources" / "shopwatch" / "reviews.yaml").read_text("utf-8")
    at = text.index(cut)
    end = text.index("\n", at) if cut == "skip:" else len(text)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "reviews.yaml").write_text(text[:at].rstrip() + text[end:], "utf-8")
    with pytest.raises(DeclarationError, match=message):
        load_contracts(tmp_path)


TARGETS = """
    select grain, period_start, target, source
    from staging.stg_targets
    where shop = 'qinghe' and metric = $1
    order by all
"""


def targets_of(settings: Settings, metric: str) -> list[tuple[str, str, float, bool]]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        found = con.execute(TARGETS, [metric]).fetchall()
    return [(grain, str(start), target, source is not None) for grain, start, target, source in found]


def night(settings: Settings, rows: list[list[object]], path: Path, name: str, modified: str) -> None:
    drop(settings, f"qinghe/{name}", filled(path, rows), modified)
    load_all(settings)
    check_and_settle(settings, quietly=True)
    build_models(settings)


@pytest.mark.slow
def test_a_target_of_the_workbook_wins_for_its_periods(settings: Settings, folders: dict[Language, Path]) -> None:
    path = workbook(folders, "shopwatch_targets", "zh")
    days = ("2026-06-01", "2026-11-02", "2026-11-09", "2026-11-16")  # June begins on a Monday
    drop(settings, "qinghe/plans20261117010000.csv", plans_csv([plan(1, day) for day in days]))
    rows: list[list[object]] = [
        ["投入产出比", "周", date(2026, 11, 11), date(2026, 11, 16), 4],
        ["成交额", "月", date(2026, 11, 1), None, 100000],
    ]
    night(settings, rows, path, "目标.xlsx", "2026-11-17T09:00:00")
    assert targets_of(settings, "roas") == [
        ("month", "2026-06-01", 3, False),
        ("month", "2026-11-01", 3, False),
        ("week", "2026-06-01", 3, False),
        ("week", "2026-11-02", 3, False),
        ("week", "2026-11-09", 4, True),
        ("week", "2026-11-16", 4, True),
    ]
    assert targets_of(settings, "revenue") == [("month", "2026-11-01", 100000, True)]
    assert stakes(settings) == [("2026-06-01", 0), ("2026-11-02", 0), ("2026-11-09", 60), ("2026-11-16", 60)]

    corrected: list[list[object]] = [["投入产出比", "周", date(2026, 11, 11), None, 5]]
    night(settings, corrected, path, "目标 2.xlsx", "2026-11-18T09:00:00")
    assert stakes(settings) == [("2026-06-01", 0), ("2026-11-02", 0), ("2026-11-09", 160), ("2026-11-16", 0)]
    assert targets_of(settings, "revenue") == [("month", "2026-11-01", 100000, True)]
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        assert con.execute("select max(day) from intermediate.int_covered_days").fetchone() == (date(2026, 11, 16),)


def stakes(settings: Settings) -> list[tuple[str, int]]:
    """Money at stake by week: the ads spent 100 and brought 340."""
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        found = con.execute(
            "select period_start, at_stake from kpi.fct_kpi"
            " where shop = 'qinghe' and metric = 'roas' and entity_type = 'shop' and grain = 'week' order by all"
        ).fetchall()
    return [(str(start), int(amount)) for start, amount in found]
