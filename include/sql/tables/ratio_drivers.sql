/*
grain: >
  one row per shop, KPI, dimension and driver of the change of a ratio against the week before, the dimension that explains
  most first
*/
with drivers as (
    select * from marts.fct_ratio_driver_week
    where week_start = $week
),

metrics as (
    select * from meta.metrics
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
)

select
    drivers.*,
    'ratio_' || drivers.metric as ratio_name,
    metrics.unit,
    shops.currency,
    'dimension_' || drivers.dimension as dimension_name,
    coalesce(entities.name, drivers.driver) as driver_name,
    case
        when drivers.driver_kind != 'driver' then 'driver_' || drivers.driver_kind
        when drivers.dimension = 'buyer_kind' then 'buyer_' || drivers.driver
    end as driver_word
from drivers
inner join metrics using (metric)
left join shops on drivers.shop = shops.shop
left join entities
    on
        drivers.shop = entities.shop
        and drivers.dimension = entities.entity_type
        and drivers.driver = entities.entity
order by drivers.shop, metrics.stage, drivers.metric, drivers.dimension_rank, drivers.rank
