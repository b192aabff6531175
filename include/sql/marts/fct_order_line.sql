/*
grain: one row a line of an order, as its file has it (exact repeats are real lines)
partition: day
note: >
  A line lies on the day of its order. Where no export says when the order was placed, the line waits on the day of
  its own export: without status, is_paid and times, and in no KPI, until the order list comes.
columns:
  is_paid: Whether the line was paid; missing where the order is not known yet
*/
with order_lines as (
    select *
    from intermediate.int_order_lines
    semi join touched_orders using (shop, order_id)
),

orders as (
    select *
    from marts.fct_order
    semi join touched_orders using (shop, order_id)
),

shops as (
    select * from staging.stg_shops
),

placed as (
    select
        order_lines.* exclude (day, status, is_paid, buyer, region, currency, ordered_at, paid_at),
        coalesce(orders.day, order_lines.day) as day,
        orders.status,
        if(orders.input = 'orders', orders.is_paid, order_lines.is_paid) as is_paid,
        coalesce(order_lines.buyer, orders.buyer) as buyer,
        coalesce(order_lines.region, orders.region) as region,
        coalesce(order_lines.currency, orders.currency) as currency,
        coalesce(order_lines.ordered_at, orders.ordered_at) as ordered_at,
        coalesce(order_lines.paid_at, orders.paid_at) as paid_at
    from order_lines
    left join orders using (shop, order_id)
),

touched as (
    select *
    from placed
    semi join touched_days using (shop, day)
)

select
    touched.shop,
    touched.day,
    touched.order_id,
    touched.line_id,
    touched.product_id,
    touched.sku,
    touched.item_number,
    touched.product_name,
    touched.spec,
    touched.status,
    touched.is_paid,
    touched.quantity,
    touched.unit_price,
    cast(coalesce(touched.line_amount, touched.quantity * touched.unit_price) as decimal(18, 4)) as line_amount,
    touched.line_paid,
    touched.line_refunded as refunded,
    touched.refund_status,
    coalesce(touched.currency, shops.currency) as currency,
    touched.buyer,
    touched.region,
    touched.ordered_at,
    touched.paid_at,
    touched.source,
    touched.load_id,
    touched.line
from touched
inner join shops using (shop)
