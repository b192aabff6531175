/*
grain: one row per order
partition: order
note: >
  The part of an order's money that is not for goods: postage and added tax. The order list states them, else the
  lines do, once for the order or each for itself (paid lines only). Tax that prices include is part of the goods.
columns:
  subtotal: Money for the goods after all discounts, where the export states it (Shopify's Subtotal)
  postage: Postage and wrapping less the discounts on them; 0 where no export states any
  added_tax: Tax on top of the prices; 0 where no export states any
*/
with orders as (
    select shop, order_id, postage
    from staging.stg_orders
    semi join changed_orders using (shop, order_id)
    qualify row_number() over (partition by shop, order_id order by source) = 1
),

order_lines as (
    select *
    from intermediate.int_order_lines
    semi join changed_orders using (shop, order_id)
),

summed as (
    select
        shop,
        order_id,
        max(order_subtotal) as subtotal,
        coalesce(
            max(order_postage),
            sum(coalesce(line_postage, 0) - coalesce(line_postage_discount, 0)) filter (where is_paid),
            0
        ) as postage,
        coalesce(max(order_tax), sum(added_tax) filter (where is_paid), 0) as added_tax
    from order_lines
    group by shop, order_id
)

select
    shop,
    order_id,
    cast(summed.subtotal as decimal(18, 2)) as subtotal,
    cast(coalesce(orders.postage, summed.postage, 0) as decimal(18, 2)) as postage,
    cast(coalesce(summed.added_tax, 0) as decimal(18, 2)) as added_tax
from orders
full join summed using (shop, order_id)
order by order_id
