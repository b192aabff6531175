"""The dictionary's own SQL, run by an analyst on the published file alone, gives the published numbers."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from shopwatch.demo import write_demo
from shopwatch.settings import Settings
from warehouses import judge_and_tell, take_in

NOTHING_YET = {"repeat_rate_90"}  # the demo's ten weeks are fewer than 90 days and a week


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("published"), settle_seconds=0)
    write_demo(settings.inbox)
    take_in(settings)
    judge_and_tell(settings, None)
    return settings.published


def test_every_metrics_own_sql_gives_the_published_rows(published: Path) -> None:
    with duckdb.connect(published, read_only=True) as con:
        statements = con.execute("select metric, sql from meta.metrics").fetchall()
        empty = set()
        for metric, sql in statements:
            of_metric = duckdb.ColumnExpression("metric") == duckdb.ConstantExpression(metric)
            known = con.table("kpi.period_coverage").filter(of_metric).select("shop", "grain", "period_start")
            own = con.sql(sql).join(known, "shop, grain, period_start", how="semi")
            rows = con.table("kpi.fct_kpi").filter(of_metric).select(*own.columns).fetchall()
            assert sorted(map(str, own.fetchall())) == sorted(map(str, rows)), metric
            empty |= set() if rows else {metric}
    assert empty == NOTHING_YET
