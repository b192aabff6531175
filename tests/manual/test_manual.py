"""docs/manual.md locates each sentence and number of the manual: its references exist, nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
import sqlglot

from rule_cases import RULES
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import PROJECT
from shopwatch.warehouse.models import load_models

INCLUDE = PROJECT / "include"
METRICS = {metric.name: metric for metric in load_metrics(INCLUDE)}
PAGE, NUMBERS = (PROJECT / "docs" / "manual.md").read_text("utf-8").split("\n## Numbers")
STAGES = {int(part[0]): part for part in PAGE.split("\n## ")[1:]}
FILES = {path.name[0]: path.read_text("utf-8") for path in (INCLUDE / "rules").glob("[0-9]_*.yaml")}


def rows(text: str) -> Iterator[list[str]]:
    """The cells of a table's rows, without its header."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5 and not cells[0].startswith(("手册", "数")):
            yield cells


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def columns() -> set[str]:
    """Every table of the shop warehouse, and every column as ``schema.table.column``."""
    found = set()
    for name, model in load_models(INCLUDE).items():
        selected = sqlglot.parse_one(model.sql, read="duckdb").selects
        found |= {name, *(f"{name}.{column.alias_or_name}" for column in selected)}
    return found


SENTENCES = [(stage, cells) for stage, part in STAGES.items() for cells in rows(part)]
TARGETS = {
    f"targets.{metric}"
    for metric in (load_contracts(INCLUDE)["shopwatch_targets"].columns["metric"].values or {}).values()
}


@pytest.mark.parametrize(("stage", "cells"), SENTENCES, ids=lambda part: part[1] if isinstance(part, list) else "")
def test_what_a_sentence_names_exists(stage: int, cells: list[str]) -> None:
    kpis, rules, tables = (names(cell) for cell in cells[2:])
    assert kpis or rules or tables
    assert set(kpis) <= METRICS.keys()
    assert set(rules) <= RULES.keys()
    assert set(tables) <= columns()
    for rule in rules:
        assert METRICS[RULES[rule].metric].head.stage == stage
        assert RULES[rule].metric in kpis


def test_every_rule_stands_in_a_sentence() -> None:
    said = {name for _, cells in SENTENCES for cell in cells[2:4] for name in names(cell)}
    assert RULES.keys() <= said <= METRICS.keys() | RULES.keys()


def test_every_rule_has_its_number() -> None:
    assert {name for cells in rows(NUMBERS) for name in names(cells[4])} >= RULES.keys()


@pytest.mark.parametrize("cells", list(rows(NUMBERS)), ids=lambda cells: f"{cells[4]} {cells[0]}")
def test_a_number_is_the_rules_own(cells: list[str]) -> None:
    number, mark, (name,), key = float(cells[0]), cells[3], names(cells[4]), cells[4].split("`")[-1].strip()
    assert mark in ("M", "F")
    if name not in RULES:
        assert name in TARGETS | columns()
        return
    rule = RULES[name]
    assert number in ([rule.lasting.periods] if key == "for" else [rule.breach.low, rule.breach.high])
    if key == "breach":
        (line,) = re.findall(
            rf"- rule: {name}\n(?:(?!- rule).*\n)*?  breach: (.*)", FILES[str(METRICS[rule.metric].head.stage)]
        )
        assert ("a default" in line) == (mark == "F"), "the rule's comment says otherwise"


def test_a_missed_target_is_reported_once() -> None:
    """What watches a shop's number itself, not its change, explains that the number's target is missed."""
    offered = {name.removeprefix("targets.") for name in TARGETS}
    watching = {
        name
        for name, rule in RULES.items()
        if rule.by == "shop" and rule.metric in offered and rule.breach.of in ("value", "share_of_target")
    }
    assert set(RULES["target_behind"].inhibited_by) == watching
