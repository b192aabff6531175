/*
grain: one row a product and day of a traffic report
partition: day
*/
with product_day as (
    select *
    from raw.product_day
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    product_id,
    product_name,
    item_number,
    product_status,
    visitors,
    views,
    cart_buyers,
    order_buyers,
    pay_buyers,
    pay_pieces,
    pay_amount,
    refunded,
    source,
    load_id,
    line
from product_day
