"""All rules over all entities and closed periods, in two statements."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

import duckdb

from shopwatch.heads import split_head
from shopwatch.rules.language import Rule
from shopwatch.settings import Settings
from shopwatch.warehouse import sql_text

log = logging.getLogger("shopwatch.judge")


def judge(con: duckdb.DuckDBPyConnection, settings: Settings, rules: Iterable[Rule], night: date) -> dict[str, int]:
    """Fill ``ops.verdicts`` and ``ops.episodes`` for every period closed by the night.

    A pure function of ``kpi.fct_kpi``, ``kpi.period_coverage``, the rules and the night. Returns how
    many entities have which verdict in their newest period.
    """
    con.execute(sql_text(settings, "seed/judged_rules"))
    for rule in rules:
        con.execute(
            "insert into judged_rules values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            [
                rule.rule,
                rule.metric,
                rule.grain,
                rule.by,
                rule.breach.comparison,
                rule.breach.number,
                rule.clear.comparison,
                rule.clear.number,
                rule.lasting.periods,
                rule.lasting.gap,
                rule.guard.denominator_at_least,
                rule.critical,
                rule.hash,
            ],
        )
    folder = settings.include / "sql" / "judge"
    _, verdicts = split_head(folder / "verdicts.sql")
    _, episodes = split_head(folder / "episodes.sql")
    con.sql(verdicts, params={"night": night}).query("source", "create or replace table ops.verdicts as from source")
    con.sql(episodes).query("source", "create or replace table ops.episodes as from source")
    newest = con.execute(
        "select verdict, count(*) from (select verdict from ops.verdicts qualify row_number() over "
        "(partition by rule, shop, entity_type, entity order by period_start desc) = 1) group by verdict"
    ).fetchall()
    return dict(newest)
