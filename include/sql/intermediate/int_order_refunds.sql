/*
grain: one row an order that refund exports speak of
partition: order
columns:
  refunded: Sum of the refunds that were carried out
*/
with refunds as (
    select *
    from staging.stg_refunds
    semi join touched_orders using (shop, order_id)
)

select
    shop,
    order_id,
    cast(coalesce(sum(amount) filter (where status = 'refunded'), 0) as decimal(18, 2)) as refunded
from refunds
group by shop, order_id
