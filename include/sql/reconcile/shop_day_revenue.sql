/*
grain: one row per shop and week whose days in fct_shop_day are not the revenue of kpi.fct_kpi
*/
with shop_day as (
    select * from marts.fct_shop_day
    where orders_placed > 0
),

revenue as (
    select * from kpi.fct_kpi
    where metric = 'revenue' and entity_type = 'shop' and grain = 'week'
),

expected as (
    select shop, week_start as day, sum(orders_paid) as row_count, sum(revenue) as money
    from shop_day
    group by shop, week_start
),

found as (
    select shop, period_start as day, denominator as row_count, numerator as money
    from revenue
),

compared as (
    select
        coalesce(expected.shop, found.shop) as shop,
        coalesce(expected.day, found.day) as day,
        coalesce(expected.row_count, 0) as rows_expected,
        coalesce(found.row_count, 0) as rows_found,
        cast(coalesce(expected.money, 0) as decimal(18, 2)) as money_expected,
        cast(coalesce(found.money, 0) as decimal(18, 2)) as money_found
    from expected
    full join found
        on
            expected.shop = found.shop
            and expected.day = found.day
)

select shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where rows_expected != rows_found or money_expected != money_found
