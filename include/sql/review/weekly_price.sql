/*
grain: one row a shop, week and product
note: >
  Price tiers and the position against competitors.
  Every number is that of kpi.fct_kpi: of a KPI of weeks the week's, of one of days that of the last day of the week
  that has one. Missing where no export tells it.
columns:
  price_position: Our everyday price divided by the mean price of competing products (meta.metrics)
  price_position_last_week: price_position of the week before
  price_tier_faults: Prices that are out of order (campaign above member, member above everyday) (meta.metrics)
  price_tier_faults_last_week: price_tier_faults of the week before
  margin: Margin as a share of the price (meta.metrics)
  margin_last_week: margin of the week before
  completeness: Share of the days for which an export of every input is there, of the KPI that lacks most; 1 is complete
*/
with kpi as (
    select
        *,
        cast(date_trunc('week', period_start) as date) as week_start
    from kpi.fct_kpi
    where
        grain in ('day', 'week')
        and entity_type in ('product')
        and metric in ('price_position', 'price_tier_faults', 'margin')
),

entities as (
    select * from marts.dim_entity
),

night as (
    select night from seed.night
),

of_week as (
    select kpi.*
    from kpi
    cross join night
    where kpi.period_start <= night.night
    qualify row_number() over (
        partition by kpi.shop, kpi.metric, kpi.entity_type, kpi.entity, kpi.week_start
        order by kpi.grain desc, kpi.period_start desc
    ) = 1
),

side_by_side as (
    select
        shop,
        week_start,
        entity_type,
        entity,
        max(value) filter (where metric = 'price_position') as price_position,
        max(value) filter (where metric = 'price_tier_faults') as price_tier_faults,
        max(value) filter (where metric = 'margin') as margin,
        sum(at_stake) as at_stake,
        min(coverage) as completeness,
        any_value(currency) as currency
    from of_week
    group by shop, week_start, entity_type, entity
)

select
    this_week.shop,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.entity_type,
    this_week.entity,
    entities.name as entity_name,
    this_week.price_position,
    last_week.price_position as price_position_last_week,
    this_week.price_tier_faults,
    last_week.price_tier_faults as price_tier_faults_last_week,
    this_week.margin,
    last_week.margin as margin_last_week,
    cast(this_week.at_stake as decimal(18, 2)) as at_stake,
    this_week.currency,
    this_week.completeness,
    this_week.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from side_by_side as this_week
cross join night
left join side_by_side as last_week
    on
        this_week.shop = last_week.shop
        and this_week.entity_type = last_week.entity_type
        and this_week.entity = last_week.entity
        and this_week.week_start = last_week.week_start + 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.entity_type = entities.entity_type
        and this_week.entity = entities.entity
