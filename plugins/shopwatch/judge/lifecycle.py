"""Alert lifecycle: applies the judge's result to the alerts and appends to a history that is never rewritten."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.evaluate import History
from shopwatch.store.export import ALERT_TYPES, EVENT_TYPES, read_rows
from shopwatch.store.merge import merge_rows
from shopwatch.store.shards import of_shard
from shopwatch.store.tables import Alert, AlertEvent, Decision, Night, now
from shopwatch.warehouse.connections import dicts

CHANGING = [name for name in ALERT_TYPES.names if name != "key"]


def update_alerts(
    session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date, held: Collection[str] = ()
) -> None:
    """Update the alerts from ``ops.episodes`` and append new events to the history.

    An alert without an episode was based on numbers that have been corrected, or is judged no longer: it is retracted,
    and its event records the old and the new numbers, or the reason. Alerts of rules that could not be judged
    (``held``) are left unchanged. Each change of state is one event, however often a night is run again: events are
    what the history lacks to end in the state of the alert.

    Decisions follow an alert whose start a correction moved, which gives it another key.

    Alerts and events are compared as tables; only rows that differ are written. A shard sees and writes its own only.
    """
    own = of_shard(catalog)
    con.register("store_alerts", read_rows(session, Alert, ALERT_TYPES, own))
    of_own = AlertEvent.alert_key.in_(select(Alert.key).where(own)) if catalog.settings.shard else None
    con.register("store_events", read_rows(session, AlertEvent, EVENT_TYPES, of_own))
    con.execute(f"create or replace temp table last_events as {library_sql('judge/last_events')}")
    con.execute(f"create or replace temp table alert_states as {library_sql('judge/alert_states')}")
    changed = dicts(con.execute(library_sql("judge/changed_alerts")))
    events = dicts(con.execute(library_sql("judge/new_events")))
    retracted = dicts(con.execute(library_sql("judge/retracted_alerts"), {"held": list(held)}))
    con.execute("drop table alert_states")
    con.execute("drop table last_events")
    con.unregister("store_alerts")
    con.unregister("store_events")
    merge_rows(session, Alert, changed, CHANGING)
    if retracted:
        session.execute(update(Alert), [{"key": alert["key"], "state": "retracted"} for alert in retracted])
    appended = [{**event, "night": night, "detail": None} for event in events]
    appended += [_retraction(alert, catalog, night) for alert in retracted]
    merge_rows(session, AlertEvent, appended)
    merge_rows(session, Night, [{"night": night, "judged_at": now()}], ["judged_at"])  # other shards write it too
    _move_decisions(session, con, own)


def _move_decisions(session: Session, con: duckdb.DuckDBPyConnection, own: ColumnElement[bool]) -> None:
    """Move the decisions about alerts whose start a correction moved to the alerts that replace them."""
    of_retracted = select(Alert.key).join(Decision, Decision.alert_key == Alert.key).where(Alert.state == "retracted")
    if not (keys := session.scalars(of_retracted.where(own).distinct()).all()):
        return
    con.register("store_alerts", read_rows(session, Alert, ALERT_TYPES, own))
    moved = con.execute(library_sql("store/moved_alerts"), {"keys": list(keys)}).fetchall()
    con.unregister("store_alerts")
    for key, moved_to in moved:
        session.execute(update(Decision).where(Decision.alert_key == key).values(alert_key=moved_to))


def known_entities(session: Session, own: ColumnElement[bool] | None = None) -> list[History]:
    """Entities that ever had an alert (of the ``own``, or any).

    Their verdicts are kept, so that a correction can report the new numbers.
    """
    entities = select(Alert.rule, Alert.shop, Alert.entity_type, Alert.entity).distinct()
    return [History(*row) for row in session.execute(entities if own is None else entities.where(own))]


def _retraction(alert: dict[str, Any], catalog: Catalog, night: date) -> dict[str, Any]:
    """Event of a retracted alert, with the old and the new number of its last period as JSON."""
    detail = {
        "period": alert["last_period"].isoformat(),
        "was": alert["was"],
        "is": alert["measured"],
        "verdict": alert["verdict"],
        "reason": alert["reason"] or _reason(alert, catalog),
    }
    return {
        "key": alert["event_key"],
        "alert_key": alert["key"],
        "event": "retracted",
        "number": alert["number"],
        "period": alert["since"],
        "night": night,
        "detail": json.dumps(detail),
    }


def _reason(alert: dict[str, Any], catalog: Catalog) -> str | None:
    """Why an alert was retracted, unless its numbers were corrected: a code.

    ``rule_removed``, ``shop_removed``, ``not_judged`` if both exist, or ``rule_changed`` if only the rule differs.
    """
    if alert["rule"] not in catalog.rules:
        return "rule_removed"
    if alert["verdict"] == "gone":
        return "not_judged" if alert["shop"] in catalog.titles else "shop_removed"
    is_changed = alert["rule_hash"] != catalog.rules[alert["rule"]].hash and alert["was"] == alert["measured"]
    return "rule_changed" if is_changed else None
