/*
grain: one row per shop and day on which the refunds of orders are not those of their lines (paid orders with lines and known refunds)
partition: order
note: >
  What the lines lack is postage and added tax that went back, at most all of it. Both sides add currencies up, as sums
  for control and not as money; rows are the orders that differ, and none of them is found.
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_orders using (shop, order_id)
    where is_paid and refunded is not null and subtotal is not null
),

order_lines as (
    select *
    from marts.fct_order_line
    semi join changed_orders using (shop, order_id)
),

summed as (
    select shop, order_id, sum(refunded) as money
    from order_lines
    group by shop, order_id
    having count(refunded) = count(*)
),

allowed as (
    select
        orders.shop,
        orders.day,
        summed.money,
        least(
            greatest(summed.money, orders.refunded - not_below_zero(orders.paid_gross - orders.subtotal)), orders.refunded
        ) as money_allowed
    from orders
    inner join summed using (shop, order_id)
),

different as (
    select * from allowed
    where money != money_allowed
)

select 'expected' as side, shop, day, 1 as row_count, money_allowed as money
from different
union all by name
select 'found' as side, shop, day, 0 as row_count, money
from different
