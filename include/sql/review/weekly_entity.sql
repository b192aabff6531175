/*
grain: one row per shop, week, KPI, and the shop or a thing that the KPI is about
partition: onward
note: >
  Every number is that of kpi.fct_kpi. A KPI of weeks gives its week; one of days gives the last day of the week that it
  has, as of then (see grain). All KPIs of the shop are here; of things those of market, set-up,
  fulfilment, service and prices, as other products, units and campaigns have tables of their own.
columns:
  grain: Length of the period that the value is of (week; day is the last day of the week that has one)
  period_start: First day of the period that the value is of
  period_end: Last day of the period that the value is of
  value_last_week: value of the week before
  completeness: Share of the period's days for which an export of every input is there; 1 is complete
*/
with kpi as (
    select
        *,
        cast(date_trunc('week', period_start) as date) as week_start
    from kpi.fct_kpi
    where grain in ('day', 'week') and period_start >= first_week() - 7
),

metrics as (
    select * from seed.metrics
),

entities as (
    select * from marts.dim_entity
),

night as (
    select night from meta.night
),

-- Of a KPI that has both grains the week counts.
of_week as (
    select
        kpi.*,
        kpi.week_start + 6 <= night.night as is_closed,
        night.night as as_of
    from kpi
    inner join metrics using (metric)
    cross join night
    where
        kpi.period_start <= night.night
        and (
            kpi.entity_type = 'shop'
            or metrics.stage in (1, 2, 5, 6)
            or kpi.metric in ('margin', 'price_tier_faults')
        )
    qualify row_number() over (
        partition by kpi.shop, kpi.metric, kpi.entity_type, kpi.entity, kpi.week_start
        order by kpi.grain desc, kpi.period_start desc
    ) = 1
)

select
    this_week.shop,
    this_week.metric,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.entity_type,
    this_week.entity,
    entities.name as entity_name,
    this_week.grain,
    this_week.period_start,
    this_week.period_end,
    this_week.value,
    last_week.value as value_last_week,
    this_week.numerator,
    this_week.denominator,
    this_week.at_stake,
    this_week.currency,
    this_week.coverage as completeness,
    this_week.is_closed,
    this_week.as_of
from of_week as this_week
left join of_week as last_week
    on
        this_week.shop = last_week.shop
        and this_week.metric = last_week.metric
        and this_week.entity_type = last_week.entity_type
        and this_week.entity = last_week.entity
        and this_week.week_start = last_week.week_start + 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.entity_type = entities.entity_type
        and this_week.entity = entities.entity
