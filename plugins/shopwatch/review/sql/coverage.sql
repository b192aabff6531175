/*
grain: one row per shop and kind of export in the reviewed week, with the number of covered days and the missing days
note: derived from the metrics that need only this kind
*/
with period_coverage as (
    select * from kpi.period_coverage
    where grain = 'week' and period_start = $week
),

metrics as (
    select metric, inputs[1] as input
    from meta.metrics
    where len(inputs) = 1 and inputs[1] != 'order_days' -- no export of its own
)

select
    period_coverage.shop,
    metrics.input,
    any_value(period_coverage.days_expected) as days_expected,
    any_value(period_coverage.days_covered) as days_covered,
    any_value(period_coverage.missing_days) as missing_days
from period_coverage
inner join metrics using (metric)
group by period_coverage.shop, metrics.input
order by period_coverage.shop, array_position(['orders', 'product_day', 'ad_day', 'stock'], metrics.input), metrics.input
