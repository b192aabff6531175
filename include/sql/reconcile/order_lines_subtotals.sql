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
)

select 'expected' as side, shop, day, 1 as row_count, subtotal as money
from orders
semi join order_lines using (shop, order_id)
union all by name
select 'found' as side, orders.shop, orders.day, 1 as row_count, summed.money
from summed
inner join orders using (shop, order_id)
