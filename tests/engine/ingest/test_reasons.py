"""Each reason has a sentence in both languages, and whoever gives a reason gives what its sentence needs."""

from __future__ import annotations

import ast
import re
import string
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import yaml

from files import WANXIANG, ask, csv_bytes, drop, load_all, order, orders_csv, plan, plans_csv
from shopwatch.catalog.checks import Check
from shopwatch.catalog.contracts import STORED_AS, load_contracts
from shopwatch.core.reasons import RejectedError, sentence
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import LIBRARY
from shopwatch.core.text import LONGEST_SENTENCE
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.type_sql import PLACES

INCLUDE = PROJECT / "include"
EXPECTATIONS = get_args(Check.model_fields["expect"].annotation)
CODE = re.compile(r"[a-z_]+")
SENTENCES = yaml.safe_load((INCLUDE / "reasons.yaml").read_text("utf-8"))


@cache
def trees() -> list[tuple[str, ast.Module]]:
    paths = sorted((PROJECT / "plugins" / "shopwatch").rglob("*.py"))
    return [(path.name, ast.parse(path.read_text("utf-8"))) for path in paths]


def refusals(modules: list[tuple[str, ast.Module]]) -> list[tuple[str, str, set[str]]]:
    """Every refusal: where, its code (or the Python that stands there instead), the names of its values."""
    nodes = [(name, node) for name, tree in modules for node in ast.walk(tree)]
    kinds = {"RejectedError", "WorkbookError"} | {
        node.name
        for _, node in nodes
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "RejectedError" for base in node.bases)
    }
    found = []
    for name, node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds:
            code = node.args[0].value if isinstance(node.args[0], ast.Constant) else ast.unparse(node.args[0])
            found.append((f"{name}:{node.lineno}", str(code), {word.arg or "" for word in node.keywords}))
    return found


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_code_has_its_sentence_and_gets_what_the_sentence_needs() -> None:
    found = refusals(trees())
    assert {code for _, code, _ in found} >= {"empty", "zip_files", "unknown_headers", "doubtful_records"}
    for where, code, values in found:
        assert CODE.fullmatch(code), f"{where}: a sentence belongs into include/reasons.yaml: {code}"
        assert code in SENTENCES, where
        assert names_in(SENTENCES[code]["zh"]) == values, where


@pytest.mark.parametrize("said", ['"it is too old"', 'f"{name} is too old"', "why"])
@pytest.mark.parametrize("kind", ["RejectedError", "OldError"])
def test_a_plain_sentence_would_be_noticed(kind: str, said: str) -> None:
    ((_, code, _),) = refusals([("a.py", ast.parse(f"class OldError(RejectedError): ...\nraise {kind}({said})"))])
    assert code not in SENTENCES


def test_no_sentence_waits_for_use() -> None:
    sql = "".join(path.read_text("utf-8") for path in [*(INCLUDE / "sql").rglob("*.sql"), *LIBRARY.rglob("*.sql")])
    python = {node.value for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    made = {f"unreadable_{kind}" for kind in STORED_AS} | {f"check_{expect}" for expect in EXPECTATIONS}
    assert {code for code in SENTENCES if code not in python | made and f"'{code}'" not in sql} == set()


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_leaves_room_for_its_values_in_a_mail(code: str) -> None:
    for text in SENTENCES[code].values():
        for form in text.values() if isinstance(text, dict) else [text]:
            assert len(re.sub(r"{[^}]*}", "", form)) <= LONGEST_SENTENCE - 60


@pytest.mark.parametrize("kind", sorted(STORED_AS.keys() - PLACES))
def test_each_type_says_what_a_cell_should_have_been(kind: str) -> None:
    assert SENTENCES[f"unreadable_{kind}"].keys() == {"zh", "en"}


@pytest.mark.parametrize("expect", EXPECTATIONS)
def test_each_check_says_what_should_be_so(expect: str) -> None:
    assert f"check_{expect}" in SENTENCES


@pytest.mark.parametrize("code", [None, "made_up_later"])
def test_without_a_code_that_is_known_the_ledgers_own_words_stand(code: str | None) -> None:
    assert sentence(INCLUDE, "zh", code, {}, "as it was said then") == "as it was said then"


def test_values_read_as_each_language_writes_them() -> None:
    error = RejectedError(
        "unknown_headers",
        nearest="tmall_orders",
        title={"zh": "天猫订单列表", "en": "Tmall order list"},
        missing=["订单编号", "订单状态"],
        count=2,
        lines=30,
    )
    assert "nearest is tmall_orders (Tmall order list)" in str(error)
    assert "the 2 headers that are not in the first 30 lines: 订单编号, 订单状态" in str(error)
    chinese = sentence(INCLUDE, "zh", error.code, error.values)
    assert "天猫订单列表（tmall_orders）" in chinese
    assert "订单编号、订单状态" in chinese


def test_a_reason_is_kept_so_that_both_languages_can_say_it(settings: Settings) -> None:
    drop(settings, "nobody/orders.csv", orders_csv([order(1)]))
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1), plan(2, 花费="n/a")]) + b"1,2,3\r\n")
    load_all(settings)
    (kept,) = ask(settings, "select reason, reason_code, reason_values->>'folder' from loads where state = 'rejected'")
    assert kept == (
        "no shop is called nobody; declare it in shops.yaml, or use one of: mumian, online_retail, qinghe",
        "unknown_shop",
        "nobody",
    )
    rows = ask(settings, "select reason, reason_code, reason_values::varchar from quarantine order by line")
    assert rows == [
        ("unreadable money", "unreadable_money", "{}"),
        ("ragged: 3/10", "ragged", '{"found":3,"expected":10}'),
    ]


def test_only_the_first_of_many_missing_headers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(csv_bytes([WANXIANG]))
    contract = load_contracts(INCLUDE)["wanxiang_plans"]
    contract = contract.model_copy(update={"recognise": (*WANXIANG, *"abcdef")})
    with pytest.raises(RejectedError) as error:
        detect_contract(path, {"wanxiang_plans": contract})
    assert error.value.values["missing"] == [*"abcde", "…"]
    assert error.value.values["count"] == len("abcdef")
    assert "6 个表头" in sentence(INCLUDE, "zh", error.value.code, error.value.values)


def test_a_header_too_many_is_said_as_such(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(csv_bytes([WANXIANG]))
    contract = load_contracts(INCLUDE)["wanxiang_plans"].model_copy(update={"unless": (WANXIANG[0], "别的")})
    with pytest.raises(RejectedError) as error:
        detect_contract(path, {"wanxiang_plans": contract})
    assert (error.value.code, error.value.values["unwanted"]) == ("unknown_unless", [WANXIANG[0]])
