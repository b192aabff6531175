/*
grain: one row a shop, week and target of the week or of the month that the week ends in
note: >
  How far each target is reached, and whether it will be. Every number is that of kpi.fct_kpi (target_attainment, and
  target_forecast of the week's last day that has one). A week ends in the month of its last day, an open one in that of
  the night.
columns:
  target_metric: KPI that the target is for
  target_grain: Length of the period that the target is for (week, month)
  period_start: First day of that period
  actual: What has been reached
  target: The value aimed at
  attainment: How far it is reached, 1 is the target; where down is better the inverse (meta.metrics)
  attainment_last_week: attainment as it stands for the period of the week before
  forecast: The value that the period will come to at its pace
  forecast_share: forecast by the target, 1 is the target (meta.metrics)
  is_reached: Whether the target is reached
  is_within_reach: Whether it will be, at this pace; missing where there is no forecast
  completeness: Share of the period's days for which an export of every input is there; 1 is complete
*/
with kpi as (
    select * from kpi.fct_kpi
    where entity_type = 'target' and metric in ('target_attainment', 'target_forecast')
),

weeks as (
    select * from marts.dim_week
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'target'
),

night as (
    select night from seed.night
),

-- The last day of each week that anything is known of.
days as (
    select
        weeks.week_start,
        least(cast(weeks.week_start + 6 as date), night.night) as last_day
    from weeks
    cross join night
    where weeks.week_start <= night.night
),

reached as (
    select
        kpi.*,
        days.week_start
    from kpi
    inner join days
        on
            kpi.period_start <= days.last_day
            and kpi.period_end >= days.last_day
    where kpi.metric = 'target_attainment' and kpi.grain in ('week', 'month')
),

expected as (
    select
        kpi.*,
        days.week_start
    from kpi
    inner join days
        on
            kpi.period_start >= days.week_start
            and kpi.period_start <= days.last_day
    where kpi.metric = 'target_forecast' and kpi.grain = 'day'
    qualify row_number() over (
        partition by kpi.shop, kpi.entity, days.week_start
        order by kpi.period_start desc
    ) = 1
)

select
    reached.shop,
    reached.week_start,
    cast(reached.week_start + 6 as date) as week_end,
    reached.entity,
    entities.name as entity_name,
    split_part(reached.entity, '/', 1) as target_metric,
    reached.grain as target_grain,
    reached.period_start,
    reached.numerator as actual,
    reached.denominator as target,
    reached.value as attainment,
    last_week.value as attainment_last_week,
    expected.numerator as forecast,
    expected.value as forecast_share,
    reached.value >= 1 as is_reached,
    expected.value >= 1 as is_within_reach,
    reached.currency,
    reached.coverage as completeness,
    reached.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from reached
cross join night
left join reached as last_week
    on
        reached.shop = last_week.shop
        and reached.entity = last_week.entity
        and reached.week_start = last_week.week_start + 7
left join expected
    on
        reached.shop = expected.shop
        and reached.entity = expected.entity
        and reached.week_start = expected.week_start
left join entities
    on
        reached.shop = entities.shop
        and reached.entity = entities.entity
