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

expected as (
    select shop, week_start as day, sum(refunded) as money
    from order_lines
    semi join shops using (shop, currency)
    group by shop, week_start
    having count(refunded) = count(*)
),

found as (
    select shop, week_start as day, sum(refunded) as money
    from sales_week
    group by shop, week_start
),

compared as (
    select
        expected.shop,
        expected.day,
        cast(0 as bigint) as rows_expected,
        cast(0 as bigint) as rows_found,
        cast(expected.money as decimal(18, 2)) as money_expected,
        cast(coalesce(found.money, 0) as decimal(18, 2)) as money_found
    from expected
    left join found using (shop, day)
)

select shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where money_expected != money_found
