"""Tables of the store as Arrow, and their copies in the shop warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from shopwatch.core.sql_files import library_sql
from shopwatch.store.decisions import silences
from shopwatch.store.tables import Alert, AlertEvent, Base, Decision

ALERT_TYPES = pyarrow.schema(
    [
        ("key", pyarrow.string()),
        ("rule", pyarrow.string()),
        ("shop", pyarrow.string()),
        ("entity_type", pyarrow.string()),
        ("entity", pyarrow.string()),
        ("metric", pyarrow.string()),
        ("grain", pyarrow.string()),
        ("since", pyarrow.date32()),
        ("resolved_at", pyarrow.date32()),
        ("last_period", pyarrow.date32()),
        ("state", pyarrow.string()),
        ("severity", pyarrow.string()),
        ("value", pyarrow.float64()),
        ("measured", pyarrow.float64()),
        ("threshold", pyarrow.float64()),
        ("numerator", pyarrow.decimal128(18, 4)),
        ("denominator", pyarrow.decimal128(18, 4)),
        ("at_stake", pyarrow.decimal128(18, 2)),
        ("currency", pyarrow.string()),
        ("inhibited_by", pyarrow.string()),
        ("rule_hash", pyarrow.string()),
        ("model_hash", pyarrow.string()),
    ]
)
EVENT_TYPES = pyarrow.schema(
    [
        ("key", pyarrow.string()),
        ("alert_key", pyarrow.string()),
        ("event", pyarrow.string()),
        ("number", pyarrow.int32()),
        ("period", pyarrow.date32()),
        ("night", pyarrow.date32()),
        ("detail", pyarrow.string()),
    ]
)

DECISION_TYPES = pyarrow.schema(
    [
        ("key", pyarrow.string()),
        ("kind", pyarrow.string()),
        ("alert_key", pyarrow.string()),
        ("matcher", pyarrow.string()),
        ("lifts", pyarrow.string()),
        ("by", pyarrow.string()),
        ("reason", pyarrow.string()),
        ("plan", pyarrow.string()),
        ("owner", pyarrow.string()),
        ("at", pyarrow.timestamp("us")),
    ]
)


SILENCE_TYPES = pyarrow.schema(
    [
        ("rule", pyarrow.string()),
        ("shop", pyarrow.string()),
        ("entity", pyarrow.string()),
        ("since", pyarrow.date32()),
        ("until", pyarrow.date32()),
    ]
)


def export_alerts(session: Session, con: duckdb.DuckDBPyConnection, include: Path) -> None:
    """Write ``ops.alerts``, ``ops.alert_events`` and ``ops.decisions`` into the shop warehouse.

    Silences are those of people and of ``include/rules/silences.yaml``.
    """
    events = con.from_arrow(read_rows(session, AlertEvent, EVENT_TYPES))
    events.query("source", "create or replace table ops.alert_events as select * from source")
    decisions = con.from_arrow(read_rows(session, Decision, DECISION_TYPES))
    decisions.query("source", "create or replace table ops.decisions as select * from source")
    silent = [silence.model_dump(include={*SILENCE_TYPES.names}) for silence in silences(session, include)]
    con.register("store_silences", pyarrow.Table.from_pylist(silent, schema=SILENCE_TYPES))
    con.register("store_alerts", read_rows(session, Alert, ALERT_TYPES))
    con.execute(f"create or replace temp table moved_alerts as {library_sql('store/moved_alerts')}", {"keys": None})
    con.execute(f"create or replace table ops.alerts as {library_sql('store/alerts')}")
    con.execute("drop table moved_alerts")
    con.unregister("store_alerts")
    con.unregister("store_silences")


def read_rows(
    session: Session, model: type[Base], types: pyarrow.Schema, wanted: ColumnElement[bool] | None = None
) -> pyarrow.Table:
    """Columns of the rows of a table of the store, all or the ``wanted``, ordered by key; without an object per row.

    On the session's connection: the session itself would take as long again to wrap the rows.
    """
    session.flush()
    columns = [model.__table__.c[name] for name in types.names]
    statement = select(*columns).order_by(columns[0])
    rows = session.connection().execute(statement if wanted is None else statement.where(wanted)).all()
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pyarrow.table(dict(zip(types.names, values, strict=True)), schema=types)
