/*
grain: one row a rule and shop whose newest closed period could not be judged: how many entities, which days are missing
*/
with counts as (
    select * from ops.verdict_counts
),

period_coverage as (
    select * from kpi.period_coverage
),

shops as (
    select * from marts.dim_shop
),

newest as (
    select *
    from counts
    qualify period_start = max(period_start) over (partition by rule, shop)
)

select
    newest.rule,
    newest.shop,
    shops.title as shop_title,
    newest.metric,
    newest.grain,
    newest.period_start as period,
    cast(sum(newest.entities) as bigint) as entities,
    coalesce(any_value(period_coverage.missing_days), [any_value(newest.period_start)]) as missing_days
from newest
inner join shops using (shop)
left join period_coverage using (shop, metric, grain, period_start)
where newest.verdict = 'blocked'
group by all
order by newest.shop, newest.rule
