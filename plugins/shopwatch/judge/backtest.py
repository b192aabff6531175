"""Backtest of rules: the judge run over the published history, in a scratch database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml
from pydantic import ValidationError
from sqlglot import exp

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.errors import DeclarationError
from shopwatch.core.strict_yaml import in_words
from shopwatch.judge.evaluate import judge
from shopwatch.warehouse.connections import on_tables
from shopwatch.warehouse.statements import INTERNAL, WORKINGS

READ = (
    "kpi.fct_kpi",
    "kpi.period_coverage",
    "kpi.metric_exports",
    "marts.dim_entity",
    "staging.stg_shops",
    "staging.stg_targets",
)


@dataclass(frozen=True)
class BacktestAlert:
    """One alert that the judge would have raised.

    ``value``: the compared number, in the unit of the rule's measure. ``is_inhibited``: another alert explains it, so
    that no mail lists it.
    """

    rule: str
    shop: str
    entity: str
    since: date
    resolved_at: date | None
    severity: str
    value: float | None
    is_inhibited: bool

    @property
    def identity(self) -> tuple[str, str, str, date]:
        """Key by which alerts of two evaluations are matched."""
        return self.rule, self.shop, self.entity, self.since


@dataclass(frozen=True)
class RuleComparison:
    """Comparison of two evaluations of one history.

    It lists the alerts only in the new one, only in the old one, changed and equal.
    """

    came: list[BacktestAlert]
    gone: list[BacktestAlert]
    changed: list[tuple[BacktestAlert, BacktestAlert]]
    same: list[BacktestAlert]

    def weeks(self) -> dict[date, tuple[int, int]]:
        """Monday -> number of alerts that fired in the week: before and after the change."""
        found: dict[date, list[int]] = {}
        both = [*self.same, *(old for old, _ in self.changed)]
        for which, alerts in enumerate(((*both, *self.gone), (*both, *self.came))):
            for alert in alerts:
                monday = date.fromordinal(alert.since.toordinal() - alert.since.weekday())
                found.setdefault(monday, [0, 0])[which] += 1
        return {monday: (counts[0], counts[1]) for monday, counts in sorted(found.items())}


def backtest(catalog: Catalog, rules: Iterable[Rule], first: date) -> list[BacktestAlert]:
    """Alerts that the rules would have raised from a day on, over the published warehouse.

    Raises DeclarationError if no warehouse has been published.
    """
    with judged_history(catalog, rules) as (con, _):
        found = con.execute(
            "select rule, shop, entity, since, resolved_at, severity, measured, inhibited_by is not null "
            "from ops.episodes where since >= $1 order by since, rule, shop, entity",
            [first],
        ).fetchall()
    return [BacktestAlert(*alert) for alert in found]


@contextmanager
def judged_history(catalog: Catalog, rules: Iterable[Rule]) -> Iterator[tuple[duckdb.DuckDBPyConnection, date]]:
    """The judge's tables of these rules over the published history, and its night.

    Raises DeclarationError if no warehouse has been published.
    """
    published = catalog.settings.published
    if not published.exists():
        raise DeclarationError(f"no night has been published to {published}: there is no history to judge")
    con = duckdb.connect()
    try:
        _attach_history(con, published)
        row = con.execute("select night from history.meta.night").fetchone()
        assert row is not None
        judge(con, catalog, rules, row[0])
        yield con, row[0]
    finally:
        con.close()


def compare(before: Iterable[BacktestAlert], after: Iterable[BacktestAlert]) -> RuleComparison:
    """Compare the alerts before and after a change of rules."""
    old = {alert.identity: alert for alert in before}
    new = {alert.identity: alert for alert in after}
    both = [(old[key], new[key]) for key in old if key in new]
    return RuleComparison(
        came=[alert for key, alert in new.items() if key not in old],
        gone=[alert for key, alert in old.items() if key not in new],
        changed=[(one, other) for one, other in both if one != other],
        same=[one for one, other in both if one == other],
    )


def changed_rule(rule: Rule, settings: Iterable[str]) -> Rule:
    """Copy of the rule with some keys changed: ``breach.below=0.012``.

    Raises DeclarationError for an invalid setting.
    """
    content: dict[str, Any] = rule.model_dump(by_alias=True, exclude_unset=True, mode="json")
    for setting in settings:
        path, equals, text = setting.partition("=")
        *above, key = path.split(".")
        place = content
        for part in above:
            place = place.setdefault(part, {})
        if not equals or not isinstance(place, dict):
            raise DeclarationError(f"{setting}: name the key and its new value, as in breach.below=0.012")
        place[key] = yaml.safe_load(text)
    try:
        return Rule.model_validate(content)
    except ValidationError as error:
        raise DeclarationError(f"{rule.rule}: {'; '.join(in_words(error, Rule))}") from error


def _attach_history(con: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Create views on the tables that the judge reads, in the connection's in-memory database."""
    path = exp.Literal.string(str(published)).sql("duckdb")
    con.execute(f"attach {path} as history (read_only)")
    for schema in ("kpi", "marts", "staging", "ops"):
        con.execute(exp.Create(this=exp.to_table(schema), kind="SCHEMA").sql("duckdb"))
    for name in READ:
        published_name = on_tables(name, dict.fromkeys(WORKINGS, INTERNAL))
        view = exp.Create(
            this=exp.to_table(name),
            kind="VIEW",
            expression=exp.select("*").from_(exp.to_table(f"history.{published_name}")),
        )
        con.execute(view.sql("duckdb"))
