/*
grain: one row per shop whose paid order lines name stock-keeping units
*/
with order_lines as (
    select shop, order_id from marts.fct_order_line
    where sku is not null and is_paid
),

orders as (
    select shop, order_id from marts.fct_order
)

select distinct order_lines.shop
from order_lines
semi join orders using (shop, order_id)
