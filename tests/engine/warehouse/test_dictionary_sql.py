"""The dictionary's own SQL, run by an analyst on the published file alone, gives the published numbers."""

from __future__ import annotations

import duckdb

from night_tools import Demo
from shopwatch.catalog.metrics import load_metrics
from shopwatch.core.settings import Settings
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.statements import whole_statement

NOTHING_YET = {
    "repeat_rate_90",  # the demo's ten weeks are fewer than 90 days and a week
    "sessions",  # no shop of the demo has an export of them
    "session_conversion",
}


def test_every_metrics_own_sql_gives_the_published_rows(demo: Demo) -> None:
    with duckdb.connect(demo.home / "published" / "shop.duckdb", read_only=True) as con:
        statements = con.execute("select metric, sql from meta.metrics").fetchall()
        empty = set()
        for metric, sql in statements:
            of_metric = duckdb.ColumnExpression("metric") == duckdb.ConstantExpression(metric)
            own = con.sql(sql)
            published = con.table("kpi.fct_kpi").filter(of_metric)
            known = published.select("shop, entity_type, grain, period_start")
            own = own.join(known, "shop, entity_type, grain, period_start", how="semi")
            rows = published.select(*own.columns).fetchall()
            assert sorted(map(str, own.fetchall())) == sorted(map(str, rows)), metric
            empty |= set() if rows else {metric}
    assert empty >= NOTHING_YET


def test_no_published_statement_needs_what_a_night_touched() -> None:
    settings = Settings()
    macros = model_macros(settings)
    statements = {metric.name: whole_statement(metric, macros) for metric in load_metrics(settings.include)}
    assert [name for name, sql in statements.items() if "changed_" in sql or "temp." in sql] == []
