"""Alerts over nights, corrections and silences: what a team is notified of, and that it stays true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY
from shopwatch.judge.explain import UnknownAlertError, explain, life
from shopwatch.ops.revoke import revoke
from shopwatch.store.decisions import DecisionError, Silence, acknowledge, lift, silence
from shopwatch.store.tables import Alert, Decision, NotificationLog, open_store
from watching import RULES, Watch, include_with, weeks


@pytest.fixture
def watch(settings: Settings) -> Iterator[Watch]:
    with open_store(settings) as engine, Session(engine) as session:
        yield Watch(settings, session)


def test_an_alert_is_reported_once_and_its_recovery_once(watch: Watch) -> None:
    assert watch.night("0.9 0.9") == [("new", "")]
    assert watch.night("0.9 0.9") == []
    assert watch.night("0.9 0.9 1.3", weeks(1)) == [("resolved", "")]
    assert watch.night("0.9 0.9 1.3", weeks(1)) == []


@pytest.mark.slow
def test_one_that_gets_worse_is_reported_again_once(watch: Watch) -> None:
    watch.night("0.9 0.9")
    assert watch.night("0.9 0.9 0.4", weeks(1)) == [("new", "worse")]
    assert watch.night("0.9 0.9 0.4", weeks(1) + timedelta(days=1)) == []


@pytest.mark.slow
def test_one_that_stays_open_is_repeated_after_its_time_and_not_each_night(watch: Watch) -> None:
    watch.night("0.9 0.9")
    for day in (1, 6):
        assert watch.night("0.9 0.9", SUNDAY + timedelta(days=day)) == []
    assert watch.night("0.9 0.9 0.9", weeks(1)) == [("open", "due")]
    assert watch.night("0.9 0.9 0.9", weeks(1)) == []


def test_a_correction_withdraws_what_was_reported_and_says_what_it_was(watch: Watch) -> None:
    watch.night("0.9 0.94")
    assert watch.night("0.9 1.04", SUNDAY + timedelta(days=1)) == [("withdrawn", "")]
    assert watch.night("0.9 1.04", SUNDAY + timedelta(days=1)) == []
    detail = next(detail for event, detail in watch.events() if event == "retracted")
    assert json.loads(detail or "") == {
        "period": "2026-11-09",
        "was": pytest.approx(0.0094),
        "is": pytest.approx(0.0104),
        "verdict": "ok",
        "reason": None,
    }


@pytest.mark.slow
def test_a_correction_of_a_correction_brings_it_back(watch: Watch) -> None:
    watch.night("0.9 0.9")
    watch.night("0.9 1.3", SUNDAY + timedelta(days=1))
    assert watch.night("0.9 0.9", SUNDAY + timedelta(days=2)) == [("new", "again")]
    assert [event for event, _ in watch.events()] == ["firing", "retracted", "reopened"]


@pytest.mark.slow
def test_a_recovery_that_is_corrected_away_is_said(watch: Watch) -> None:
    watch.night("0.9 0.9")
    watch.night("0.9 0.9 1.3", weeks(1))
    assert watch.night("0.9 0.9 0.9", weeks(1) + timedelta(days=1)) == [("new", "again")]


def test_every_turn_is_in_the_history_once_also_in_one_night_and_period() -> None:
    con = duckdb.connect()
    con.execute("create table store_events (key varchar, alert_key varchar, event varchar, period date, number int)")
    state = """
        select 'a' as key, date '2026-11-02' as since, $1 as severity, $2 as state,
            cast($3 as varchar) as known_severity, cast($4 as date) as resolved_at, date '2026-11-02' as last_period
    """
    known: str | None = None

    def turns(is_open: bool, severity: str = "warning", end: str = "2026-11-09") -> list[str]:
        nonlocal known
        found = []
        for _ in range(2):  # a night that runs again adds nothing
            values = [severity, "firing", known, None] if is_open else [severity, "resolved", known, end]
            con.execute(f"create or replace table alert_states as {state}", values)
            con.execute(f"create or replace table last_events as {library_sql('judge/last_events')}")
            con.execute(f"insert into store_events {library_sql('judge/new_events')}")
            found.append(con.execute("select event from store_events order by number").fetchall())
            known = severity
        assert found[0] == found[1]
        return [event for (event,) in found[0]]

    history = turns(True)
    assert history == ["firing"]
    for _ in range(3):
        for is_open, severity, end, event in (
            (False, "warning", "2026-11-09", "resolved"),
            (False, "warning", "2026-11-16", "resolved"),
            (True, "warning", "", "reopened"),
            (True, "critical", "", "critical"),
            (True, "warning", "", None),
        ):
            history += [event] if event else []
            assert turns(is_open, severity, end) == history
    keys, numbers = con.execute("select count(distinct key), max(number) from store_events").fetchone() or (0, 0)
    assert keys == numbers == len(history)


@pytest.mark.slow
def test_each_turn_of_an_alert_is_in_its_history_in_order_however_many_one_night_has(watch: Watch) -> None:
    watch.night("0.9 0.9")
    key = watch.alert().key
    for known in ("0.9 1.3", "0.9 0.9", "0.9 0.9", "0.9 1.3", "0.9 0.9", "1.3 1.3", "0.9 0.9", "1.3 1.3", "1.3 1.3"):
        watch.night(f"0.9 {known}", weeks(1))
    turns = [step.what for step in life(watch.session, key)]
    assert turns == ["firing", *["resolved", "reopened"] * 2, "retracted", "reopened", "retracted"]


@pytest.mark.slow
def test_one_that_keeps_coming_back_is_reported_as_that_and_counted(watch: Watch) -> None:
    watch.night("0.9 0.9")
    watch.night("0.9 0.9 1.3", weeks(1))
    assert watch.night("0.9 0.9 1.3 0.9 0.9", weeks(3)) == [("new", "back")]
    assert watch.times() == [2]
    assert watch.night("0.9 0.9 1.3 0.9 0.9 1.3", weeks(4)) == [("resolved", "")]
    assert watch.night("0.9 0.9 1.3 0.9 0.9 1.3 0.9 0.9", weeks(6)) == [("new", "back")]
    assert watch.times() == [3]
    assert watch.night("0.9 0.9 1.3 0.9 0.9 1.3 0.9 0.9", weeks(6)) == []


@pytest.mark.slow
@pytest.mark.sampled(2)
@pytest.mark.parametrize(("fine", "turn"), [(7, "back"), (8, "")])
def test_what_comes_back_more_than_8_periods_after_its_recovery_is_new(watch: Watch, fine: int, turn: str) -> None:
    watch.night("0.9 0.9")
    watch.night("0.9 0.9 1.3", weeks(1))
    assert watch.night(f"0.9 0.9 1.3x{fine} 0.9 0.9", weeks(fine + 2)) == [("new", turn)]


@pytest.mark.slow
def test_what_was_silent_before_is_new(watch: Watch) -> None:
    silence(watch.session, Silence(rule="conversion_low", until=weeks(1), reason="sale", by="Lin"), SUNDAY)
    watch.night("0.9 0.9")
    watch.night("0.9 0.9 1.3", weeks(1))
    assert watch.night("0.9 0.9 1.3 0.9 0.9", weeks(3)) == [("new", "")]
    assert watch.times() == [1]


@pytest.mark.slow
def test_what_begins_earlier_by_a_late_export_is_the_same_alert(watch: Watch) -> None:
    assert watch.night("! 0.9 0.9") == [("new", "")]
    assert watch.night("0.9 0.9 0.9", SUNDAY + timedelta(days=1)) == []
    moved = watch.con.execute("select moved_to from ops.alerts where state = 'retracted'").fetchall()
    assert moved == [(watch.alert().key,)], "decisions of the meeting follow it"
    assert watch.night("0.9 0.9 0.9 1.3", weeks(1)) == [("resolved", "")]


@pytest.mark.slow
def test_what_begins_later_by_a_correction_is_the_same_alert(watch: Watch) -> None:
    assert watch.night("3 0.9 ! 0.9") == [("new", "")]
    assert watch.night("3 3 ! 0.9 0.4", weeks(1)) == [("new", "worse")]
    assert watch.night("3 3 ! 0.9 0.4 1.3", weeks(2)) == [("resolved", "")]


@pytest.mark.slow
def test_a_silent_alert_is_judged_and_told_when_the_silence_ends(watch: Watch) -> None:
    quiet = Silence(rule="conversion_*", entity="product-1", until=SUNDAY + timedelta(days=6), reason="sale", by="Lin")
    silence(watch.session, quiet, SUNDAY)
    assert watch.night("0.9 0.9") == []
    assert watch.alert().state == "firing"
    assert watch.night("0.9 0.9 0.9", weeks(1)) == [("new", "")]


@pytest.mark.slow
def test_what_gets_worse_in_silence_is_reported_when_the_silence_ends(watch: Watch) -> None:
    watch.night("0.9 0.9")
    quiet = Silence(rule="conversion_low", until=weeks(2) - timedelta(days=1), reason="sale", by="Lin")
    silence(watch.session, quiet, SUNDAY)
    assert watch.night("0.9 0.9 0.4", weeks(1)) == []
    assert watch.night("0.9 0.9 0.4 0.4", weeks(2)) == [("new", "worse")]


@pytest.mark.slow
def test_a_recovery_is_reported_in_silence_too(watch: Watch) -> None:
    watch.night("0.9 0.9")
    silence(watch.session, Silence(rule="conversion_low", until=weeks(2), reason="sale", by="Lin"), SUNDAY)
    assert watch.night("0.9 0.9 1.3", weeks(1)) == [("resolved", "")]


def test_a_silence_that_is_lifted_has_ended(watch: Watch) -> None:
    quiet = Silence(rule="conversion_low", until=weeks(2), reason="sale", by="Lin")
    key = silence(watch.session, quiet, SUNDAY)
    lift(watch.session, key, "Lin", "sale called off")
    assert watch.night("0.9 0.9") == [("new", "")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until": SUNDAY + timedelta(days=31)}, "to silence longer, change the rule"),
        ({"until": SUNDAY - timedelta(days=1)}, "until must be between"),
        ({"rule": "*"}, "would hide all alerts"),
        ({"reason": " "}, "a name and a reason"),
    ],
)
def test_a_silence_has_limits(watch: Watch, change: dict[str, object], said: str) -> None:
    quiet = {"rule": "conversion_low", "until": SUNDAY, "reason": "sale", "by": "Lin", **change}
    with pytest.raises(DecisionError, match=said):
        silence(watch.session, Silence.model_validate(quiet), SUNDAY)


@pytest.mark.slow
def test_what_is_decided_twice_in_the_same_words_is_one_decision(watch: Watch) -> None:
    watch.night("0.9 0.9")
    quiet = Silence(rule="conversion_low", until=weeks(2), reason="sale", by="Lin")
    key = silence(watch.session, quiet, SUNDAY)
    for _ in range(2):
        acknowledge(watch.session, watch.alert().key, "Lin", "new main image")
        assert silence(watch.session, quiet, SUNDAY) == key
    for _ in range(2):
        lift(watch.session, key, "Lin", "sale called off")
    assert silence(watch.session, quiet, SUNDAY) != key, "once lifted, it is taken anew"
    acknowledge(watch.session, watch.alert().key, "Lin", "another image")
    kinds = sorted(watch.session.scalars(select(Decision.kind)))
    assert kinds == ["acknowledge", "acknowledge", "lift", "silence", "silence"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("series", "told"), [("0.9 0.9 0.4", ("new", "worse")), ("0.9 0.9 1.3", ("resolved", "")), ("0.9 1.3 1.3", None)]
)
def test_the_news_of_a_revoked_night_is_news_of_the_next(
    series: str, told: tuple[str, str] | None, watch: Watch
) -> None:
    """Its mail may never have gone out, or nobody believed it. What it did not change is not told again."""
    watch.night("0.9 0.9")
    said = watch.night(series, weeks(1))
    assert told in (None, *said)
    watch.session.commit()
    revoke(watch.settings, weeks(1))
    assert watch.night(series, weeks(1)) == said
    watch.session.commit()
    revoke(watch.settings, weeks(1))
    assert watch.night("0.9 0.9", SUNDAY + timedelta(days=1)) == []


def test_an_acknowledged_alert_is_not_repeated_but_its_recovery_is_reported(watch: Watch) -> None:
    watch.night("0.9 0.9")
    acknowledge(watch.session, watch.alert().key, "Lin", "new main image on its way", "live on Friday")
    assert watch.night("0.9 0.9 0.9", weeks(1)) == []
    assert watch.night("0.9 0.9 0.9 1.3", weeks(2)) == [("resolved", "")]


@pytest.mark.slow
def test_only_what_is_open_can_be_acknowledged(watch: Watch) -> None:
    with pytest.raises(DecisionError, match="no alert has the key"):
        acknowledge(watch.session, "nothing", "Lin", "x")
    watch.night("0.9 0.9")
    key = watch.alert().key
    watch.night("0.9 0.9 1.3", weeks(1))
    with pytest.raises(DecisionError, match="is over"):
        acknowledge(watch.session, key, "Lin", "x")


@pytest.mark.slow
def test_silences_may_stand_in_a_reviewed_file(watch: Watch, tmp_path: Path) -> None:
    include = include_with(
        tmp_path,
        silences="- {rule: conversion_low, since: 2026-11-15, until: 2026-11-16, reason: sale, by: Lin}\n"
        "- {rule: conversion_low, since: 2026-11-15, until: 2026-12-16, reason: too long, by: Lin}\n",
    )
    watch.settings = Settings(home=watch.settings.home, include=include)
    assert watch.night("0.9 0.9") == []
    assert watch.night("0.9 0.9", SUNDAY + timedelta(days=2)) == [("new", "")]


@pytest.mark.slow
def test_alerts_of_a_rule_that_cannot_be_read_stay_as_they_are(watch: Watch) -> None:
    watch.night("0.9 0.9")
    assert watch.night("0.9 0.9", held=("conversion_low",)) == []
    assert watch.alert().rule == "conversion_low"


def test_an_alert_is_taken_apart(watch: Watch) -> None:
    watch.night("3 0.9@500 ! 0.8@400")
    acknowledge(watch.session, watch.alert().key, "Lin", "new image", "Friday")
    watch.session.flush()
    said = explain(watch.session, watch.con, watch.catalog, watch.alert().key)
    assert [(p.verdict, p.state, p.streak, p.denominator and int(p.denominator)) for p in said.periods] == [
        ("ok", "quiet", 0, 1000),
        ("breach", "pending", 1, 500),
        ("blocked", "pending", 1, None),
        ("breach", "firing", 2, 400),
    ]
    assert (said.breach, said.lasting, said.clearing) == (
        "below 1%",
        "2 weeks with data in a row, gaps hold",
        "at least 1.2%",
    )
    assert said.distance == pytest.approx(-0.002)
    assert said.rule_hash == RULES["conversion_low"].hash
    assert {step.what for step in said.life} == {"firing", "acknowledge by Lin"}
    again = explain(watch.session, watch.con, watch.catalog, watch.alert().key)
    assert again.model_dump_json() == said.model_dump_json()


def test_nobody_can_explain_what_is_not_there(watch: Watch) -> None:
    watch.night("3")
    with pytest.raises(UnknownAlertError, match="no alert nothing"):
        explain(watch.session, watch.con, watch.catalog, "nothing")


VALUES = st.sampled_from(["3", "0.9", "0.4", "1.1", "!", "_"])
WEDNESDAYS = "".join(
    f"    - {{first: {day}, last: {day}}}\n" for day in (SUNDAY + timedelta(weeks=n, days=3) for n in range(9))
)
HOLIDAYS = f"no mail:\n  title: {{zh: 休, en: a day off}}\n  holiday: true\n  spans:\n{WEDNESDAYS}"
ROUTE = "- {team: 运营, owners: [运营], to: [a@example.com], days: working_days}\n"
NIGHTS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.dictionaries(st.integers(0, 7), VALUES, max_size=3),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "", "judging", "telling"]),
    ),
    min_size=2,
    max_size=7,
)


@pytest.mark.slow
@given(NIGHTS)
@hypothesis_settings(max_examples=4, deadline=None)
def test_whatever_happens_news_is_reported_once_and_ends_true(
    tmp_path_factory: pytest.TempPathFactory, nights: list
) -> None:
    """Weeks pass, exports come late or corrected, nights are repeated, someone keeps a week's silence, and
    some mornings are without mail, and some nights die before anything of theirs, or before their mail, is kept."""
    folder = tmp_path_factory.mktemp("life")
    settings = Settings(home=folder / "home", include=include_with(folder, routes=ROUTE, calendar=HOLIDAYS))
    known = ["3"] * 8
    week, length, day = 0, 3, 0
    with open_store(settings) as engine, Session(engine) as session:
        watch = Watch(settings, session)
        for passed, corrections, is_silenced, is_held, dies in nights:
            week, length = week + passed, min(length + passed, 8)
            for place, value in corrections.items():
                known[place] = value
            day = 2 if is_held else max(day * (1 - passed), 0)
            night = weeks(week) + timedelta(days=day)
            if is_silenced:
                silence(session, Silence(rule="conversion_low", until=night, reason="x", by="y"), night)
            session.commit()
            before = list(watch.said)
            watch.judged(" ".join(known[:length]), night)
            if dies == "telling":
                session.commit()
            if dies:
                watch.told(night)
                watch.said = list(before)
                session.rollback()
                continue
            watch.told(night)
            assert watch.night(" ".join(known[:length]), night) == [], "a repeated night tells nothing"
            _stays_true(watch, before)
            session.commit()
        watch.night(" ".join(known[:length]), weeks(week) + timedelta(days=4))
        told = {
            row.state for row in session.scalars(select(NotificationLog).where(NotificationLog.topic.like("alert:%")))
        }
        firing = {a.severity for a in session.scalars(select(Alert).where(Alert.state == "firing"))}
        assert bool(firing) == bool(told & {"firing", "critical"})


def _stays_true(watch: Watch, before: list[tuple[str, str]]) -> None:
    """Nothing recovers or is withdrawn that was not open, and nothing open is told as quite new."""
    is_open = False
    for news, turn in watch.said:
        if news == "new" and turn != "worse":
            assert not is_open, (before, watch.said)
        if news in ("resolved", "withdrawn"):
            assert is_open, (before, watch.said)
        is_open = news in ("new", "open")
