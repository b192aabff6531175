/*
grain: one row per shop, week and target of the week or of the month that the week ends in
note: >
  How far each target is reached, and whether it will be, as of the night (as_of), in all weeks of a month alike: every
  number is that of kpi.fct_target. What was forecast on an earlier day is in kpi.fct_kpi (target_forecast). A week ends in
  the month of its last day, an open one in that of the night. A target of which nothing is known is here without numbers.
columns:
  target_metric: KPI that the target is for
  target_grain: Length of the period that the target is for (week, month)
  period_start: First day of that period
  actual: What has been reached by the night, of a running period so far
  target: The value aimed at
  attainment: How far it is reached, 1 is the target; where down is better the inverse; missing while the period runs
  attainment_last_week: attainment of the period of the week before
  forecast: The value that a running month will come to at its pace by the night; missing where the KPI does not add up over days
  forecast_share: forecast by the target, 1 is the target (meta.metrics)
  is_reached: Whether the target is reached; missing while the period runs
  is_within_reach: Whether it will be, at this pace; missing where there is no forecast
  completeness: Share of the period's days for which an export of every input of the KPI is there; 1 is complete
*/
with targets as (
    select * from staging.stg_targets
),

fct_target as (
    select * from kpi.fct_target
),

kpi as (
    select * from kpi.fct_kpi
    where entity_type = 'shop'
),

shops as (
    select shop, currency from marts.dim_shop
),

weeks as (
    select distinct week_start from marts.dim_week
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'target'
),

night as (
    select night from meta.night
),

-- The last day of each week that anything is known of.
days as (
    select
        weeks.week_start,
        least(cast(weeks.week_start + 6 as date), night.night) as last_day,
        weeks.week_start + 6 <= night.night as is_closed,
        night.night as as_of
    from weeks
    cross join night
    where weeks.week_start <= night.night
),

aimed as (
    select
        targets.*,
        targets.metric || '/' || targets.grain as entity,
        days.week_start,
        days.is_closed,
        days.as_of
    from targets
    inner join days
        on
            targets.period_start <= days.last_day
            and period_end(targets.grain, targets.period_start) >= days.last_day
),

reached as (
    select
        aimed.*,
        fct_target.actual,
        fct_target.attainment,
        fct_target.forecast,
        fct_target.forecast_share,
        fct_target.days_left,
        fct_target.pace_needed
    from aimed
    left join fct_target using (shop, metric, grain, period_start)
)

select
    reached.shop,
    reached.week_start,
    cast(reached.week_start + 6 as date) as week_end,
    reached.entity,
    entities.name as entity_name,
    reached.metric as target_metric,
    reached.grain as target_grain,
    reached.period_start,
    reached.owner,
    reached.action,
    reached.actual,
    reached.target,
    reached.attainment,
    last_week.attainment as attainment_last_week,
    reached.forecast,
    reached.forecast_share,
    reached.days_left,
    reached.pace_needed,
    reached.attainment >= 1 as is_reached,
    reached.forecast_share >= 1 as is_within_reach,
    shops.currency,
    kpi.coverage as completeness,
    reached.is_closed,
    reached.as_of
from reached
inner join shops using (shop)
left join reached as last_week
    on
        reached.shop = last_week.shop
        and reached.entity = last_week.entity
        and reached.week_start = last_week.week_start + 7
left join kpi
    on
        reached.shop = kpi.shop
        and reached.metric = kpi.metric
        and reached.grain = kpi.grain
        and reached.period_start = kpi.period_start
left join entities
    on
        reached.shop = entities.shop
        and reached.entity = entities.entity
