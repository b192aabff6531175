"""The judge through its public face: KPI rows in, verdicts and episodes out, in a real DuckDB."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopwatch.rules.judge import judge
from shopwatch.rules.language import Rule
from shopwatch.settings import Settings
from shopwatch.warehouse import sql_text

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
    con.execute(sql_text(Settings(), "seed/judged_tables"))
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
