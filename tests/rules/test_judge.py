"""The judge through its public face: KPI rows in, verdicts and episodes out, in a real DuckDB."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopwatch.rules.judge import judge
from shopwatch.rules.language import Rule
from shopwatch.settings import Settings

MONDAY = date(2026, 9, 7)
NIGHT = date(2026, 11, 15)
WEEKS = 10


def rule(**changes: object) -> Rule:
    text = {"zh": "x", "en": "x"}
    content = {
        "rule": "conversion_low",
        "manual": text,
        "metric": "pay_conversion",
        "grain": "week",
        "by": "product",
        "breach": {"below": 0.01},
        "for": {"periods": 2, "gap": "hold"},
        "clear": {"at_least": 0.012},
        "guard": {"denominator_at_least": 100},
        "owner": "运营",
        "title": text,
        "say": text,
        "do": text,
    }
    return Rule.model_validate({**content, **changes})


def verdicts_of(series: str, judged: Rule | None = None, night: date = NIGHT) -> list[tuple[str, str, int, bool]]:
    """Judge one product whose weeks read: a value in percent, ``_`` not in the export, ``!`` export missing,
    ``?`` no value, ``3v`` three visitors and no buyer. The last one is the week that the night closed."""
    con = duckdb.connect()
    con.execute("create schema kpi")
    con.execute("create schema ops")
    con.execute(
        "create table kpi.fct_kpi (shop varchar, metric varchar, entity_type varchar, entity varchar, grain varchar, "
        "period_start date, numerator decimal(18, 4), denominator decimal(18, 4), value double, "
        "at_stake decimal(18, 2), currency varchar, model_hash varchar)"
    )
    con.execute(
        "create table kpi.period_coverage (shop varchar, metric varchar, grain varchar, period_start date, "
        "days_expected bigint, days_covered bigint, missing_days date[], load_ids varchar[])"
    )
    words = series.split()
    for number, word in enumerate(words):
        week = MONDAY + timedelta(weeks=WEEKS - len(words) + number)
        missing = [week + timedelta(days=2)] if word == "!" else []
        con.execute(
            "insert into kpi.period_coverage values ('a', 'pay_conversion', 'week', $1, 7, $2, $3, ['l'])",
            [week, 7 - len(missing), missing],
        )
        if word in ("_", "!"):
            continue
        visitors = 3 if word == "3v" else 1000
        value = {"3v": 0.0, "?": None}.get(word, float(word) / 100 if word[0].isdigit() and word != "3v" else None)
        con.execute(
            "insert into kpi.fct_kpi "
            "values ('a', 'pay_conversion', 'product', 'p', 'week', $1, 0, $2, $3, 5, 'CNY', 'm')",
            [week, visitors, value],
        )
    judge(con, Settings(), [judged or rule()], night)
    return con.execute(
        "select verdict, coalesce(reason, ''), streak, state = 'firing' from ops.verdicts order by period_start"
    ).fetchall()


CASES = [
    # series, last verdict, last reason, last streak, firing at the end
    ("3 3 0.9", "breach", "", 1, False),
    ("3 0.9 0.9", "breach", "", 2, True),
    ("3 0.99 1.0", "ok", "", 0, False),
    ("0.9 3 0.9", "breach", "", 1, False),
    ("0.9 _ 0.9", "breach", "", 2, True),
    ("0.9 ! 0.9", "breach", "", 2, True),
    ("0.9 3v 0.9", "breach", "", 2, True),
    ("0.9 ? 0.9", "breach", "", 2, True),
    ("3 0.9 _", "no_data", "not_in_export", 1, False),
    ("3 0.9 !", "blocked", "missing_days", 1, False),
    ("3 0.9 3v", "no_data", "too_few", 1, False),
    ("3 0.9 ?", "no_data", "not_applicable", 1, False),
    ("3v 3v 3v", "no_data", "too_few", 0, False),
    ("0.9 0.9 1.1", "ok", "", 0, True),  # above the threshold, below what clears
    ("0.9 0.9 1.2", "ok", "", 0, False),
    ("0.9 0.9 _", "no_data", "not_in_export", 2, True),  # who vanishes has not recovered
    ("0.9 0.9 !", "blocked", "missing_days", 2, True),
    ("0.9 0.9 3 0.9", "breach", "", 1, False),
    ("0.9 0.9 1.1 0.9", "breach", "", 1, True),
    ("0 0", "breach", "", 2, True),
]


@pytest.mark.parametrize(("series", "verdict", "reason", "streak", "firing"), CASES)
def test_hand_computed_cases(series: str, verdict: str, reason: str, streak: int, firing: bool) -> None:
    assert verdicts_of(series)[-1] == (verdict, reason, streak, firing)


def test_a_gap_resets_a_streak_where_the_rule_says_so() -> None:
    resetting = rule(**{"for": {"periods": 2, "gap": "reset"}})
    assert verdicts_of("0.9 _ 0.9", resetting)[-1] == ("breach", "", 1, False)
    assert verdicts_of("0.9 0.9", resetting)[-1] == ("breach", "", 2, True)


def test_an_open_week_is_not_judged() -> None:
    assert len(verdicts_of("3 0.9 0.9", night=NIGHT - timedelta(days=1))) == 2
    assert len(verdicts_of("3 0.9 0.9", night=NIGHT + timedelta(days=6))) == 3


def test_a_week_that_no_export_knows_is_blocked_and_not_forgotten() -> None:
    judged = verdicts_of("3 0.9", night=NIGHT + timedelta(days=7))
    assert judged[-1] == ("blocked", "missing_days", 1, False)


@pytest.mark.parametrize(
    ("breach", "clear", "value", "verdict"),
    [
        ({"at_most": 0.01}, {"above": 0.01}, "1", "breach"),
        ({"at_most": 0.01}, {"above": 0.01}, "1.1", "ok"),
        ({"below": 0.01}, {"at_least": 0.01}, "1", "ok"),
        ({"above": 0.03}, {"at_most": 0.03}, "3", "ok"),
        ({"above": 0.03}, {"at_most": 0.03}, "3.1", "breach"),
        ({"at_least": 0.03}, {"below": 0.03}, "3", "breach"),
    ],
)
def test_comparisons_at_their_limit(
    breach: dict[str, float], clear: dict[str, float], value: str, verdict: str
) -> None:
    assert verdicts_of(value, rule(breach=breach, clear=clear))[-1][0] == verdict


def by_hand(words: list[str]) -> bool:
    """The rule in plain Python: two closed data weeks in a row below 1 %, until one reaches 1.2 %."""
    streak, firing = 0, False
    for word in words:
        if word in ("_", "!", "3v", "?"):
            continue
        streak = streak + 1 if float(word) < 1 else 0
        if streak >= 2:
            firing = True
        elif float(word) >= 1.2:
            firing = False
    return firing


@given(st.lists(st.sampled_from(["3", "0.9", "1.1", "_", "!", "3v", "?"]), min_size=1, max_size=WEEKS))
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_history_is_judged_as_by_hand(words: list[str]) -> None:
    first_seen = next((i for i, word in enumerate(words) if word not in ("_", "!")), None)
    judged = verdicts_of(" ".join(words))
    if first_seen is None:
        assert judged == []
    else:
        assert judged[-1][3] is by_hand(words[first_seen:])
