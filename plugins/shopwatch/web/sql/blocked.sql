/*
grain: one row per rule, shop and KPI whose exports it needs, if the newest closed period could not be judged
*/
with newest as (
    select *
    from ops.verdict_counts
    qualify period_start = max(period_start) over (partition by rule, shop)
),

missing_periods as (
    select * from ops.missing_periods
)

select distinct
    newest.rule,
    newest.shop,
    newest.covered_by as metric,
    coalesce(missing_periods.missing_days, []) as missing_days
from newest
left join missing_periods using (shop, covered_by, grain, period_start)
where newest.verdict = 'blocked'
order by newest.shop, newest.rule, metric
