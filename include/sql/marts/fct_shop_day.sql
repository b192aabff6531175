/*
grain: one row per shop and day with orders, or that an order export covers and that had none
partition: day
note: >
  Orders in another currency than the shop's are in orders_other_currency only. A day that an order export covers
  and that has no order is a day of zeros, unless the shop never trades on that weekday. An order for which nothing was
  paid (a gift) is placed, but not paid. Refunds are missing while those of an order are unknown; on a day without
  orders, where neither its order export reports refunds nor a refund export covers it.
columns:
  orders_refunded: Orders with a refund, in whole or in part; missing while the refunds of an order are unknown
  orders_other_currency: Orders placed in another currency than the shop's, in no other number of the row
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_days using (shop, day)
),

covered_days as (
    select *
    from intermediate.int_covered_days
    semi join changed_days using (shop, day)
),

loads as (
    select * from staging.stg_loads
),

money as (
    select * from seed.money
),

refund_loads as (
    select loads.load_id
    from loads
    inner join money using (source)
    where money.is_refund_here
),

order_covered_days as (
    select shop, day, unnest(load_ids) as load_id
    from covered_days
    where input = 'orders'
),

empty_days as (
    select
        order_covered_days.shop,
        order_covered_days.day,
        bool_or(refund_loads.load_id is not null or refund_days.day is not null) as is_refund_known
    from order_covered_days
    anti join orders using (shop, day)
    left join refund_loads using (load_id)
    left join covered_days as refund_days
        on
            order_covered_days.shop = refund_days.shop
            and order_covered_days.day = refund_days.day
            and refund_days.input = 'refunds'
    group by order_covered_days.shop, order_covered_days.day
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
        empty_days.shop,
        empty_days.day,
        0 as paid_gross,
        if(empty_days.is_refund_known, 0, null) as refunded,
        if(empty_days.is_refund_known, 0, null) as paid_net,
        false as is_paid,
        shops.currency as shop_currency,
        true as is_own,
        false as is_order
    from empty_days
    inner join shops using (shop)
    where not list_contains(shops.closed_weekdays, lower(left(dayname(empty_days.day), 3)))
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
    cast(whole_sum(if(is_own, if(refunded > 0, 1, refunded), null), if(is_own, 1, null)) as bigint) as orders_refunded,
    any_value(shop_currency) as currency,
    cast(count(*) filter (where not is_own) as bigint) as orders_other_currency
from counted
group by shop, day
