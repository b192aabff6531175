"""The dictionary's own SQL, run by an analyst on the published file alone, gives the published numbers."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from shopwatch.settings import Settings
from test_models import first_night
from warehouses import judge_and_tell, take_in


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("published"), settle_seconds=0)
    first_night(settings)
    take_in(settings)
    judge_and_tell(settings, None)
    return settings.published


def test_every_metrics_own_sql_gives_the_published_rows(published: Path) -> None:
    with duckdb.connect(published, read_only=True) as con:
        statements = con.execute("select metric, sql from meta.metrics").fetchall()
        filled = set()
        for metric, sql in statements:
            known = (
                con.table("kpi.period_coverage").filter(duckdb.ColumnExpression("metric") == metric).set_alias("known")
            )
            statement = con.sql(sql).set_alias("own")
            own = statement.join(known, "shop, grain, period_start", how="semi").fetchall()
            rows = con.execute(
                "select shop, entity_type, entity, grain, period_start, numerator, denominator, value, at_stake "
                "from kpi.fct_kpi where metric = $1",
                [metric],
            ).fetchall()
            assert sorted(map(str, own)) == sorted(map(str, rows)), metric
            filled |= {metric} if rows else set()
    assert {"revenue", "roas", "pay_conversion", "available_stock"} <= filled
