/*
grain: one row per shop, KPI whose exports it needs, grain and closed period that lacks an export
note: >
  short_days are the missing days on which short_exports hold less than half of their usual rows and nothing else is
  missing; missing_exports would provide the others. A period after the last day that any export covers lacks all of
  its trading days and every export, but for those of shipping times, which are asked for when orders are there. Of a group of shops,
  missing_shops are those that lack something
*/
with entities as (
    select * from ops.judged_entities
),

closed as (
    select * from judged_closed
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

shops as (
    select shop, closed_weekdays from staging.stg_shops
),

metric_exports as (
    select * rename (metric as covered_by) from kpi.metric_exports
),

spans as (
    select
        entities.shop,
        entities.covered_by,
        entities.grain,
        closed.last_period,
        min(entities.first_period) as first_period
    from entities
    inner join closed using (grain)
    group by entities.shop, entities.covered_by, entities.grain, closed.last_period
),

needed as (
    select
        shop,
        covered_by,
        grain,
        cast(unnest(generate_series(first_period, last_period, period_length(grain))) as date) as period_start
    from spans
),

in_coverage as (
    select
        needed.*,
        period_coverage.missing_days,
        period_coverage.missing_inputs,
        period_coverage.short_days,
        period_coverage.short_exports,
        period_coverage.missing_shops
    from needed
    inner join period_coverage using (shop, covered_by, grain, period_start)
    where period_coverage.days_covered < period_coverage.days_expected
),

days_after_coverage as (
    select
        needed.*,
        cast(unnest(
            generate_series(needed.period_start, period_end(needed.grain, needed.period_start), interval 1 day)
        ) as date) as day
    from needed
    anti join period_coverage using (shop, covered_by, grain, period_start)
),

after_coverage as (
    select
        days.shop,
        days.covered_by,
        days.grain,
        days.period_start,
        list(days.day order by days.day) as missing_days
    from days_after_coverage as days
    left join shops using (shop)
    where not list_contains(coalesce(shops.closed_weekdays, []), lower(left(dayname(days.day), 3)))
    group by days.shop, days.covered_by, days.grain, days.period_start
),

lacking as (
    select * from in_coverage
    union all by name
    select * from after_coverage
)

select
    lacking.shop,
    lacking.covered_by,
    lacking.grain,
    lacking.period_start,
    lacking.missing_days,
    coalesce(lacking.short_days, []) as short_days,
    coalesce(lacking.short_exports, []) as short_exports,
    coalesce(lacking.missing_inputs, []) as missing_inputs,
    coalesce(lacking.missing_shops, []) as missing_shops,
    coalesce(
        list(distinct metric_exports.export order by metric_exports.export)
            filter (where metric_exports.export is not null),
        []
    ) as missing_exports
from lacking
left join metric_exports
    on
        lacking.shop = metric_exports.shop
        and lacking.covered_by = metric_exports.covered_by
        and if(
            lacking.missing_inputs is null,
            metric_exports.input != 'order_shipping',
            list_contains(lacking.missing_inputs, metric_exports.input)
        )
group by all
