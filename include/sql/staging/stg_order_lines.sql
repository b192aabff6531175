/*
grain: one row a line of a line-level export
partition: day
*/
with order_lines as (
    select *
    from raw.order_lines
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    order_id,
    product_id,
    product_name,
    quantity,
    unit_price,
    buyer,
    region,
    ordered_at,
    source,
    load_id,
    line
from order_lines
