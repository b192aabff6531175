/*
grain: one row per shop and day on which the lines of orders do not add up to the orders' subtotals (orders with lines)
partition: order
note: both sides add currencies up, as sums for control and not as money; rows are orders
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_orders using (shop, order_id)
),

order_lines as (
    select *
    from marts.fct_order_line
    semi join changed_orders using (shop, order_id)
),

summed as (
    select shop, order_id, sum(revenue) as money
    from order_lines
    where is_paid is not null
    group by shop, order_id
),

expected as (
    select shop, day, count(*) as row_count, sum(subtotal) as money
    from orders
    semi join order_lines using (shop, order_id)
    group by shop, day
),

found as (
    select orders.shop, orders.day, count(*) as row_count, sum(summed.money) as money
    from summed
    inner join orders using (shop, order_id)
    group by orders.shop, orders.day
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
