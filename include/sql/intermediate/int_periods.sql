/*
grain: one row per shop, grain and period with a day that an export of the shop has rows for or covers
*/
with coverage as (
    select shop, day
    from staging.stg_coverage
    anti join seed.standing using (input)
),

covered_days as (
    select shop, day from intermediate.int_covered_days
),

days as (
    select shop, day from coverage
    union
    select shop, day from covered_days
),

by_grain as (
    select
        shop,
        unnest(['day', 'week', 'month']) as grain,
        day
    from days
),

periods as (
    select distinct
        shop,
        grain,
        cast(date_trunc(grain, day) as date) as period_start
    from by_grain
)

select
    shop,
    grain,
    period_start,
    period_end(grain, period_start) as period_end
from periods
