"""The cookbooks' examples: what they make is no part of the project yet, is valid, and does what they say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cookbooks import FOLDER, TO_BE_MADE, block_of
from night_tools import PROJECT
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import Rule, read_rules
from shopwatch.catalog.shops import Shop
from shopwatch.catalog.teams import Team
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.judge.cases import read_cases, run_cases
from shopwatch.store.decisions import ReviewedSilence

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def answers(path: Path, command: str) -> list[tuple[str, str]]:
    """The lines of a document that run a command, each with the block that follows: what it answers."""
    found = FENCE.findall(path.read_text("utf-8"))
    return [(body.strip(), answer) for (_, body), (_, answer) in pairwise(found) if body.startswith(command)]


def test_what_a_cookbook_has_made_is_not_there_yet() -> None:
    assert not [path for path in TO_BE_MADE if (PROJECT / path).exists()]


def test_the_contract_of_the_cookbook_is_one() -> None:
    contract = Contract.model_validate(yaml.safe_load(block_of("add-an-export.md", "yaml", "export:")))
    others = load_contracts(PROJECT / "include")
    assert contract.export not in others
    known = set().union(*(other.columns for other in others.values() if other.table == contract.table))
    assert set(contract.columns) <= known


@pytest.mark.slow
def test_the_commands_of_the_cookbook_answer_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cookbook = FOLDER / "add-an-export.md"
    include = tmp_path / "include"
    shutil.copytree(PROJECT / "include", include)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOPWATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(include))
    Path("小铺订单.csv").write_text(block_of(cookbook.name, "csv", ""), "utf-8")
    os.utime("小铺订单.csv", (1794528000, 1794528000))  # 2026-11-13 08:00 in Shanghai
    (refused, not_known), (drafts, draft), (again, understood) = answers(cookbook, "bin/shopwatch")[:3]

    def said(command: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        return result.exit_code, result.stdout

    assert said(refused) == (1, not_known)
    assert said(drafts) == (0, draft)
    assert said(f"{drafts} --write")[0] == 0
    assert said(again)[0] == 0
    written = include / "sources" / "xiaopu" / "orders.yaml"
    assert written.read_text("utf-8") == draft
    written.write_text(block_of(cookbook.name, "yaml", "export:"), "utf-8")
    assert said(again) == (0, understood)


def test_the_rule_of_the_cookbook_is_one() -> None:
    (rule,) = yaml.safe_load(block_of("add-a-rule.md", "yaml", "- rule:"))
    assert Rule.model_validate(rule).breach.comparison == "above"


def test_the_cases_of_the_cookbook_are_judged_as_it_says(tmp_path: Path) -> None:
    include = tmp_path / "include"
    shutil.copytree(PROJECT / "include", include)
    (include / "sql" / "metrics" / "cost_per_order.sql").write_text(block_of("add-a-rule.md", "sql", "/*"), "utf-8")
    (include / "rules" / "9_more.yaml").write_text(block_of("add-a-rule.md", "yaml", "- rule:"), "utf-8")
    cases = tmp_path / "orders_dear.yaml"
    cases.write_text(block_of("add-a-rule.md", "yaml", "- case: two days"), "utf-8")
    settings = Settings(home=tmp_path / "home", include=include)
    rules, faults = read_rules(include, load_metrics(include))
    assert run_cases(Catalog(settings), rules, read_cases(cases)) == [None] * 5
    text = (FOLDER / "add-a-rule.md").read_text("utf-8")
    assert f"\n{len(rules)} rules can be judged, {len(faults)} cannot\n" in text
    assert f"\n{len(rules) - 1} rules can be judged, {len(faults) + 1} cannot\n" in text


def test_the_silence_of_the_cookbook_is_one() -> None:
    (silence,) = yaml.safe_load(block_of("decide-about-an-alert.md", "yaml", "- rule:"))
    assert ReviewedSilence.model_validate(silence).fits("stock_low", "mumian", "MM-TEX-010-01", date(2026, 12, 3))


def test_the_team_of_the_cookbook_is_one() -> None:
    (team,) = yaml.safe_load(block_of("add-a-team.md", "yaml", "- team:"))
    assert Team.model_validate(team).takes("运营", "qinghe")


def test_the_shop_of_the_cookbook_is_one() -> None:
    (shop,) = yaml.safe_load(block_of("run-your-own-files.md", "yaml", "qinghe:")).values()
    assert Shop.model_validate(shop).closed == ("sun",)
