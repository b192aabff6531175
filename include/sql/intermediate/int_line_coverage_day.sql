/*
grain: one row per shop and day with paid orders
partition: day
columns:
  orders_paid: Paid orders of the day, in any currency
  orders_with_lines: Those of them of which an export has lines
*/
with orders as (
    select shop, day, order_id
    from marts.fct_order
    semi join changed_days using (shop, day)
    where is_paid
),

lines as (
    select distinct shop, order_id
    from marts.fct_order_line
    semi join changed_days using (shop, day)
)

select
    orders.shop,
    orders.day,
    cast(count(*) as bigint) as orders_paid,
    cast(count(lines.order_id) as bigint) as orders_with_lines
from orders
left join lines using (shop, order_id)
group by orders.shop, orders.day
