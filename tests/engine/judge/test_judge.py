"""Any history of a rule, against the rule in plain Python, and however many nights saw it."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from shopwatch.judge.evaluate import History, judge

CATALOG = Catalog(Settings())
RULES = CATALOG.rules
HISTORY = History("conversion_low", "shop", "product", "product-1")
WORDS = st.lists(st.sampled_from(["3", "0.9", "1.1", "_", "!", "0@3", "?"]), min_size=1, max_size=10)


def firing_after(words: list[str]) -> bool | None:
    """Whether the alert fires at the end; None where nothing was judged."""
    con = duckdb.connect()
    con.execute(library_sql("judge/judged_tables"))
    enter_series(con, CATALOG, CaseSeries(RULES["conversion_low"], " ".join(words)))
    judge(con, CATALOG, [RULES["conversion_low"]], SUNDAY, [HISTORY])
    row = con.execute("select state from ops.verdicts order by period_start desc").fetchone()
    return None if row is None else row[0] == "firing"


def by_hand(words: list[str]) -> bool | None:
    """Two closed data weeks in a row below 1%, until one reaches 1.2%."""
    first_seen = next((i for i, word in enumerate(words) if word not in ("_", "!")), None)
    if first_seen is None:
        return None
    streak, firing = 0, False
    for word in words[first_seen:]:
        if word in ("_", "!", "0@3", "?"):
            continue
        streak = streak + 1 if float(word) < 1 else 0
        if streak >= 2:
            firing = True
        elif float(word) >= 1.2:
            firing = False
    return firing


@given(WORDS)
@hypothesis_settings(max_examples=20, deadline=None)
def test_any_history_is_judged_as_by_hand(words: list[str]) -> None:
    assert firing_after(words) is by_hand(words)


def judged(entities: list[list[str]], kept: list[History]) -> dict[str, list[tuple[object, ...]]]:
    """What the judge leaves of several products' histories in one shop."""
    con = duckdb.connect()
    con.execute(library_sql("judge/judged_tables"))
    for number, words in enumerate(entities):
        enter_series(con, CATALOG, CaseSeries(RULES["conversion_low"], " ".join(words), named=f"product-{number}"))
    judge(con, CATALOG, [RULES["conversion_low"]], SUNDAY, kept)
    tables = ("verdicts", "verdict_counts", "episodes")
    return {table: con.execute(f"select * from ops.{table} order by all").fetchall() for table in tables}


@given(
    st.lists(st.lists(st.sampled_from(["3", "0.9", "0.4", "1.1", "_", "0@3", "?"]), min_size=6, max_size=6), max_size=4)
)
@hypothesis_settings(max_examples=25, deadline=None)
@pytest.mark.slow
def test_what_is_not_kept_is_ok_or_no_data_and_changes_nothing(entities: list[list[str]]) -> None:
    everybody = [History("conversion_low", "shop", "product", f"product-{n}") for n in range(len(entities))]
    whole, kept = judged(entities, everybody), judged(entities, [])
    assert kept["episodes"] == whole["episodes"]
    assert kept["verdict_counts"] == whole["verdict_counts"]
    assert sum(row[-1] for row in kept["verdict_counts"]) == len(whole["verdicts"])
    assert set(kept["verdicts"]) <= set(whole["verdicts"])
    left_out = set(whole["verdicts"]) - set(kept["verdicts"])
    assert {row[7] for row in left_out} <= {"ok", "no_data"}
    assert {row[3] for row in left_out}.isdisjoint(row[3] for row in whole["verdicts"] if row[7] == "breach")
