/*
grain: one row per shop, metric, grain and period that has a target and a value of the whole shop
note: >
  The value so far, also of a period that still runs or lacks data; whether it will be met is judged by
  target_attainment once the period is over, and by target_forecast (newest day) while a month runs. Every number is
  that of kpi.fct_kpi.
columns:
  actual: The KPI's value, of a running period so far
  attainment: Actual by target, or target by actual where down is better; missing while the period runs
  forecast: The month as expected at its pace; missing where the KPI does not add up over days
  forecast_share: forecast by target
  days_left: Days of the period that no export covers yet
  pace_needed: What each of the days left must bring so that the target is met; missing where none is left
  is_on_course: Whether the target was met, or will be at this pace; missing where neither is known
*/
with targets as (
    select * from staging.stg_targets
),

kpi as not materialized (
    select * from kpi.fct_kpi
),

metrics as (
    select * from seed.metrics
),

days as (
    select * from intermediate.int_days
),

last_days as (
    select shop, max(day) as last_day
    from days
    group by shop
),

attained as (
    select * from kpi
    where metric = 'target_attainment'
),

expected as (
    select
        *,
        cast(date_trunc('month', period_start) as date) as month_start
    from kpi
    where metric = 'target_forecast'
    qualify row_number() over (partition by shop, entity, date_trunc('month', period_start) order by period_start desc) = 1
),

joined as (
    select
        targets.shop,
        targets.metric,
        targets.grain,
        targets.period_start,
        kpi.period_end,
        targets.owner,
        targets.action,
        targets.target,
        kpi.value as actual,
        attained.value as attainment,
        if(attained.value is null, expected.numerator, null) as forecast,
        if(attained.value is null, expected.value, null) as forecast_share,
        cast(greatest(kpi.period_end - greatest(last_days.last_day, targets.period_start - 1), 0) as bigint) as days_left,
        metrics.adds_up,
        kpi.currency
    from targets
    inner join metrics using (metric)
    inner join kpi
        on
            targets.shop = kpi.shop
            and targets.metric = kpi.metric
            and kpi.entity_type = 'shop'
            and targets.grain = kpi.grain
            and targets.period_start = kpi.period_start
    inner join last_days on targets.shop = last_days.shop
    left join attained
        on
            targets.shop = attained.shop
            and targets.metric || '/' || targets.grain = attained.entity
            and targets.period_start = attained.period_start
    left join expected
        on
            targets.shop = expected.shop
            and targets.metric || '/month' = expected.entity
            and targets.grain = 'month'
            and targets.period_start = expected.month_start
)

select
    shop,
    metric,
    grain,
    period_start,
    period_end,
    owner,
    action,
    target,
    actual,
    attainment,
    cast(forecast as double) as forecast,
    forecast_share,
    days_left,
    if(adds_up, not_below_zero(target - actual) / nullif(days_left, 0), null) as pace_needed,
    coalesce(attainment, forecast_share) >= 1 as is_on_course,
    currency
from joined
