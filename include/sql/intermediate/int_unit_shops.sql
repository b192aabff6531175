/*
grain: one row per shop with stock lists of its own, where paid order lines of a shop that it supplies name stock-keeping units
*/
with order_lines as (
    select shop, order_id from marts.fct_order_line
    where sku is not null and is_paid
),

orders as (
    select shop, order_id from marts.fct_order
),

shops as (
    select * from staging.stg_shops
)

select distinct coalesce(shops.stock_of, shops.shop) as shop
from order_lines
inner join shops using (shop)
semi join orders using (shop, order_id)
