/*
grain: one row a shop and day with orders
partition: day
note: orders in another currency than the shop's are in orders_other_currency only
columns:
  orders_other_currency: Orders placed in another currency than the shop's, in no other number of the row
*/
with orders as (
    select *
    from marts.fct_order
    semi join touched_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
),

counted as (
    select
        orders.*,
        shops.currency as shop_currency,
        orders.currency = shops.currency as is_own
    from orders
    inner join shops using (shop)
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    cast(count(*) filter (where is_own) as bigint) as orders_placed,
    cast(count(*) filter (where is_own and is_paid) as bigint) as orders_paid,
    cast(sum(paid) filter (where is_own) as decimal(18, 2)) as revenue,
    cast(sum(refunded) filter (where is_own) as decimal(18, 2)) as refunded,
    cast(sum(net) filter (where is_own) as decimal(18, 2)) as net_revenue,
    any_value(shop_currency) as currency,
    cast(count(*) filter (where not is_own) as bigint) as orders_other_currency
from counted
group by shop, day
