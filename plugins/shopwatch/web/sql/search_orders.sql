/*
grain: one row per order with exactly this id, in letters of any width
*/
with orders as (
    select * from marts.fct_order
    where order_id in (select unnest($order_ids))
),

shops as (
    select * from marts.dim_shop
)

select
    orders.shop,
    coalesce(shops.title, orders.shop) as shop_title,
    orders.order_id,
    orders.day,
    orders.status,
    orders.is_paid,
    orders.paid_gross,
    orders.refunded,
    orders.currency,
    orders.ordered_at,
    orders.paid_at,
    orders.shipped_at
from orders
left join shops using (shop)
order by orders.shop
