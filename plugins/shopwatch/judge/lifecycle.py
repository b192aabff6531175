"""Alert lifecycle: applies the judge's result to the alerts and appends to a history that is never rewritten."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.judge.evaluate import History
from shopwatch.store.tables import Alert, Event, Night, now, short_hash

IDENTITY = ("rule", "shop", "entity_type", "entity", "since")


def update_alerts(session: Session, con: duckdb.DuckDBPyConnection, night: date, held: Collection[str] = ()) -> None:
    """Update the alerts from ``ops.episodes`` and append new events to the history.

    An alert without an episode was based on numbers that have been corrected: it is retracted, and its event records
    the old and the new numbers. Alerts of rules that could not be judged (``held``) are left unchanged. Idempotent.
    """
    episodes = _rows(
        con.execute(
            "select * exclude (judged_period, judged_verdict, threshold_high, unjudged, load_ids) from ops.episodes "
            "order by rule, shop, entity_type, entity, since"
        )
    )
    known = {alert.key: alert for alert in session.scalars(select(Alert))}
    seen = set()
    for episode in episodes:
        key = short_hash(*(episode[name] for name in IDENTITY))
        seen.add(key)
        _apply_episode(session, known.get(key), key, episode, night)
    for key in known.keys() - seen:
        alert = known[key]
        if alert.rule not in held and alert.state != "retracted":
            alert.state = "retracted"
            _append(session, key, "retracted", alert.since, night, _correction(con, alert))
    session.merge(Night(night=night, judged_at=now()))


def known_entities(session: Session) -> list[History]:
    """Entities that ever had an alert: their verdicts are kept, so that a correction can report the new numbers."""
    rows = session.execute(select(Alert.rule, Alert.shop, Alert.entity_type, Alert.entity).distinct())
    return [History(*row) for row in rows]


def _apply_episode(session: Session, alert: Alert | None, key: str, episode: dict[str, Any], night: date) -> None:
    """Insert or update one alert from its episode, and append the new events."""
    before = alert.state if alert else None
    state = "resolved" if episode["resolved_at"] else "firing"
    if alert is None:
        session.add(Alert(key=key, state=state, **episode))
    else:
        for name, value in {**episode, "state": state}.items():
            setattr(alert, name, value)
    _append(session, key, "firing", episode["since"], night)
    if episode["severity"] == "critical":
        _append(session, key, "critical", episode["since"], night)
    if state == "resolved":
        _append(session, key, "resolved", episode["resolved_at"], night)
    elif before in ("resolved", "retracted"):  # undone by a correction
        _append(session, key, "reopened", episode["last_period"], night)


def _correction(con: duckdb.DuckDBPyConnection, alert: Alert) -> str:
    """Old and new number of a retracted alert's last period, as JSON."""
    row = con.execute(
        "select measured, verdict, reason from ops.verdicts where rule = $1 and shop = $2 and entity_type = $3 "
        "and entity = $4 and period_start = $5",
        [alert.rule, alert.shop, alert.entity_type, alert.entity, alert.last_period],
    ).fetchone()
    value, verdict, reason = row or (None, "gone", None)
    return json.dumps(
        {
            "period": alert.last_period.isoformat(),
            "was": alert.measured,
            "is": value,
            "verdict": verdict,
            "reason": reason,
        }
    )


def _append(session: Session, alert_key: str, event: str, period: date, night: date, detail: str | None = None) -> None:
    key = short_hash(alert_key, event, period)
    if session.get(Event, key) is None:
        session.add(Event(key=key, alert_key=alert_key, event=event, period=period, night=night, detail=detail))


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
