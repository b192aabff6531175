/*
grain: one row per product and day
partition: day
note: the platform counts a visitor once a product and day, so visitors do not add up over products
*/
with product_day as (
    select *
    from staging.stg_product_day
    semi join changed_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
)

select
    product_day.shop,
    product_day.day,
    cast(date_trunc('week', product_day.day) as date) as week_start,
    product_day.product_id,
    product_day.item_number,
    product_day.visitors,
    product_day.views,
    product_day.cart_buyers,
    product_day.order_buyers,
    product_day.pay_buyers,
    product_day.pay_pieces,
    product_day.pay_amount,
    product_day.refunded,
    shops.currency,
    product_day.load_id
from product_day
inner join shops using (shop)
