/*
grain: one row per shop, metric, grain and period that has a target
note: >
  A target of the workbook holds for the periods that it names, and wins over the shop's declared target, which
  holds for every week and month that exports cover. Of two lines that fall into one period the one that starts
  later counts. A month's target does not apply to its weeks.
columns:
  source: Export contract that the target was read by; missing where the shop itself declares the target
*/
with targets as (
    select * from raw.targets
),

shop_targets as (
    select * from seed.targets
),

coverage as (
    select * from staging.stg_coverage
    anti join seed.standing using (input)
),

repeated as (
    select
        shop,
        metric,
        period as grain,
        cast(unnest(generate_series(
            date_trunc(period, starts_on),
            date_trunc(period, coalesce(until, starts_on)),
            if(period = 'month', interval 1 month, interval 7 day)
        )) as date) as period_start,
        starts_on,
        target,
        owner,
        action,
        source,
        load_id,
        line
    from targets
),

written as (
    select * exclude (starts_on)
    from repeated
    qualify row_number() over (
        partition by shop, metric, grain, period_start
        order by starts_on desc, line desc
    ) = 1
),

periods as (
    select distinct shop, 'week' as grain, cast(date_trunc('week', day) as date) as period_start from coverage
    union
    select distinct shop, 'month' as grain, cast(date_trunc('month', day) as date) as period_start from coverage
),

declared as (
    select
        shop_targets.shop,
        shop_targets.metric,
        periods.grain,
        periods.period_start,
        shop_targets.target
    from shop_targets
    inner join periods using (shop)
    anti join written
        on
            shop_targets.shop = written.shop
            and shop_targets.metric = written.metric
            and periods.grain = written.grain
            and periods.period_start = written.period_start
),

every_target as (
    select * from written
    union all by name
    select * from declared
)

select
    shop,
    metric,
    grain,
    period_start,
    target,
    owner,
    action,
    source,
    load_id,
    line
from every_target
