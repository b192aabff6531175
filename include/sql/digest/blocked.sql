/*
grain: >
  one row a rule, shop and KPI whose exports it needs, where the newest closed period could not be judged: how many
  entities, which days are missing
note: absent_pots are the pots of ad money of which nothing is told on some of these days
*/
with counts as (
    select * from ops.verdict_counts
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

absent_pots as (
    select * from intermediate.int_absent_pots
),

shops as (
    select * from marts.dim_shop
),

newest as (
    select *
    from counts
    qualify period_start = max(period_start) over (partition by rule, shop)
),

untold as (
    select
        newest.rule,
        newest.shop,
        shops.title as shop_title,
        newest.covered_by as metric,
        newest.grain,
        newest.period_start as period,
        cast(sum(newest.entities) as bigint) as entities,
        coalesce(any_value(period_coverage.missing_days), [any_value(newest.period_start)]) as missing_days
    from newest
    inner join shops using (shop)
    left join period_coverage using (shop, covered_by, grain, period_start)
    where newest.verdict = 'blocked'
    group by all
)

select
    untold.rule,
    untold.shop,
    untold.shop_title,
    untold.metric,
    untold.grain,
    untold.period,
    untold.entities,
    untold.missing_days,
    coalesce(
        list(distinct absent_pots.spend_pool order by absent_pots.spend_pool)
            filter (where absent_pots.spend_pool is not null),
        []
    ) as absent_pots
from untold
left join absent_pots on untold.shop = absent_pots.shop and list_contains(untold.missing_days, absent_pots.day)
group by all
order by untold.shop, untold.rule, untold.metric
