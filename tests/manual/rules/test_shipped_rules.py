"""The shipped files of rules: numbers of the manual, one file a stage, and the schema that editors read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rule_schema import NAME, rules_schema
from shopwatch.catalog.rules import load_rules
from shopwatch.core.settings import PROJECT
from shopwatch.core.strict_yaml import read_yaml

RULES = PROJECT / "include" / "rules"
FILES = sorted(RULES.glob("[0-9]_*.yaml"))
SCHEMA = Draft202012Validator(json.loads(rules_schema(PROJECT / "include")))


def test_a_rule_stands_in_the_file_of_its_metrics_stage() -> None:
    metrics = {metric.name: metric.head for metric in load_metrics(PROJECT / "include")}
    for path in (PROJECT / "include" / "rules").glob("[0-9]_*.yaml"):
        for rule in read_yaml(path):
            assert metrics[rule["metric"]].stage == int(path.name[0]), f"{path.name}: {rule['rule']}"


def test_the_manuals_numbers_stand_in_the_rules() -> None:
    rules = load_rules(PROJECT / "include", load_metrics(PROJECT / "include"))
    conversion, roas, stock = rules["conversion_low"], rules["roas_low"], rules["stock_low"]
    assert (conversion.breach.below, conversion.lasting.periods, conversion.lasting.gap) == (0.01, 2, "hold")
    assert (roas.breach.below, roas.by, roas.grain) == (3, "campaign", "week")
    assert (stock.breach.at_most, stock.grain) == (10, "day")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_rules_fit_the_schema_and_name_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={NAME}\n")
    assert not list(SCHEMA.iter_errors(yaml.safe_load(text)))
