/*
grain: one row per shop and day whose orders are not the paid lines that make them (orders whose lines all state what was paid)
partition: order
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_orders using (shop, order_id)
    where input = 'order_lines'
),

order_lines as (
    select *
    from marts.fct_order_line
    semi join changed_orders using (shop, order_id)
),

whole_orders as (
    select shop, order_id
    from staging.stg_order_lines
    semi join changed_orders using (shop, order_id)
    where order_paid is not null or coalesce(order_refunded, 0) != 0
),

summed as (
    select shop, order_id, sum(line_paid) filter (where is_paid) as money
    from order_lines
    anti join whole_orders using (shop, order_id)
    group by shop, order_id
    having bool_and(line_paid is not null and line_paid >= 0 and is_paid is not null)
)

select 'expected' as side, orders.shop, orders.day, 1 as row_count, coalesce(summed.money, 0) as money
from orders
inner join summed using (shop, order_id)
union all by name
select 'found' as side, orders.shop, orders.day, 1 as row_count, orders.paid_gross as money
from orders
semi join summed using (shop, order_id)
