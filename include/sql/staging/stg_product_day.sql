/*
grain: one row per product and day of a traffic report, or per SKU of it (Amazon)
partition: day
*/
with product_day as (
    select *
    from raw.product_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    product_id,
    sku,
    product_name,
    category,
    item_number,
    product_status,
    visitors,
    sessions,
    views,
    search_impressions,
    search_clicks,
    cart_buyers,
    order_buyers,
    order_pieces,
    order_items,
    orders_placed,
    order_amount,
    pay_buyers,
    pay_pieces,
    pay_orders,
    pay_amount,
    refunded,
    source,
    load_id,
    line
from product_day
order by day
