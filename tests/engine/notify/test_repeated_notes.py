"""A file is reported once more when a later file shows that it contains less of its orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.notify.digest import PendingDigest, pending_digests, record_notified
from shopwatch.notify.news import gather_news
from shopwatch.store.export import export_alerts
from shopwatch.store.tables import open_store
from watching import SUNDAY, Watch


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    settings = Settings(home=tmp_path)
    with open_store(settings) as engine, Session(engine) as session:
        yield Watch(settings, session)


def keep_out(con: duckdb.DuckDBPyConnection, line: int, code: str) -> None:
    values = """{"order": "A", "file": "b.csv", "time": "2026-11-10"}"""
    con.execute(
        "insert into ops.quarantine (load_id, line, column_name, reason, reason_code, reason_values) "
        "values ('a', $1, 'paid', 'kept out', $2, $3)",
        [line, code, values],
    )


def of_data_team(watch: Watch) -> PendingDigest:
    gather_news(watch.session, watch.con)
    (talk,) = (one for one in pending_digests(watch.session, watch.con, watch.catalog, SUNDAY) if one.team.data)
    return talk


def told(watch: Watch) -> list[tuple[str, int]]:
    """File and number of examples of each note that the data team is told of tonight."""
    talk = of_data_team(watch)
    record_notified(watch.session, talk.team.team, talk.topics, SUNDAY)
    watch.session.flush()
    return [(note.file, len(note.examples)) for note in talk.digest.notes]


def test_rows_that_turn_out_to_say_less_are_reported_once_more(watch: Watch) -> None:
    watch.judged("0.02", SUNDAY)
    export_alerts(watch.session, watch.con, watch.catalog.include)
    watch.con.execute(
        "insert into ops.loads (load_id, shop, file, state, rows_quarantined) "
        "values ('a', 'shop', 'a.csv', 'settled', 1)"
    )
    keep_out(watch.con, 2, "unreadable_money")
    assert told(watch) == [("a.csv", 1)]
    assert told(watch) == []
    keep_out(watch.con, 3, "less_paid")
    assert told(watch) == [("a.csv", 2)]
    keep_out(watch.con, 4, "less_paid")
    assert told(watch) == []


@pytest.mark.slow
def test_a_file_with_headers_alone_is_reported_once_where_earlier_ones_had_rows(watch: Watch) -> None:
    watch.judged("0.02", SUNDAY)
    export_alerts(watch.session, watch.con, watch.catalog.include)
    watch.con.execute("insert into seed.exports values ('stock', true), ('orders', false)")
    load = (
        "insert into ops.loads (load_id, shop, source, file, state, rows_loaded, rows_quarantined) "
        "values ($1, 'shop', $2, $1, 'settled', $3, 0)"
    )
    watch.con.executemany(load, [["template.csv", "stock", 0], ["orders.csv", "orders", 2], ["none.csv", "orders", 0]])
    assert told(watch) == [], "a template, and a day without orders"
    watch.con.execute("delete from ops.loads where load_id = 'template.csv'")
    watch.con.executemany(load, [["full.csv", "stock", 3], ["emptied.csv", "stock", 0]])
    assert told(watch) == [("emptied.csv", 0)]
    assert told(watch) == []


def test_a_shop_whose_only_file_failed_is_reported_with_that_file(watch: Watch) -> None:
    watch.judged("0.02", SUNDAY)
    export_alerts(watch.session, watch.con, watch.catalog.include)
    watch.con.execute("delete from ops.loads")
    asked = library_sql("notify/notes")

    def note() -> list[tuple[str, str, str]]:
        rows = watch.con.execute(f"select kind, file, reason_code from ({asked})", {"examples": 3}).fetchall()
        return [row for row in rows if row[0] in ("unfilled", "unloaded")]

    assert note() == [("unfilled", "shops.yaml", "never_filled")]
    failed = "insert into ops.loads (load_id, shop, file, state) values ('a', 'shop', 'a.csv', 'failed')"
    watch.con.execute(failed)
    assert note() == [("unloaded", "a.csv", "never_loaded")]


def test_campaigns_that_vanish_from_a_list_are_reported_once(watch: Watch) -> None:
    watch.judged("0.02", SUNDAY)
    export_alerts(watch.session, watch.con, watch.catalog.include)
    watch.con.execute(
        "insert into ops.loads (load_id, shop, file, state, rows_quarantined) "
        "values ('a', 'shop', 'a.csv', 'settled', 0)"
    )
    vanish = "insert into intermediate.int_absent_campaigns values ('shop', 'plans', $1, '2026-11-14', false, $2, 'a')"
    watch.con.execute(vanish, ["6001", 80])
    (note,) = of_data_team(watch).digest.notes
    assert note.reason == (
        "1 campaign with spend is missing from the report since 2026-11-14 (spend of its last day): 6001 (80.00 CNY). "
        "The report does not show whether it ended or was left out, so its spend is unknown, not 0"
    )
    assert told(watch) == [("a.csv", 0)]
    watch.con.execute(vanish, ["6002", 90])
    assert told(watch) == []
