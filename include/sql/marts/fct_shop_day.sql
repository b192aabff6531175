/*
grain: one row a shop and day with orders, or of which an order export says that it had none
partition: day
note: >
  Orders in another currency than the shop's are in orders_other_currency only. A day that an order export speaks of
  and that has no order is a day of zeros, unless the shop never trades on that weekday. An order for which nothing was
  paid (a gift) is placed, but not paid. Refunds are missing while those of an order are unknown.
columns:
  orders_other_currency: Orders placed in another currency than the shop's, in no other number of the row
*/
with orders as (
    select *
    from marts.fct_order
    semi join touched_days using (shop, day)
),

covered_days as (
    select shop, day
    from intermediate.int_covered_days
    semi join touched_days using (shop, day)
    where input = 'orders'
),

shops as (
    select * from staging.stg_shops
),

counted as (
    select
        orders.shop,
        orders.day,
        orders.paid_gross,
        orders.refunded,
        orders.paid_net,
        orders.is_paid,
        shops.currency as shop_currency,
        orders.currency = shops.currency as is_own,
        true as is_order
    from orders
    inner join shops using (shop)
    union all by name
    select
        covered_days.shop,
        covered_days.day,
        0 as paid_gross,
        0 as refunded,
        0 as paid_net,
        false as is_paid,
        shops.currency as shop_currency,
        true as is_own,
        false as is_order
    from covered_days
    inner join shops using (shop)
    anti join orders using (shop, day)
    where not list_contains(shops.closed_weekdays, lower(left(dayname(covered_days.day), 3)))
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    cast(count(*) filter (where is_order and is_own) as bigint) as orders_placed,
    cast(count(*) filter (where is_own and is_paid and paid_gross > 0) as bigint) as orders_paid,
    cast(sum(paid_gross) filter (where is_own) as decimal(18, 2)) as revenue,
    cast(whole_sum(if(is_own, refunded, null), if(is_own, 1, null)) as decimal(18, 2)) as refunded,
    cast(whole_sum(if(is_own, paid_net, null), if(is_own, 1, null)) as decimal(18, 2)) as net_revenue,
    any_value(shop_currency) as currency,
    cast(count(*) filter (where not is_own) as bigint) as orders_other_currency
from counted
group by shop, day
