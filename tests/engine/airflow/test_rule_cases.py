"""Each rule of the manual fires in the demo where docs/demo.md has it, and stays quiet in the near miss."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date

import duckdb
import pytest

from demo import NIGHTS
from night_tools import Demo, reading
from rule_cases import NOT_IN_DEMO, RULES, Case, rule_cases, tolerance
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.judge.evaluate import History, judge

CASES = [case for case in rule_cases() if case.rule in RULES]
each_case = pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{case.entity}" for case in CASES])
each_near_miss = pytest.mark.parametrize(
    "case", near := [case for case in CASES if case.near_shop], ids=[case.rule for case in near]
)
# rule, shop, entity, week -> why docs/demo.md says that it is not judged
GUARDED = {
    ("conversion_low", "qinghe", "710000001012", "2026-11-09"): "too_few",
    ("conversion_low", "qinghe", "710000001019", "2026-11-02"): "not_in_export",
    ("roas_low", "mumian", "60020000005", "2026-11-09"): "not_applicable",
}
Verdict = tuple[str, str | None, float | None, str]
Verdicts = Callable[[str, str, str, str], list[Verdict]]


@pytest.fixture(scope="module")
def published(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    assert demo.exit_code == 0, demo.run.output
    with reading(demo.home / "published" / "shop.duckdb") as con:
        yield con


def test_every_rule_has_a_case_and_a_near_miss() -> None:
    assert RULES.keys() - NOT_IN_DEMO == {case.rule for case in CASES if case.near_shop}


@each_case
def test_it_fires_on_its_night_with_its_value(case: Case, published: duckdb.DuckDBPyConnection) -> None:
    whose = f"rule = '{case.rule}' and shop = '{case.shop}' and entity = '{case.entity}'"
    nights = published.execute(
        "select events.night::varchar from ops.alert_events as events "
        f"inner join ops.alerts as alerts on events.alert_key = alerts.key where event = 'firing' and {whose}",
    )
    assert nights.fetchall() == [(case.night,)]
    verdicts = published.execute(
        f"select value, state from ops.verdicts where {whose} and period_start = date '{case.period}'"
    )
    assert verdicts.fetchall() == [(pytest.approx(float(case.value), abs=tolerance(case.value)), "firing")]
    before = (
        f"select count(*) from ops.verdicts where {whose} and state = 'firing' and period_start < date '{case.period}'"
    )
    assert published.execute(before).fetchall() == [(0,)]


@pytest.fixture(scope="module")
def verdicts(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """Verdict, reason, value and state of a rule, shop, entity and period, of what never fired, too.

    ``ops.verdicts`` has only what ever counted against its rule, so the night is judged again with the others kept.
    """
    assert demo.exit_code == 0, demo.run.output
    path = tmp_path_factory.mktemp("judged") / "shop.duckdb"
    shutil.copyfile(demo.home / "warehouse" / "shop.duckdb", path)
    wanted = {(case.rule, case.near_shop, case.near_entity) for case in near} | {key[:3] for key in GUARDED}
    kept = [History(rule, shop, RULES[rule].by, entity) for rule, shop, entity in wanted]
    with duckdb.connect(path) as con:
        judge(con, Catalog(Settings(home=demo.home)), RULES.values(), NIGHTS[-1], kept)
        found: dict[tuple[str, str, str, date], list[Verdict]] = {}
        for *key, verdict, reason, value, state in con.execute(
            "select rule, shop, entity, period_start, verdict, reason, value, state from ops.verdicts"
        ).fetchall():
            found.setdefault((key[0], key[1], key[2], key[3]), []).append((verdict, reason, value, state))
    return lambda rule, shop, entity, period: found.get((rule, shop, entity, date.fromisoformat(period)), [])


@each_near_miss
def test_what_comes_close_was_judged_and_does_not_fire(case: Case, verdicts: Verdicts) -> None:
    """Neither the calendar nor a guard, a missing export or a short history kept the rule from judging it."""
    ((verdict, reason, value, state),) = verdicts(case.rule, case.near_shop, case.near_entity, case.near_period)
    assert (verdict, reason) in {("ok", None), ("breach", None)}
    assert value == pytest.approx(float(case.near_value), abs=tolerance(case.near_value))
    assert state in {"quiet", "pending"}


@pytest.mark.parametrize("key", GUARDED, ids=[f"{rule}-{entity}" for rule, _, entity, _ in GUARDED])
def test_what_proves_nothing_is_not_judged(key: tuple[str, str, str, str], verdicts: Verdicts) -> None:
    ((verdict, reason, _, state),) = verdicts(*key)
    assert (verdict, reason) == ("no_data", GUARDED[key])
    assert state != "firing"
