"""Every code for a missing number has a text in both languages (meta.codes)."""

from __future__ import annotations

import re

from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import PROJECT
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.codes import load_codes

INCLUDE = PROJECT / "include"
CODES, METRICS = load_codes(INCLUDE), load_metrics(INCLUDE)


def result_codes(sql: str, first: str, last: str) -> set[str]:
    """Text literals that follow THEN, ELSE or a comma of IF, from one line of a statement to another."""
    part = sql[sql.index(first) : sql.index(last)]
    return set(re.findall(r"(?:then |else |, )(?:if\([^,]+, )?'([a-z_]*[a-z])'(?=[,)\s])", part))


def test_every_reason_for_which_a_period_is_not_judged_is_explained() -> None:
    sql = library_sql("judge/judged")
    reasons = result_codes(sql, "case\n            when not limits.is_judged", "end as guarded")
    reasons |= result_codes(sql, "when measured is null", "end as reason")
    known = {f"unknown_{name}" for metric in METRICS if (name := metric.head.entity_input)}
    assert reasons | known == CODES["reason"].keys()


def test_every_verdict_is_explained() -> None:
    assert result_codes(library_sql("judge/judged"), "when reason is null then if", "end as verdict") == {
        *CODES["verdict"]
    }


def test_every_input_of_a_kpi_is_explained() -> None:
    inputs = {name for metric in METRICS for name in metric.head.inputs}
    assert inputs | {"exchange_rates"} == CODES["missing_inputs"].keys()


def test_every_reason_for_missing_visitors_is_explained() -> None:
    sql = (INCLUDE / "sql" / "review" / "weekly_change.sql").read_text("utf-8")
    assert result_codes(sql, "when moved.has_traffic", "end as no_traffic") == CODES["no_traffic"].keys()
