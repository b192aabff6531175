"""The store is brought in line with the judge by tables: the same on SQLite and PostgreSQL, and only what differs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from postgres_server import postgres
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from shopwatch.judge.evaluate import History, judge
from shopwatch.judge.lifecycle import update_alerts
from shopwatch.notify.digest import record_notified
from shopwatch.store.merge import merge_rows
from shopwatch.store.tables import Alert, AlertEvent, NotificationLog, open_store
from watching import RULES, weeks

CATALOG = Catalog(Settings())
NIGHTS = ("0.9 0.9", "0.9 1.3", "0.9 0.9 0.4", "0.9 0.9 0.4 1.3", "0.9 0.9 0.4 0.4")
"""An alert, its correction, its return and a worse week, its end, and that corrected away."""


def judged(series: str, night: date, products: int = 2) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(library_sql("judge/judged_tables"))
    for number in range(products):
        enter_series(con, CATALOG, CaseSeries(RULES["conversion_low"], series, night, f"product-{number}"))
    kept = [History("conversion_low", "shop", "product", f"product-{number}") for number in range(products)]
    judge(con, CATALOG, [RULES["conversion_low"]], night, kept)
    return con


def rows(session: Session, model: type[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(select(*model.__table__.columns).order_by(*model.__table__.columns))]


@pytest.fixture(scope="module")
def nights() -> dict[date, duckdb.DuckDBPyConnection]:
    dated = ((weeks(len(series.split())) + timedelta(days=number), series) for number, series in enumerate(NIGHTS))
    return {night: judged(series, night) for night, series in dated}


def lives(settings: Settings, nights: dict[date, duckdb.DuckDBPyConnection]) -> list[list[tuple[Any, ...]]]:
    """Alerts, events and log after all nights, each run twice."""
    with open_store(settings) as engine:
        for night, con in nights.items():
            for _ in range(2):
                with Session(engine) as session, session.begin():
                    update_alerts(session, con, CATALOG, night)
                    record_notified(session, "team", {f"night:{night}": "firing", "same": str(night.day)}, night)
        with Session(engine) as session:
            return [rows(session, model) for model in (Alert, AlertEvent, NotificationLog)]


def test_postgresql_and_sqlite_hold_the_same(tmp_path: Path, nights: dict[date, duckdb.DuckDBPyConnection]) -> None:
    on_sqlite = lives(Settings(home=tmp_path / "sqlite"), nights)
    assert {row[2] for row in on_sqlite[1]} == {"firing", "retracted", "reopened", "critical", "resolved"}
    with postgres() as server:
        on_postgres = lives(Settings(home=tmp_path / "postgres", store_url=SecretStr(server.url())), nights)
    assert on_postgres == on_sqlite


@contextmanager
def written() -> Iterator[list[int]]:
    """Rows that each writing statement was given."""
    found: list[int] = []

    def count(*args: Any) -> None:
        _, _, statement, parameters, _, executemany = args
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(len(parameters) if executemany else 1)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def test_only_alerts_that_differ_are_written_and_all_at_once(settings: Settings) -> None:
    con = judged("0.9 0.9", SUNDAY, 30)
    with open_store(settings) as engine, Session(engine) as session:

        def update() -> list[int]:
            with written() as counts:
                update_alerts(session, con, CATALOG, SUNDAY)
                session.commit()
            return sorted(counts)

        assert update() == [1, 30, 30]  # the night, the alerts, their events
        assert update() == [1]
        con.execute("delete from ops.episodes where entity in ('product-3', 'product-7')")
        assert update() == [1, 2, 2]


def test_a_row_whose_key_exists_keeps_the_columns_that_are_not_named(settings: Settings) -> None:
    first = {"team": "a", "topic": "x", "state": "firing", "night": SUNDAY, "first_night": SUNDAY}
    later = {**first, "state": "resolved", "night": weeks(1), "first_night": weeks(1)}
    with open_store(settings) as engine, Session(engine) as session:
        merge_rows(session, NotificationLog, [first])
        kept = session.get_one(NotificationLog, ("a", "x"))
        merge_rows(session, NotificationLog, [later])
        assert (kept.state, kept.night) == ("firing", SUNDAY)
        merge_rows(session, NotificationLog, [later], update=("state", "night"))
        assert (kept.state, kept.night, kept.first_night) == ("resolved", weeks(1), SUNDAY)
