/*
grain: one row per shop with stock lists of its own, where paid order lines of a shop that it supplies name stock-keeping units
*/
with order_lines as (
    select distinct shop from marts.fct_order_line
    where sku is not null and is_paid and revenue is not null
),

shops as (
    select * from staging.stg_shops
)

select distinct coalesce(shops.stock_of, shops.shop) as shop
from order_lines
inner join shops using (shop)
