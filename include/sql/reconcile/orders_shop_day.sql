/*
grain: one row per shop and day whose orders in fct_order are not those of fct_shop_day
*/
with shops as (
    select * from marts.dim_shop
),

orders as (
    select * from marts.fct_order
),

shop_day as (
    select * from marts.fct_shop_day
    where orders_placed > 0
)

select 'expected' as side, shop, day, 1 as row_count, paid_gross as money
from orders
semi join shops using (shop, currency)
union all by name
select 'found' as side, shop, day, orders_placed as row_count, revenue as money
from shop_day
