"""Suggestions for rules with too many alerts, each tried over the history."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from typer.testing import CliRunner

from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from shopwatch.judge.suggest import Suggestion, suggest
from warehouses import publish_history

BEGIN = date(2026, 8, 17)
DIPS = "3 0.9@200x2 3 0.3@300x2 3 0.4@500x2 3 0.8@400x2 3"


@pytest.fixture
def history(settings: Settings) -> Settings:
    """A published warehouse: a product whose conversion dips for two weeks, four times."""
    settings.published.parent.mkdir(parents=True)
    catalog = Catalog(settings)
    with duckdb.connect(settings.published) as con:
        con.execute(library_sql("judge/judged_tables"))
        con.execute("create schema meta")
        con.execute("create table meta.night as select cast($1 as date) as night", [SUNDAY])
        enter_series(con, catalog, CaseSeries(catalog.rules["conversion_low"], DIPS))
    publish_history(settings.published)
    return settings


def test_a_noisy_rule_gets_a_limit_and_a_guard_that_leave_what_is_wanted(history: Settings) -> None:
    """One alert in these three months: the lowest by the limit, the one of most visitors by the guard."""
    (noisy,) = suggest(Catalog(history), [Catalog(history).rules["conversion_low"]], BEGIN, 0.33)
    assert (noisy.rule, noisy.shop, noisy.alerts, noisy.critical) == ("conversion_low", "shop", 4, 2)
    assert noisy.suggestions == (
        Suggestion(("breach.below=0.004", "critical=0.004"), 1, 1),
        Suggestion(("guard.denominator_at_least=500",), 1, 1),
    )


@pytest.mark.slow
def test_the_command_prints_them_as_the_backtest_takes_them(history: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPWATCH_HOME", str(history.home))
    ask = ["rules", "suggest", "conversion_low", "--from", BEGIN.isoformat()]
    done = CliRunner().invoke(app, [*ask, "--alerts", "0.33"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "conversion_low shop: 4 alerts, 1.3 a month, 2 critical",
        "  --set breach.below=0.004 --set critical=0.004: 1 alert, 1 critical",
        "  --set guard.denominator_at_least=500: 1 alert, 1 critical",
    ]
    done = CliRunner().invoke(app, ask)
    assert done.output == "no rule has more than 4 alerts a month in a shop, or mostly critical ones\n"
    assert CliRunner().invoke(app, ["rules", "suggest", "no_such"]).exit_code == 1
