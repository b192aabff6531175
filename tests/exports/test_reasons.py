"""Each reason has a sentence in both languages, and whoever gives a reason gives what its sentence needs."""

from __future__ import annotations

import ast
import string
from typing import get_args

import pytest
import yaml

from files import ask, drop, load_all, order, orders_csv, plan, plans_csv
from shopwatch.exports.clean import MAY_FAIL
from shopwatch.exports.contract import STORED_AS, Check
from shopwatch.exports.reasons import CODE, RejectedError, sentence
from shopwatch.settings import PROJECT, Settings

INCLUDE = PROJECT / "include"
SENTENCES = yaml.safe_load((INCLUDE / "reasons.yaml").read_text("utf-8"))


def raised() -> list[tuple[str, str, set[str]]]:
    """Every code that the library raises: where, code, names of its values."""
    found = []
    for path in sorted((PROJECT / "plugins" / "shopwatch").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "RejectedError" or not node.args:
                continue
            (said,) = node.args
            if isinstance(said, ast.Constant) and CODE.fullmatch(said.value):
                found.append((f"{path.name}:{node.lineno}", said.value, {word.arg or "" for word in node.keywords}))
    return found


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_reasons_are_given_by_code_at_all() -> None:
    assert {code for _, code, _ in raised()} >= {"empty", "vanished", "unreadable", "no_folder", "unknown_shop"}


@pytest.mark.parametrize(
    ("where", "code", "values"), raised(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_code_has_its_sentence_and_gets_what_the_sentence_needs(where: str, code: str, values: set[str]) -> None:
    assert names_in(SENTENCES[code]["zh"]) <= values, where


@pytest.mark.parametrize("kind", sorted(STORED_AS.keys() - MAY_FAIL))
def test_each_type_says_what_a_cell_should_have_been(kind: str) -> None:
    assert SENTENCES[f"unreadable_{kind}"].keys() == {"zh", "en"}


@pytest.mark.parametrize("expect", get_args(Check.model_fields["expect"].annotation))
def test_each_check_says_what_should_be_so(expect: str) -> None:
    assert f"check_{expect}" in SENTENCES


def test_a_sentence_without_a_code_stands_for_itself() -> None:
    error = RejectedError("it is not one of ours: send it back")
    assert (str(error), error.code, error.values_json) == ("it is not one of ours: send it back", None, "{}")
    assert sentence(INCLUDE, "zh", error.code, error.values, str(error)) == str(error)


def test_a_code_of_a_later_version_falls_back_to_the_ledgers_own_words() -> None:
    assert sentence(INCLUDE, "zh", "made_up_later", {}, "as it was said then") == "as it was said then"


def test_values_read_as_each_language_writes_them() -> None:
    error = RejectedError(
        "unknown_headers",
        nearest="tmall_orders",
        title={"zh": "天猫订单列表", "en": "Tmall order list"},
        missing=["订单编号", "订单状态"],
        lines=30,
    )
    assert "nearest is tmall_orders (Tmall order list), but its headers 订单编号, 订单状态" in str(error)
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
