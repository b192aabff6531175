"""The rules' JSON Schema and command line: what they reject, and how they report it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rule_schema import NAME, rules_schema
from shopwatch.catalog.rules import load_rules
from shopwatch.cli.main import app
from shopwatch.core.settings import PROJECT

RULES = PROJECT / "include" / "rules"
FILES = sorted(RULES.glob("[0-9]_*.yaml"))
SCHEMA = Draft202012Validator(json.loads(rules_schema(PROJECT / "include")))


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's include that the command line reads, with a home of its own."""
    monkeypatch.setenv("SHOPWATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(tmp_path / "include"))
    return Path(shutil.copytree(PROJECT / "include", tmp_path / "include"))


def run(*words: str) -> tuple[int, str]:
    """Exit code and output of the command line, without its line breaks."""
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, " ".join(result.stdout.split())


def misspell(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "for: {periods: 2" in text
    path.write_text(text.replace("for: {periods: 2", "for: {preiods: 2", 1), "utf-8")


def without_offered_names(text: str) -> dict:
    """A schema but for the KPIs, entity types and rules that an editor offers: a new one needs no other file."""
    schema = json.loads(text)
    properties = schema["$defs"]["Rule"]["properties"]
    for offered in (properties["metric"], properties["by"], properties["inhibited_by"]["items"]):
        del offered["enum"]
    return schema


def test_the_stored_schema_is_the_one_that_is_generated() -> None:
    stored, generated = (RULES / NAME).read_text("utf-8"), rules_schema(PROJECT / "include")
    assert without_offered_names(stored) == without_offered_names(generated), "run bin/shopwatch rules schema"


def test_the_command_writes_the_schema(include: Path) -> None:
    (include / "rules" / NAME).unlink()
    assert run("rules", "schema")[0] == 0
    assert (include / "rules" / NAME).read_text("utf-8") == rules_schema(include)


def test_a_misspelt_key_is_refused_by_the_schema(include: Path) -> None:
    path = include / "rules" / "3_products.yaml"
    misspell(path)
    (error,) = SCHEMA.iter_errors(yaml.safe_load(path.read_text("utf-8")))
    assert list(error.absolute_path) == [0, "for"]
    assert "preiods" in error.message


def test_a_misspelt_key_is_named_by_the_check(include: Path) -> None:
    rules = len(load_rules(include, load_metrics(include)))
    assert run("rules", "check") == (0, f"{rules} rules can be judged, 0 cannot")
    path = include / "rules" / "3_products.yaml"
    misspell(path)
    code, said = run("rules", "check")
    assert code == 1
    assert f"{path}: conversion_low: line 9: for.preiods: no such key (did you mean `periods`?)" in said
    assert said.endswith(f"{rules - 1} rules can be judged, 1 cannot")


def test_a_case_that_fails_says_what_was_judged(include: Path, tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(
        "- {case: right, rule: conversion_low, series: 0.9x2, expect: pending firing}\n"
        "- {case: wrong, rule: conversion_low, series: 0.9 3, expect: pending firing}\n",
        "utf-8",
    )
    code, said = run("rules", "test", str(path))
    assert code == 1
    assert "cases.yaml: wrong expected pending firing judged pending/breach ok 2 cases, 1 failed" in said
    assert "right" not in said


def test_an_unknown_alert_cannot_be_explained(judged_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPWATCH_HOME", str(judged_home))
    code, said = run("explain", "nothing")
    assert code == 1
    assert "no alert nothing" in said
