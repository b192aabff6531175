"""Each rule of the manual speaks in the demo where docs/demo.md says so, and keeps silent where little is missing."""

from __future__ import annotations

import pytest

from night_tools import Demo, ask
from rule_cases import RULES, Case, rule_cases, tolerance

CASES = [case for case in rule_cases() if case.rule in RULES]
each_case = pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{case.entity}" for case in CASES])
each_near_miss = pytest.mark.parametrize(
    "case", near := [case for case in CASES if case.near_shop], ids=[case.rule for case in near]
)


def rows(demo: Demo, sql: str) -> list[tuple[object, ...]]:
    assert demo.exit_code == 0, demo.run.output
    return ask(demo.home / "published" / "shop.duckdb", sql)


def test_every_rule_has_a_case_and_a_near_miss() -> None:
    assert RULES.keys() == {case.rule for case in CASES if case.near_shop}


@each_case
def test_it_fires_on_its_night_with_its_value(case: Case, demo: Demo) -> None:
    whose = f"rule = '{case.rule}' and shop = '{case.shop}' and entity = '{case.entity}'"
    nights = rows(
        demo,
        "select events.night::varchar from ops.alert_events as events "
        f"inner join ops.alerts as alerts on events.alert_key = alerts.key where event = 'firing' and {whose}",
    )
    assert nights == [(case.night,)]
    verdicts = rows(
        demo, f"select value, state from ops.verdicts where {whose} and period_start = date '{case.period}'"
    )
    assert verdicts == [(pytest.approx(float(case.value), abs=tolerance(case.value)), "firing")]
    before = (
        f"select count(*) from ops.verdicts where {whose} and state = 'firing' and period_start < date '{case.period}'"
    )
    assert rows(demo, before) == [(0,)]


@each_near_miss
def test_what_comes_close_does_not_fire(case: Case, demo: Demo) -> None:
    rule = RULES[case.rule]
    found = rows(
        demo,
        f"select value from kpi.fct_kpi where metric = '{rule.metric}' and grain = '{rule.grain}' "
        f"and shop = '{case.near_shop}' and entity = '{case.near_entity}' and period_start = date '{case.near_period}'",
    )
    assert found == [(pytest.approx(float(case.near_value), abs=tolerance(case.near_value)),)]
    firing = rows(
        demo,
        f"select count(*) from ops.verdicts where rule = '{case.rule}' and shop = '{case.near_shop}' "
        f"and state = 'firing' and entity = '{case.near_entity}' and period_start = date '{case.near_period}'",
    )
    assert firing == [(0,)]
