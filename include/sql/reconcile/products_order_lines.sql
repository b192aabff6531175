/*
grain: one row per shop and week whose products do not add up to the paid order lines in the shop's currency
note: rows are pieces
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
    select shop, week_start as day, sum(quantity) as row_count, sum(revenue) as money
    from order_lines
    semi join shops using (shop, currency)
    group by shop, week_start
),

found as (
    select shop, week_start as day, sum(quantity) as row_count, sum(revenue) as money
    from sales_week
    group by shop, week_start
),

compared as (
    select
        coalesce(expected.shop, found.shop) as shop,
        coalesce(expected.day, found.day) as day,
        cast(coalesce(expected.row_count, 0) as bigint) as rows_expected,
        cast(coalesce(found.row_count, 0) as bigint) as rows_found,
        cast(coalesce(expected.money, 0) as decimal(18, 2)) as money_expected,
        cast(coalesce(found.money, 0) as decimal(18, 2)) as money_found
    from expected
    full join found
        on
            expected.shop = found.shop
            and expected.day = found.day
)

select shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where rows_expected != rows_found or money_expected != money_found
