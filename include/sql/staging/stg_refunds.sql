/*
grain: one row a refund of a refund export
partition: day
columns:
  paid_at: When the order was paid, in the shop's time zone
  status: "Where the refund stands (applied, approved, returned, refunded, refused, closed)"
*/
with refunds as (
    select *
    from raw.refunds
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    refund_id,
    order_id,
    line_id,
    product_id,
    amount,
    status,
    reason,
    kind,
    applied_at,
    completed_at,
    paid_at,
    source,
    load_id,
    line
from refunds
