/*
grain: one row per shop, week and product
note: Price tiers and the position against competitors, side by side (review.weekly_entity). Missing where no export reports it.
columns:
  price_position: Everyday price by the mean price of competing products (meta.metrics)
  price_position_last_week: price_position of the week before; missing where the week has none itself
  price_tier_faults: Prices that are out of order (meta.metrics)
  price_tier_faults_last_week: price_tier_faults of the week before; missing where the week has none itself
  margin: Margin as a share of the paid amount (meta.metrics)
  margin_last_week: margin of the week before; missing where the week has none itself
  at_stake: The greatest money at stake in one of these KPIs; no sum, as they may count the same money
  completeness: Share of the days for which an export of every input is there, of the KPI that lacks most; 1 is complete
*/
with things as (
    select * from review.weekly_entity
    where
        entity_type = 'product'
        and metric in ('price_position', 'price_tier_faults', 'margin')
)

select
    shop,
    week_start,
    week_end,
    entity_type,
    entity,
    entity_name,
    max(value) filter (where metric = 'price_position') as price_position,
    max(value_last_week) filter (where metric = 'price_position') as price_position_last_week,
    max(value) filter (where metric = 'price_tier_faults') as price_tier_faults,
    max(value_last_week) filter (where metric = 'price_tier_faults') as price_tier_faults_last_week,
    max(value) filter (where metric = 'margin') as margin,
    max(value_last_week) filter (where metric = 'margin') as margin_last_week,
    max(at_stake) as at_stake,
    currency,
    min(completeness) as completeness,
    is_closed,
    as_of
from things
group by all
