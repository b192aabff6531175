"""A published year of 10,000 products, as large as the pages must be fast for; the schema is a real night's."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

PRODUCTS, WEEKS, DAYS = 10_000, 52, 364
MONDAY = "date '2025-11-17'"

STATEMENTS = (
    "set preserve_insertion_order = true",
    "delete from marts.dim_entity",
    f"""
    insert into marts.dim_entity (shop, entity_type, entity, name, item_number, status, first_day, last_day)
    select
        if(n % 2 = 0, 'qinghe', 'mumian'), 'product', cast(710000000000 + n as varchar), '商品 ' || n, 'N-' || n, null,
        {MONDAY}, {MONDAY} + {DAYS - 1}
    from range({PRODUCTS}) as products(n)
    """,
    "delete from kpi.fct_kpi",
    f"""
    insert into kpi.fct_kpi by name
    select
        if(n % 2 = 0, 'qinghe', 'mumian') as shop, 'pay_conversion' as metric, 'product' as entity_type,
        cast(710000000000 + n as varchar) as entity, 'week' as grain, {MONDAY} + 7 * w::integer as period_start,
        {MONDAY} + 7 * w::integer + 6 as period_end, (n + w) % 40 as numerator, 100 + n % 900 as denominator,
        ((n + w) % 40) / (100 + n % 900) as value, n % 5000 as at_stake, 'CNY' as currency, 1.0 as coverage,
        [] as missing_days, [] as load_ids, 'pay_conversion' as covered_by, 'model' as model_hash
    from range({PRODUCTS}) as products(n) cross join range({WEEKS}) as weeks(w)
    order by shop, metric, entity_type, entity, grain, period_start
    """,
    f"""
    insert into kpi.fct_kpi by name
    select weekly.* replace (
        'available_stock' as metric, 'available_stock' as covered_by, 'day' as grain,
        {MONDAY} + d::integer as period_start, {MONDAY} + d::integer as period_end, 12 as value
    )
    from (select * from kpi.fct_kpi where period_start = {MONDAY}) as weekly cross join range({DAYS}) as days(d)
    """,
    "delete from ops.verdicts",
    """
    insert into ops.verdicts by name
    select
        'conversion_low' as rule, shop, entity_type, entity, metric, grain, period_start, 'ok' as verdict, value,
        value as measured, numerator, denominator, 0.01 as threshold, 0.01 as threshold_high,
        'warning' as severity, 0 as streak, 'quiet' as state, covered_by
    from kpi.fct_kpi where metric = 'pay_conversion'
    """,
    """
    create or replace temp table one_alert as
    select * from ops.alerts where rule = 'conversion_low' and state = 'firing' limit 1
    """,
    "delete from ops.alerts",
    """
    insert into ops.alerts
    select one_alert.* replace (
        lpad(n::varchar, 16, '0') as key, cast(710000000000 + n * 20 as varchar) as entity, 'qinghe' as shop,
        n * 10 as at_stake
    )
    from one_alert cross join range(500) as alerts(n)
    """,
    """
    create or replace temp table one_product as
    select * from review.weekly_product where week_start = date '2026-11-09' limit 1
    """,
    "delete from review.weekly_product",
    f"""
    insert into review.weekly_product
    select one_product.* replace (
        if(n % 2 = 0, 'qinghe', 'mumian') as shop, cast(710000000000 + n as varchar) as product_id,
        {MONDAY} + 7 * w::integer as week_start, {MONDAY} + 7 * w::integer + 6 as week_end, n % 700 as revenue
    )
    from one_product cross join range({PRODUCTS}) as products(n) cross join range({WEEKS}) as weeks(w)
    order by shop, week_start, product_id
    """,
    """
    insert into ops.loads
    select loads.* replace (load_id || n as load_id, file || n as file)
    from ops.loads as loads cross join range(60) as more(n)
    """,
    f"""
    insert into ops.coverage
    select coverage.* replace ({MONDAY} + d::integer as day)
    from (select * from ops.coverage qualify row_number() over (partition by shop, source) <= 4) as coverage
    cross join range({DAYS}) as days(d)
    """,
    "checkpoint",
)


def publish_big_shop(published: Path) -> None:
    """Fill a real night's published file with a year of 10,000 products."""
    fresh = published.with_name("big.duckdb")
    shutil.copyfile(published, fresh)
    with duckdb.connect(fresh) as con:
        for statement in STATEMENTS:
            con.execute(statement)
    fresh.replace(published)
