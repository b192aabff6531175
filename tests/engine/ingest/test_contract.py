from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT

PLAIN: dict[str, Any] = {
    "export": "visits",
    "title": {"zh": "访问", "en": "visits"},
    "recognise": ["日期", "访客数"],
    "table": "visits",
    "mode": "snapshot",
    "key": ["day", "page"],
    "version": {"name": r"(\d{14})\D*$"},
    "day": ["stat_date"],
    "columns": {
        "stat_date": {"from": "日期", "type": "day"},
        "page": {"from": "页面", "type": "id"},
        "visitors": {"from": "访客数", "type": "count"},
    },
    "checks": [{"expect": "between", "column": "visitors", "min": 0, "level": "fail"}],
}


def write(include: Path, name: str, contract: object) -> None:
    path = include / "sources" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(contract if isinstance(contract, str) else yaml.safe_dump(contract, allow_unicode=True), "utf-8")


def broken(include: Path, change: Callable[[dict[str, Any]], object]) -> str:
    contract = copy.deepcopy(PLAIN)
    change(contract)
    write(include, "shop/visits.yaml", contract)
    with pytest.raises(DeclarationError) as error:
        load_contracts(include)
    return str(error.value)


def test_a_plain_contract_is_read(tmp_path: Path) -> None:
    write(tmp_path, "shop/visits.yaml", PLAIN)
    contract = load_contracts(tmp_path)["visits"]
    assert contract.columns["page"].headers == ("页面",)
    assert len(contract.hash) == 64


def test_the_projects_own_contracts_are_called_by_folder_and_file() -> None:
    paths = (PROJECT / "include" / "sources").glob("*/*.yaml")
    assert sorted(load_contracts(PROJECT / "include")) == sorted(f"{path.parent.name}_{path.stem}" for path in paths)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(colums={}), ["colums: no such key (did you mean `columns`?)"]),
        (lambda c: c["columns"]["page"].update(header="x"), ["columns.page.header: no such key"]),
        (lambda c: c["checks"][0].update(maximum=3), ["checks.0.maximum: no such key (did you mean `max`?)"]),
        (lambda c: c.update(key=["day", "pgae"]), ["`pgae`", "did you mean `page`?"]),
        (lambda c: c["checks"][0].update(column="vistors"), ["`vistors`", "did you mean `visitors`?"]),
        (lambda c: c.update(day=["stat_dat"]), ["`stat_dat`", "did you mean `stat_date`?"]),
        (lambda c: c.update(version={"rows": "visitor"}), ["`visitor`", "did you mean `visitors`?"]),
        (lambda c: c["columns"]["page"].update(type="category"), ["columns.page", "`values`"]),
        (lambda c: c["columns"]["page"].update(values={"a": "b"}), ["columns.page", "`values`"]),
        (lambda c: c["columns"]["page"].update(type="number"), ["columns.page.type", "'money'"]),
        (lambda c: c.update(mode="append"), ["mode", "'snapshot'"]),
        (lambda c: c.update(recognise=["日期"]), ["recognise", "at least 2"]),
        (lambda c: c.pop("table"), ["table", "Field required"]),
        (lambda c: c.update(version={"name": "(\\d{14"}), ["version", "not a regular expression"]),
        (lambda c: c.update(version={"name": "\\d{14}"}), ["version", "one pair of brackets"]),
        (lambda c: c["checks"][0].pop("min"), ["checks.0", "needs min or max"]),
        (lambda c: c["checks"][0].pop("column"), ["checks.0", "needs column"]),
        (lambda c: c["checks"][0].update(expect="unique"), ["checks.0", "needs columns"]),
    ],
)
def test_a_fault_is_reported_by_file_and_key(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: list[str]
) -> None:
    message = broken(tmp_path, change)
    assert message.startswith(str(tmp_path / "sources" / "shop" / "visits.yaml"))
    for words in said:
        assert words in message


def test_what_is_optional_in_a_key_may_be_empty(tmp_path: Path) -> None:
    contract = copy.deepcopy(PLAIN)
    contract["key"] = ["day", "page", "part"]
    contract["columns"]["part"] = {"from": "部分", "type": "text", "optional": True}
    write(tmp_path, "shop/visits.yaml", contract)
    checks = load_contracts(tmp_path)["visits"].all_checks()
    assert [check.column for check in checks if check.expect == "not_null"] == ["page", "day"]
    assert [check.columns for check in checks if check.expect == "unique"] == [("day", "page", "part")]


def test_a_far_off_word_gets_no_suggestion(tmp_path: Path) -> None:
    message = broken(tmp_path, lambda c: c.update(key=["qqqqqq"]))
    assert "`qqqqqq`" in message
    assert "did you mean" not in message


@pytest.mark.parametrize("content", ["", "- a list", "just words"])
def test_a_file_that_is_no_mapping_is_reported(tmp_path: Path, content: str) -> None:
    write(tmp_path, "shop/visits.yaml", content)
    with pytest.raises(DeclarationError, match=r"visits\.yaml: line 1: write keys with their values"):
        load_contracts(tmp_path)


def test_broken_yaml_is_reported_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "shop/visits.yaml", "export: visits\nkey: [day\n")
    with pytest.raises(DeclarationError, match=r"(?s)visits\.yaml.*line 3"):
        load_contracts(tmp_path)


def test_two_contracts_of_one_name_are_refused_and_the_second_file_named(tmp_path: Path) -> None:
    write(tmp_path, "a/visits.yaml", PLAIN)
    write(tmp_path, "b/visits.yaml", PLAIN)
    with pytest.raises(DeclarationError, match=r"b/visits\.yaml: .*visits"):
        load_contracts(tmp_path)


def test_two_contracts_that_disagree_on_a_type_are_refused(tmp_path: Path) -> None:
    other = copy.deepcopy(PLAIN)
    other["export"] = "other_visits"
    other["columns"]["visitors"]["type"] = "money"
    write(tmp_path, "a/visits.yaml", PLAIN)
    write(tmp_path, "b/visits.yaml", other)
    with pytest.raises(DeclarationError) as error:
        load_contracts(tmp_path)
    message = str(error.value)
    assert message.startswith(str(tmp_path / "sources" / "b" / "visits.yaml"))
    for words in ("other_visits", "visits.visitors", "DECIMAL(18,2)", "BIGINT"):
        assert words in message


def test_two_contracts_may_share_a_table_and_add_columns(tmp_path: Path) -> None:
    other = copy.deepcopy(PLAIN)
    other["export"] = "other_visits"
    other["columns"]["carts"] = {"from": "加购", "type": "count"}
    write(tmp_path, "a/visits.yaml", PLAIN)
    write(tmp_path, "b/visits.yaml", other)
    assert sorted(load_contracts(tmp_path)) == ["other_visits", "visits"]
