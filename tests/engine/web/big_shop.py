"""A published year of 20 shops, as large as the pages must be fast for; the schema is a real night's."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

SHOPS, PRODUCTS, ALERTS, WEEKS, DAYS = 20, 10_000, 2_000, 52, 364
MONDAY = "date '2025-11-17'"
NEWEST = "date '2026-11-09'"
CAMPAIGNS_OF_SHOP, FILES_OF_DAY = 20, 4

STATEMENTS = (
    "set preserve_insertion_order = true",
    f"""
    create temp table many_shops as
    select
        n as number,
        case n when 0 then 'qinghe' when 1 then 'mumian' else 'shop_' || lpad(n::varchar, 2, '0') end as shop
    from range({SHOPS}) as shops(n)
    """,
    f"""
    create temp table many_products as
    select shop, cast(710000000000 + n as varchar) as product, n
    from range({PRODUCTS}) as products(n) inner join many_shops on n % {SHOPS} = number
    """,
    f"""
    create temp table many_weeks as
    select {MONDAY} + 7 * w::integer as week_start, w from range({WEEKS}) as weeks(w)
    """,
    """
    insert into marts.dim_shop
    select dim_shop.* replace (many_shops.shop as shop, dim_shop.title || number as title)
    from marts.dim_shop cross join many_shops where dim_shop.shop = 'mumian' and number > 1
    """,
    "delete from marts.dim_entity",
    f"""
    insert into marts.dim_entity (shop, entity_type, entity, name, item_number, status, first_day, last_day)
    select shop, 'product', product, '商品 ' || n, 'N-' || n, null, {MONDAY}, {MONDAY} + {DAYS - 1} from many_products
    """,
    "delete from kpi.fct_kpi",
    """
    insert into kpi.fct_kpi by name
    select
        shop, 'pay_conversion' as metric, 'product' as entity_type, product as entity, 'week' as grain,
        week_start as period_start, week_start + 6 as period_end, (n + w) % 40 as numerator,
        100 + n % 900 as denominator, ((n + w) % 40) / (100 + n % 900) as value, n % 5000 as at_stake,
        'CNY' as currency, 1.0 as coverage, [] as missing_days, [] as load_ids, 'pay_conversion' as covered_by,
        'model' as model_hash
    from many_products cross join many_weeks
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
    f"""
    insert into ops.alerts
    select one_alert.* replace (
        lpad(n::varchar, 16, '0') as key, alerts.product as entity, alerts.shop as shop, null as belongs_to,
        n * 10 as at_stake
    )
    from one_alert cross join (select shop, product, n from many_products where n < {ALERTS}) as alerts
    """,
    """
    create or replace temp table one_week_alert as
    select * from review.weekly_alerts where rule = 'conversion_low' and state = 'firing' limit 1
    """,
    "delete from review.weekly_alerts",
    f"""
    insert into review.weekly_alerts
    select one_week_alert.* replace (
        alerts.key as alert_key, alerts.shop as shop, alerts.entity as entity, alerts.at_stake as at_stake,
        {NEWEST} as week_start, {NEWEST} + 6 as week_end
    )
    from one_week_alert cross join ops.alerts as alerts
    """,
    *(
        f"""
        create or replace temp table of_one_shop as
        select * from review.{table} where shop = 'qinghe' and week_start = {NEWEST};
        delete from review.{table};
        insert into review.{table}
        select of_one_shop.* replace (many_shops.shop as shop, many_weeks.week_start as week_start,
            many_weeks.week_start + 6 as week_end)
        from of_one_shop cross join many_shops cross join many_weeks
        """
        for table in ("weekly_shop", "weekly_stage", "weekly_kpi")
    ),
    *(
        f"""
        create or replace temp table one_row as
        select * from review.{table} where week_start = {NEWEST} limit 1;
        delete from review.{table};
        insert into review.{table}
        select one_row.* replace (
            many.shop as shop, many.product as {key}, many_weeks.week_start as week_start,
            many_weeks.week_start + 6 as week_end, n % 700 as {number}
        )
        from one_row cross join many_weeks
        cross join (select * from many_products where n < {count}) as many
        """
        for table, key, number, count in (
            ("weekly_product", "product_id", "revenue", PRODUCTS),
            ("weekly_stock", "sku", "available", PRODUCTS),
            ("weekly_ad_campaign", "campaign_id", "spend", SHOPS * CAMPAIGNS_OF_SHOP),
        )
    ),
    f"""
    create or replace temp table one_load as select * from ops.loads where state = 'settled' limit 1;
    insert into ops.loads
    select one_load.* replace (
        load_id || '-' || number || '-' || d || '-' || f as load_id, many_shops.shop as shop,
        file || number || '-' || d as file
    )
    from one_load cross join many_shops cross join range({DAYS}) as days(d) cross join range({FILES_OF_DAY}) as files(f)
    """,
    f"""
    create or replace temp table exports as
    select * from ops.coverage qualify row_number() over (partition by source order by day) = 1;
    delete from ops.coverage;
    insert into ops.coverage
    select exports.* replace (many_shops.shop as shop, {MONDAY} + d::integer as day)
    from exports cross join many_shops cross join range({DAYS}) as days(d)
    """,
    "checkpoint",
)


def publish_big_shop(published: Path) -> None:
    """Fill a real night's published file with a year of 20 shops and 10,000 products."""
    fresh = published.with_name("big.duckdb")
    shutil.copyfile(published, fresh)
    with duckdb.connect(fresh) as con:
        for statement in STATEMENTS:
            con.execute(statement)
    fresh.replace(published)
