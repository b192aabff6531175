/*
grain: one row per shop and week whose products do not add up to the paid order lines in the shop's currency
note: rows are pieces
*/
with order_lines as (
    select * from marts.fct_order_line
    where is_paid
),

sales_week as (
    select * from marts.fct_product_sales_week
),

shops as (
    select * from staging.stg_shops
)

select 'expected' as side, shop, cast(date_trunc('week', day) as date) as day, quantity as row_count, revenue as money
from order_lines
semi join shops using (shop, currency)
union all by name
select 'found' as side, shop, week_start as day, quantity as row_count, revenue as money
from sales_week
