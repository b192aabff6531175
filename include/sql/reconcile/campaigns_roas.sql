/*
grain: one row per shop and week whose campaigns in fct_campaign_day are not the spend of kpi.fct_kpi
*/
with campaign_day as (
    select * from marts.fct_campaign_day
),

roas as (
    select * from kpi.fct_kpi
    where metric = 'roas' and entity_type = 'campaign' and grain = 'week'
),

expected as (
    select shop, week_start as day, count(distinct campaign_id) as row_count, sum(spend) as money
    from campaign_day
    group by shop, week_start
),

found as (
    select shop, period_start as day, count(*) as row_count, sum(denominator) as money
    from roas
    group by shop, period_start
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
