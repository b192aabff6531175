"""News of a night: everything that any team's digest may contain, gathered once in ``ops.news_*``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import Metric
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import Fault
from shopwatch.judge.freshness import read_freshness
from shopwatch.notify.entries import Row
from shopwatch.notify.reason import OPEN
from shopwatch.store.decisions import read_silences
from shopwatch.store.tables import NotificationLog
from shopwatch.warehouse.connections import dicts
from shopwatch.warehouse.integrity import has_table

EXAMPLES = 5
NEWS = {
    "cards": "list_position(['critical', 'warning', 'info'], severity), at_stake desc nulls last, key",
    "late": "shop, export",
    "blocked": "shop, rule, metric",
    "notes": "shop, file, load_id, kind",
    "moves": "shop",
    "ended": "reason, rule, shop, name, key",
    "owners": "key",
}
"""Statement of each kind of news -> order of its rows in a digest."""


@dataclass(frozen=True)
class NightNews:
    """Content of the night's digests, not yet in any language; the alerts are selected by team."""

    con: duckdb.DuckDBPyConnection
    catalog: Catalog
    faults: list[Fault]
    alert_places: list[tuple[str, str, str]]
    """Rule and shop of the alerts, and the department that they were assigned to, or nothing."""
    late: list[Row]
    blocked: list[Row]
    notes: list[Row]
    moves: list[Row]
    ended: list[Row]


def gather_news(session: Session, con: duckdb.DuckDBPyConnection) -> None:
    """Fill ``ops.news_*``: everything that a digest of the judged night may contain, for all teams.

    Reads the exported alerts, the warehouse and, for the alerts that have ended, the notification log: only those of
    which some team was last notified as open can be news.
    """
    is_open = NotificationLog.topic.startswith("alert:") & NotificationLog.state.in_(OPEN)
    topics = session.scalars(select(NotificationLog.topic).where(is_open).distinct())
    notified = [topic.removeprefix("alert:") for topic in topics]
    values: dict[str, dict[str, object]] = {
        "cards": {"keys": None, "notified": notified},
        "ended": {"notified": notified},
        "notes": {"examples": EXAMPLES},
    }
    for name in NEWS:
        if name != "moves" or has_table(con, "weekly_driver", schema="review"):
            sql = library_sql(f"notify/{name}")
            con.execute(f"create or replace table ops.news_{name} as {sql}", values.get(name, {}))


def read_news(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> NightNews:
    """The gathered news, and the faults of the declarations."""
    late = _rows(con, "late")
    return NightNews(
        con=con,
        catalog=catalog,
        faults=declaration_faults(catalog),
        alert_places=con.table("ops.news_owners").select("rule, shop, assigned_to").distinct().fetchall(),
        late=late,
        blocked=fold_blocked(_rows(con, "blocked"), late, catalog.metrics),
        notes=_rows(con, "notes"),
        moves=_rows(con, "moves") if has_table(con, "news_moves", schema="ops") else [],
        ended=_rows(con, "ended"),
    )


def declaration_faults(catalog: Catalog) -> list[Fault]:
    """Faults of rules, silences and due times, of which the data teams are notified."""
    return [*catalog.rule_faults, *read_silences(catalog.include)[1], *read_freshness(catalog)[1]]


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    return dicts(con.table(f"ops.news_{name}").order(NEWS[name]).execute())


def fold_blocked(blocked: list[Row], late: list[Row], metrics: dict[str, Metric]) -> list[Row]:
    """Blocked rules that no late export explains; the others are added to ``rules`` of their late export."""
    left = []
    for export in late:
        export["rules"] = []
    for row in blocked:
        inputs = metrics[row["metric"]].head.inputs
        first = min(row["missing_days"], default=date.min)
        causes = (one for one in late if one["shop"] == row["shop"] and one["input"] in inputs)
        cause = next((one for one in causes if first > (one["last_day"] or date.min)), None)
        (left.append(row) if cause is None else cause["rules"].append(row["rule"]))
    return left
