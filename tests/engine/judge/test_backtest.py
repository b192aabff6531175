"""A rule over the history that is there, as it is and as it would be."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.cli.main import app
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.backtest import backtest, changed_rule, compare
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from warehouses import publish_history

RULES = load_rules(PROJECT / "include", load_metrics(PROJECT / "include"))
RULE = RULES["conversion_low"]
BEGIN = date(2026, 1, 1)


@pytest.fixture
def history(settings: Settings) -> Settings:
    """A published warehouse: ten weeks of one product, dipping twice."""
    settings.published.parent.mkdir(parents=True)
    con = duckdb.connect(settings.published)
    con.execute(library_sql("judge/judged_tables"))
    con.execute("create schema meta")
    con.execute("create table meta.night as select cast($1 as date) as night", [SUNDAY])
    enter_series(con, Catalog(settings), CaseSeries(RULE, "3 0.9 0.9 3 3 1.1 1.1 3 0.7 0.4"))
    con.close()
    publish_history(settings.published)
    return settings


def test_history_is_judged_as_the_nights_would_have(history: Settings) -> None:
    alerts = backtest(Catalog(history), [RULE], BEGIN)
    assert [(a.since, a.resolved_at, a.severity) for a in alerts] == [
        (date(2026, 9, 21), date(2026, 9, 28), "warning"),
        (date(2026, 11, 9), None, "critical"),
    ]
    assert backtest(Catalog(history), [RULE], date(2026, 10, 1)) == alerts[1:]


@pytest.mark.slow
def test_a_change_shows_what_would_come_go_and_differ(history: Settings) -> None:
    before = backtest(Catalog(history), [RULE], BEGIN)
    higher = compare(
        before, backtest(Catalog(history), [changed_rule(RULE, ["breach.below=0.012", "clear.at_least=0.02"])], BEGIN)
    )
    assert [a.since for a in higher.came] == [date(2026, 10, 19)]
    assert (higher.gone, higher.changed, higher.same) == ([], [], before)
    assert higher.weeks()[date(2026, 10, 19)] == (0, 1)
    stricter = compare(before, backtest(Catalog(history), [changed_rule(RULE, ["breach.below=0.008"])], BEGIN))
    assert [a.since for a in stricter.gone] == [date(2026, 9, 21)]
    milder = compare(before, backtest(Catalog(history), [changed_rule(RULE, ["critical=0.001"])], BEGIN))
    assert [(old.severity, new.severity) for old, new in milder.changed] == [("critical", "warning")]


def test_it_leaves_the_published_file_alone(history: Settings) -> None:
    content = history.published.read_bytes()
    with duckdb.connect(history.published, read_only=True):
        backtest(Catalog(history), [RULE], BEGIN)
    assert history.published.read_bytes() == content


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("breach.belw=0.012", "did you mean `below`"),
        ("breach.below", "name the key"),
        ("breach.below=much", "valid number"),
        ("rule.name=x", "name the key"),
    ],
)
def test_a_wrong_change_is_said(setting: str, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        changed_rule(RULE, [setting])


def test_without_a_history_that_is_said(settings: Settings) -> None:
    with pytest.raises(DeclarationError, match="no night has been published"):
        backtest(Catalog(settings), [RULE], BEGIN)


@pytest.mark.slow
def test_the_effect_of_changed_rules_since_a_revision(
    history: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    include = tmp_path / "repository" / "include"
    include.mkdir(parents=True)
    for name in ("sql", "shops.yaml", "calendar.yaml"):
        (include / name).symlink_to(PROJECT / "include" / name)
    (include / "rules").mkdir()
    for path in (PROJECT / "include" / "rules").iterdir():
        (include / "rules" / path.name).write_bytes(path.read_bytes())
    git = ["git", "-C", str(include), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q"], ["add", "rules"], ["commit", "-qm", "rules"]):
        subprocess.run([*git, *arguments], check=True)
    rules = include / "rules" / "3_products.yaml"
    rules.write_text(rules.read_text("utf-8").replace("breach: {below: 0.01}", "breach: {below: 0.008}"), "utf-8")
    monkeypatch.setenv("SHOPWATCH_HOME", str(history.home))
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(include))
    done = CliRunner().invoke(app, ["rules", "diff", "HEAD", "--from", "2026-01-01"])
    assert done.exit_code == 0, done.output
    assert "rule conversion_low: changed" in done.output
    assert "- conversion_low shop product-1 2026-09-21 to 2026-09-28" in done.output
    assert "0 would come, 1 go, 0 change, 1 stay as they are" in done.output
