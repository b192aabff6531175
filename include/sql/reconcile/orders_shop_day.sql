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
),

expected as (
    select orders.shop, orders.day, count(*) as row_count, sum(orders.paid_gross) as money
    from orders
    semi join shops using (shop, currency)
    group by orders.shop, orders.day
),

found as (
    select shop, day, orders_placed as row_count, revenue as money
    from shop_day
    where orders_placed > 0
),

compared as (
    select
        coalesce(expected.shop, found.shop) as shop,
        coalesce(expected.day, found.day) as day,
        coalesce(expected.row_count, 0) as rows_expected,
        coalesce(found.row_count, 0) as rows_found,
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
