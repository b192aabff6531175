/*
grain: one row per refund
partition: day
note: >
  Lies on the day on which the refund was completed, else applied for. What went back for an order is in fct_order on
  the day of the order.
columns:
  kind: Kind of refund, in the platform's words
  reason: What the buyer chose from the platform's list of reasons
  fault: >-
    What that reason blames the shop for (description, quality, damage, wrong_item, delivery); missing where it blames
    nobody
  status: "State of the refund (applied, approved, returned, refunded, refused, closed)"
  completed_at: When the refund was carried out or closed, in the shop's time zone
  order_day: Business day of the order; missing where no export lists the order
*/
with refunds as (
    select *
    from staging.stg_refunds
    semi join changed_days using (shop, day)
),

orders as (
    select *
    from marts.fct_order
    semi join changed_orders using (shop, order_id)
),

shops as (
    select * from staging.stg_shops
)

select
    refunds.shop,
    refunds.day,
    refunds.refund_id,
    refunds.order_id,
    refunds.line_id,
    refunds.product_id,
    orders.day as order_day,
    refunds.status,
    refunds.amount,
    coalesce(orders.currency, shops.currency) as currency,
    refunds.reason,
    refunds.fault,
    refunds.kind,
    refunds.applied_at,
    refunds.completed_at,
    refunds.load_id
from refunds
left join orders using (shop, order_id)
inner join shops on refunds.shop = shops.shop
