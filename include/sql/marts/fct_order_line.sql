/*
grain: one row a line of an order, as its file has it (exact repeats are real lines)
partition: day
*/
with order_lines as (
    select *
    from staging.stg_order_lines
    semi join touched_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
)

select
    order_lines.shop,
    order_lines.day,
    order_lines.order_id,
    order_lines.product_id,
    order_lines.product_name,
    order_lines.quantity,
    order_lines.unit_price,
    cast(order_lines.quantity * order_lines.unit_price as decimal(18, 4)) as line_amount,
    shops.currency,
    order_lines.buyer,
    order_lines.region,
    order_lines.ordered_at,
    order_lines.load_id,
    order_lines.line
from order_lines
inner join shops using (shop)
