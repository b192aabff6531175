/*
grain: one row per shop, stock-keeping unit and week, from its last count in the week
partition: onward
columns:
  pieces_to_order: Pieces to order on the day of the count (meta.metrics); missing where restock days are unknown
*/
with stock_day as (
    select * from marts.fct_stock_day
    where day >= first_week() - 7
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'sku'
),

to_order as (
    select * from kpi.fct_kpi
    where metric = 'pieces_to_order' and grain = 'day' and period_start >= first_week()
),

night as (
    select night from meta.night
),

counted as (
    select
        stock_day.shop,
        stock_day.sku,
        stock_day.week_start,
        max(stock_day.day) as counted_on,
        max_by(stock_day.on_hand, stock_day.day) as on_hand,
        max_by(stock_day.available, stock_day.day) as available,
        max_by(stock_day.on_order, stock_day.day) as on_order,
        max_by(stock_day.pieces_7_days, stock_day.day) as pieces_7_days,
        max_by(stock_day.sales_7_days, stock_day.day) as sales_7_days,
        any_value(stock_day.currency) as currency,
        count(*) as days_counted
    from stock_day
    cross join night
    where stock_day.day <= night.night
    group by stock_day.shop, stock_day.sku, stock_day.week_start
)

select
    this_week.shop,
    this_week.sku,
    entities.name as product_name,
    entities.item_number,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.counted_on,
    this_week.on_hand,
    this_week.available,
    last_week.available as available_last_week,
    change(this_week.available, last_week.available) as available_change,
    this_week.on_order,
    cast(to_order.value as bigint) as pieces_to_order,
    this_week.pieces_7_days,
    this_week.sales_7_days,
    this_week.currency,
    cast(this_week.days_counted as double) / 7 as completeness,
    this_week.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from counted as this_week
cross join night
left join counted as last_week
    on
        this_week.shop = last_week.shop
        and this_week.sku = last_week.sku
        and this_week.week_start = last_week.week_start + 7
left join to_order
    on
        this_week.shop = to_order.shop
        and this_week.sku = to_order.entity
        and this_week.counted_on = to_order.period_start
left join entities
    on
        this_week.shop = entities.shop
        and this_week.sku = entities.entity
