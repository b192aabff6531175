/*
grain: one row an order of an order-level export
partition: day
*/
with orders as (
    select *
    from raw.orders
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    order_id,
    buyer,
    province,
    city,
    status,
    close_reason,
    quantity,
    payable,
    postage,
    paid,
    refunded,
    currency,
    ordered_at,
    paid_at,
    shipped_at,
    completed_at,
    source,
    load_id,
    line
from orders
