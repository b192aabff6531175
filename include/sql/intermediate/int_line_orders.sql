/*
grain: one row an order of a line-level export
partition: day
note: an order whose lines sum below zero is a cancellation of an earlier one, so it is a refund
*/
with order_lines as (
    select *
    from staging.stg_order_lines
    semi join touched_days using (shop, day)
),

summed as (
    select
        shop,
        day,
        order_id,
        any_value(buyer order by line) as buyer,
        any_value(region order by line) as region,
        cast(sum(quantity) as bigint) as quantity,
        cast(round(sum(quantity * unit_price), 2) as decimal(18, 2)) as amount,
        min(ordered_at) as ordered_at,
        min(load_id) as load_id
    from order_lines
    group by shop, day, order_id
)

select
    shop,
    day,
    order_id,
    buyer,
    region,
    if(amount < 0, 'refund', 'paid') as status,
    quantity,
    greatest(amount, 0) as paid,
    greatest(-amount, 0) as refunded,
    ordered_at,
    load_id
from summed
