/*
grain: one row per shop and week whose products are not refunded what their paid order lines are (weeks whose refunds are all known)
*/
with order_lines as (
    select
        *,
        cast(date_trunc('week', day) as date) as week_start
    from marts.fct_order_line
    where is_paid
),

sales_week as (
    select * from marts.fct_product_sales_week
),

shops as (
    select * from staging.stg_shops
),

known_weeks as (
    select shop, week_start, sum(refunded) as money
    from order_lines
    semi join shops using (shop, currency)
    group by shop, week_start
    having count(refunded) = count(*)
)

select 'expected' as side, shop, week_start as day, 0 as row_count, money
from known_weeks
union all by name
select 'found' as side, shop, week_start as day, 0 as row_count, refunded as money
from sales_week
semi join known_weeks using (shop, week_start)
