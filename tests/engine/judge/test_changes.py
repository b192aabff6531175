"""The judge evaluates only what changed since the last night, and its result equals a full evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge import evaluate
from shopwatch.judge.cases import SUNDAY
from shopwatch.judge.evaluate import History, judge

CATALOG = Catalog(Settings())
INPUTS = ("kpi.fct_kpi", "kpi.period_coverage", "marts.dim_entity", "staging.stg_targets", "staging.stg_shops")
RESULTS = ("ops.verdicts", "ops.verdict_counts", "ops.episodes", "ops.missing_periods")
TEXTS = {key: {"zh": "规则", "en": "rule"} for key in ("manual", "title", "message", "action")}
FIRST = SUNDAY - timedelta(days=20)
Row = tuple[Any, ...]


def rule(name: str, metric: str, breach: dict[str, Any], **more: Any) -> Rule:
    declared = {"rule": name, "metric": metric, "grain": "day", "by": "product", "breach": breach, "owner": "运营"}
    return Rule.model_validate({**TEXTS, **declared, **more})


RULES = [
    rule(
        "low", "views", {"below": 10}, **{"for": {"periods": 2}, "clear": {"at_least": 12, "periods": 2}, "critical": 4}
    ),
    rule("often", "views", {"below": 9}, **{"for": {"periods": 2, "of": 4}, "guard": {"age_at_least": 3}}),
    rule("counted", "views", {"below": 11}, **{"for": {"periods": 3, "gap": "count"}, "on_missing": "fire"}),
    rule("reset", "views", {"below": 11}, **{"for": {"periods": 2, "gap": "reset"}, "on_vanished": "resolve"}),
    rule("falling", "visitors", {"of": "change", "below": -0.3}, critical=-0.6, inhibited_by=["low", "shop_low"]),
    rule("unusual", "visitors", {"of": "deviations", "below": -1.5}),
    rule("shop_low", "visitors", {"below": 8}, by="shop", grain="week"),
]


@dataclass
class Warehouse:
    """KPI tables that are judged night after night; ``con`` keeps what earlier nights left."""

    con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    rules: list[Rule] = field(default_factory=lambda: list(RULES))
    kept: set[Row] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.con.execute(library_sql("judge/judged_tables"))
        self.con.execute("create schema meta")
        self.con.execute("create table meta.unjudged (shop varchar, grain varchar, period_start date)")
        self.con.execute("insert into staging.stg_shops values ('shop', ['sun'])")

    def load(self, metric: str, entity: str, day: date, value: float | None) -> None:
        """Replace a day's KPI of an entity; None: it is in no export."""
        by, grain = ("shop", "week") if entity == "shop" else ("product", "day")
        start = day - timedelta(days=day.weekday()) if grain == "week" else day
        where = [metric, entity, grain, start]
        self.con.execute(
            "delete from kpi.fct_kpi where metric = $1 and entity = $2 and grain = $3 and period_start = $4", where
        )
        self.con.execute("insert into meta.unjudged values ('shop', $1, $2)", [grain, start])
        if value is not None:
            self.con.execute(
                "insert into kpi.fct_kpi values ('shop', $1, $5, $2, $1, $3, $4, $6, 100, $6, 5, 'CNY', 'model')",
                [*where, by, value],
            )
        self.con.execute("delete from marts.dim_entity where entity = $1", [entity])
        self.con.execute(
            "insert into marts.dim_entity values ('shop', $2, $1, $1, $3, 'on')",
            [entity, by, None if value is None or value < 3 else f"item-{int(value) % 2}"],
        )

    def cover(self, day: date, *, is_covered: bool) -> None:
        """The exports of a day, and of its week, are there or missing."""
        for metric in ("views", "visitors"):
            for grain, start in (("day", day), ("week", day - timedelta(days=day.weekday()))):
                key = [metric, grain, start]
                self.con.execute(
                    "delete from kpi.period_coverage where metric = $1 and grain = $2 and period_start = $3", key
                )
                self.con.execute("insert into meta.unjudged values ('shop', $1, $2)", [grain, start])
                missing = [] if is_covered else [day]
                self.con.execute(
                    "insert into kpi.period_coverage values ('shop', $1, $2, $3, 7, $4, $5, [$6], [], [], [], [])",
                    [*key, 7 - len(missing), missing, f"load-{day.day}"],
                )

    def judged(self, night: date) -> dict[str, list[Row]]:
        """The judge's tables after this night."""
        judge(self.con, CATALOG, self.rules, night, [History(*one) for one in sorted(self.kept)])
        self.kept |= set(
            self.con.execute("select distinct rule, shop, entity_type, entity from ops.episodes").fetchall()
        )
        return results(self.con)

    def judged_anew(self, night: date, kept: set[Row]) -> dict[str, list[Row]]:
        """The same, of a warehouse that was never judged before, a few rows at a time."""
        with duckdb.connect() as con, pytest.MonkeyPatch.context() as context:
            context.setattr(evaluate, "ROWS_AT_ONCE", 25)
            con.execute(library_sql("judge/judged_tables"))
            for table in INPUTS:
                rows = self.con.table(table).to_arrow_table()
                con.from_arrow(rows).insert_into(table)
            judge(con, CATALOG, self.rules, night, [History(*one) for one in sorted(kept)])
            return results(con)


def results(con: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    return {name: sorted(con.table(name).fetchall(), key=repr) for name in RESULTS}


DAYS = st.integers(0, 20)
VALUES = st.sampled_from([None, 2.0, 8.0, 10.5, 11.5, 13.0, 20.0])
ENTITIES = st.sampled_from(["a", "b", "c", "shop"])
CORRECTIONS = st.lists(st.tuples(st.sampled_from(["views", "visitors"]), ENTITIES, DAYS, VALUES), max_size=4)
COVERED = st.lists(st.tuples(DAYS, st.booleans()), max_size=2)
NIGHTS = st.lists(
    st.tuples(st.integers(-1, 3), CORRECTIONS, COVERED, st.sampled_from([0, 0, 0, 0, 1])), min_size=2, max_size=3
)


@given(st.lists(VALUES, min_size=80, max_size=80), NIGHTS)
@hypothesis_settings(max_examples=2, deadline=None)
def test_judging_changes_equals_judging_everything(values: list[float | None], nights: list[Any]) -> None:
    """Over nights that pass, are repeated or taken back, corrections, late exports and changed rules."""
    check_nights(values, nights)


def check_nights(values: list[float | None], nights: list[Any]) -> None:
    warehouse, night = Warehouse(), 12
    drawn = iter(values)
    for day in range(0, 21, 1):
        warehouse.cover(FIRST + timedelta(days=day), is_covered=day % 9 != 8)
        for entity in ("a", "b"):
            warehouse.load("views", entity, FIRST + timedelta(days=day), next(drawn))
        if day % 2:
            warehouse.load("visitors", "a", FIRST + timedelta(days=day), next(drawn))
            warehouse.load("visitors", "shop", FIRST + timedelta(days=day), next(drawn))
    for passed, corrections, covered, changed in nights:
        night = min(night + passed, 20)
        for metric, entity, day, value in corrections:
            warehouse.load(metric, entity, FIRST + timedelta(days=day), value)
        for day, is_covered in covered:
            warehouse.cover(FIRST + timedelta(days=day), is_covered=is_covered)
        if changed:
            warehouse.rules = warehouse.rules[1:] + warehouse.rules[:1] if len(warehouse.rules) % 2 else RULES[:-1]
        kept = set(warehouse.kept)
        found = warehouse.judged(FIRST + timedelta(days=night))
        expected = warehouse.judged_anew(FIRST + timedelta(days=night), kept)
        for name in RESULTS:
            assert found[name] == expected[name], (name, night)


def test_only_what_changed_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day passes, one is corrected, and one product counts against a rule for the first time: no full evaluation."""
    warehouse, night = Warehouse(), FIRST + timedelta(days=12)
    for day in range(15):
        warehouse.cover(FIRST + timedelta(days=day), is_covered=day != 9)
        for entity, value in (("a", 8.0 if 5 < day < 14 else 20.0), ("b", 20.0)):
            warehouse.load("views", entity, FIRST + timedelta(days=day), value)
    warehouse.judged(night)
    kept = set(warehouse.kept)
    assert kept
    with monkeypatch.context() as context:
        context.setattr(evaluate, "_judge_all", lambda _: pytest.fail("everything was judged"))
        warehouse.load("views", "a", night - timedelta(days=1), 20)
        for days in (0, 1):
            warehouse.load("views", "b", night + timedelta(days=days), 2)
        found = warehouse.judged(night + timedelta(days=1))
    assert found == warehouse.judged_anew(night + timedelta(days=1), kept)
    assert {row[3] for row in found["ops.episodes"]} == {"a", "b"}


@pytest.mark.slow
def test_an_alert_that_a_correction_makes_critical_is_no_longer_explained() -> None:
    """Nor in the days after the corrected one, as the alert remains critical until it ends."""
    rules = [
        rule("dear", "views", {"below": 10}, critical=4, inhibited_by=["cause"]),
        rule("cause", "visitors", {"below": 10}),
    ]
    warehouse = Warehouse(rules=rules)
    for days in range(6):
        warehouse.cover(FIRST + timedelta(days=days), is_covered=True)
        for metric in ("views", "visitors"):
            warehouse.load(metric, "a", FIRST + timedelta(days=days), 8)
    warehouse.judged(FIRST + timedelta(days=5))
    assert inhibitors(warehouse.con) == ["cause"] * 6
    warehouse.load("views", "a", FIRST + timedelta(days=2), 3)
    kept = set(warehouse.kept)
    assert warehouse.judged(FIRST + timedelta(days=5)) == warehouse.judged_anew(FIRST + timedelta(days=5), kept)
    assert inhibitors(warehouse.con) == ["cause", "cause", None, None, None, None]


def inhibitors(con: duckdb.DuckDBPyConnection) -> list[str | None]:
    """What explained the alert of ``dear``, day by day."""
    rows = con.execute("select inhibited_by from ops.verdicts where rule = 'dear' order by period_start").fetchall()
    return [name for (name,) in rows]


@pytest.mark.slow
@pytest.mark.sampled(3)
@pytest.mark.parametrize("days_ago", [1, 100, 205])
def test_what_is_usual_follows_a_correction_as_far_as_it_looks_back(days_ago: int) -> None:
    warehouse = Warehouse(rules=[rule("odd", "visitors", {"of": "unusual", "outside": [-1, 1]})])
    warehouse.con.execute(
        "insert into kpi.fct_kpi select 'shop', 'visitors', 'product', 'a', 'visitors', 'day', "
        "cast($1 - cast(n as integer) as date), n, 100, 50 + hash(n) % 9, 5, 'CNY', 'model' from range(300) as days(n)",
        [SUNDAY],
    )
    warehouse.judged(SUNDAY - timedelta(days=1))
    warehouse.load("visitors", "a", SUNDAY - timedelta(days=days_ago), 54)
    kept = set(warehouse.kept)
    assert warehouse.judged(SUNDAY) == warehouse.judged_anew(SUNDAY, kept)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("wrong", ["an earlier night", "another rule"])
def test_everything_is_judged_after_a_change_that_affects_all_periods(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, judged = Warehouse(), []
    warehouse.load("views", "a", FIRST, 8)
    warehouse.judged(FIRST + timedelta(days=2))
    if wrong == "another rule":
        warehouse.rules = RULES[1:]
    judge_all = evaluate._judge_all
    monkeypatch.setattr(evaluate, "_judge_all", lambda con: judged.append(True) or judge_all(con))
    warehouse.judged(FIRST + timedelta(days=1 if wrong == "an earlier night" else 2))
    assert judged
