"""The cases hold the judge: a feature that is broken fails a case, and each case fails when something is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge import changes, evaluate
from shopwatch.judge.cases import read_cases, run_cases
from shopwatch.warehouse.connections import model_macros

HERE = Path(__file__).parent
FEATURES = ("streaks", "gaps", "guards", "clearing", "measures", "calendar", "inhibition")
CASES = {f"{name}: {case.case}": case for name in FEATURES for case in read_cases(HERE / f"{name}.yaml")}
RULES = load_rules(PROJECT / "include", load_metrics(PROJECT / "include"))
BREAKS = {
    "nothing breaches": ("judge/judged", "if(meets(measured, comparison, low, high), 'breach', 'ok')", "'ok'"),
    "everything breaches": ("judge/judged", "if(meets(measured, comparison, low, high), 'breach', 'ok')", "'breach'"),
    "below means above": ("macros", "when 'below' then number < low", "when 'below' then number > low"),
    "below means at most": ("macros", "when 'below' then number < low", "when 'below' then number <= low"),
    "at most means below": ("macros", "when 'at_most' then number <= low", "when 'at_most' then number < low"),
    "above means at least": ("macros", "when 'above' then number > low", "when 'above' then number >= low"),
    "at least means above": ("macros", "when 'at_least' then number >= low", "when 'at_least' then number > low"),
    "a range leaves its ends out": ("macros", "number between low and high", "number > low and number < high"),
    "the first breach fires": ("judge/followed", ">= periods then 'fires'", ">= 1 then 'fires'"),
    "one breach more than said fires": ("judge/followed", ">= periods then 'fires'", "> periods then 'fires'"),
    "nothing fires": ("judge/followed", "then 'fires'", "then null"),
    "a good period does not end a streak": ("judge/followed", "verdicts.verdict = 'ok' or (rules", "false or (rules"),
    "a gap ends a streak": (
        "judge/followed",
        "verdicts.verdict = 'ok' or (rules",
        "verdicts.verdict != 'breach' or (rules",
    ),
    "N of M is N in a row": ("judge/followed", "if(periods_of is null, streak, hits)", "streak"),
    "a gap that counts does not": (
        "judge/followed",
        "verdicts.verdict = 'breach' or (rules.gap = 'count' and verdicts.verdict != 'ok')",
        "verdicts.verdict = 'breach'",
    ),
    "a gap that resets does not": (
        "judge/followed",
        "(rules.gap = 'reset' and verdicts.verdict != 'breach') as ends_streak",
        "false as ends_streak",
    ),
    "a gap that resets does not among M": (
        "judge/followed",
        "rules.gap = 'reset' and verdicts.verdict in ('no_data', 'blocked') as ends_window",
        "false as ends_window",
    ),
    "a gap takes a place among M": (
        "judge/followed",
        "verdicts.verdict in ('ok', 'breach') or rules.gap = 'count' as is_counted",
        "true as is_counted",
    ),
    "a gap forgets that something was pending": (
        "judge/followed",
        "when verdict = 'breach' or (verdict != 'ok' and streak > 0) then 'pending'",
        "when verdict = 'breach' then 'pending'",
    ),
    "any good period ends an alert": (
        "judge/followed",
        "or meets(verdicts.measured, rules.clear_comparison, rules.clear_low, rules.clear_high)",
        "or verdicts.verdict = 'ok'",
    ),
    "one clear period ends every alert": ("judge/followed", "clear_streak >= clear_periods", "clear_streak >= 1"),
    "nothing ends an alert": ("judge/followed", "then 'clears'", "then null"),
    "a gap ends an alert": (
        "judge/followed",
        "when verdict != 'breach' and is_clear",
        "when verdict != 'ok' or is_clear",
    ),
    "a missing export goes unnoticed": (
        "judge/judged",
        "when missing.period_start is not null then 'missing_days'",
        "",
    ),
    "what is in no export goes unnoticed": (
        "judge/judged",
        "when not periods.is_exported then if(rules.on_vanished = 'resolve', 'over', 'not_in_export')",
        "",
    ),
    "what vanishes is never over": (
        "judge/judged",
        "if(rules.on_vanished = 'resolve', 'over', 'not_in_export')",
        "'not_in_export'",
    ),
    "what vanishes is always over": (
        "judge/judged",
        "if(rules.on_vanished = 'resolve', 'over', 'not_in_export')",
        "'over'",
    ),
    "a missing number has no reason": ("judge/judged", "when periods.value is null then 'not_applicable'", ""),
    "gaps are not looked for": ("judge/periods", "where exports <= datediff", "where exports < -datediff"),
    "on_missing hold blocks": (
        "judge/judged",
        "when on_missing = 'hold' or not",
        "when not",
    ),
    "on_missing fire does not": ("judge/judged", "when on_missing = 'fire' then 'breach'", ""),
    "few visitors prove something": (
        "judge/judged",
        "when periods.denominator < rules.guard_denominator then 'too_few'",
        "",
    ),
    "many visitors prove nothing": ("judge/judged", "periods.denominator < rules.guard_denominator", "true"),
    "the young are judged": ("judge/judged", "rules.guard_age > 0", "false"),
    "the young grow up a period late": (
        "judge/judged",
        "and periods.period_start < periods",
        "and periods.period_start <= periods",
    ),
    "every status is judged": (
        "judge/judged",
        "when len(rules.guard_status) > 0 and of_status.rule is null then 'other_status'",
        "",
    ),
    "no status is judged": (
        "judge/judged",
        "len(rules.guard_status) > 0 and of_status.rule is null",
        "len(rules.guard_status) > 0",
    ),
    "a change is the number itself": (
        "judge/judged",
        "else change(periods.value, earlier.earlier_value)",
        "else periods.value",
    ),
    "last year is a day off": ("judge/judged", "interval 364 day", "interval 365 day"),
    "a year of months is one of weeks": ("judge/judged", "interval 1 year", "interval 364 day"),
    "a band is three periods long": ("judge/judged", "range between 8 *", "range between 3 *"),
    "a band knows the period itself": ("judge/judged", "and period_length(rules.grain) preceding", "and current row"),
    "a band reaches into last year": (
        "judge/judged",
        "range between 8 * period_length(rules.grain) preceding and period_length(rules.grain) preceding",
        "rows between 8 preceding and 1 preceding",
    ),
    "a target is not divided by": ("judge/judged", " / nullif(aims.target, 0)", ""),
    "no number is critical": ("judge/judged", "critical is not null and meets", "false and meets"),
    "a sale has the usual threshold": ("judge/judged", "coalesce(limits.low, rules.low) as low", "rules.low as low"),
    "what a sale hides is judged": ("judge/judged", "when not limits.is_judged then 'calendar'", ""),
    "the sale never ends": (
        "judge/judged",
        "and period_end(rules.grain, known_periods.period_start) >= windows.first_day",
        "",
    ),
    "nothing explains an alert": ("judge/explained", "explained.by_rule = others.rule", "false"),
    "what runs out explains everything": (
        "judge/explained",
        "select rule, inhibited_by from judged_rules",
        "select rule, [regexp_replace(rule, ': .*', ': stock_low')] as inhibited_by from judged_rules",
    ),
    "a warning explains a critical alert": ("judge/explained", "and explained.rank <= others.rank", ""),
    "only what is worse explains": ("judge/explained", "explained.rank <= others.rank", "explained.rank < others.rank"),
    "what was critical is a warning again": (
        "judge/firing_again",
        "verdicts.period_start >= critical.critical_since",
        "verdicts.severity = 'critical'",
    ),
    "what is over still explains": ("judge/explained", "and explained.period_start <= others.period_end", ""),
    "a target is explained by anything of the shop": ("judge/explained", "explained.entity_type != 'target'", "true"),
}
FAILED: set[str] = set()
BROKEN: set[str] = set()


@pytest.mark.slow
@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_feature_fails_a_case(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file, right, wrong = BREAKS[broken]
    settings = Settings()
    catalog = Catalog(settings)
    text = model_macros(settings) if file == "macros" else library_sql(file)
    assert right in text, "the judge has changed: break it anew"
    changed = text.replace(right, wrong)
    if file == "macros":
        monkeypatch.setattr(evaluate, "model_macros", lambda settings: changed)
    else:
        for module in (evaluate, changes):
            monkeypatch.setattr(module, "library_sql", lambda name: changed if name == file else library_sql(name))
    results = run_cases(catalog, RULES, list(CASES.values()))
    fails = {name for name, result in zip(CASES, results, strict=True) if result is not None}
    FAILED.update(fails)
    BROKEN.add(broken)
    assert fails


@pytest.mark.slow
def test_each_case_fails_when_something_is_broken() -> None:
    if BREAKS.keys() != BROKEN:
        pytest.skip("needs all of the tests above in one process")
    assert sorted(CASES.keys() - FAILED) == []
