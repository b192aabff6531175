/*
grain: one row per product and day
partition: day
note: >
  The platform counts a visitor once a product and day, so visitors do not add up over products. Of a report by SKU
  (Amazon) pieces and money of a product's SKUs add up. Amazon defines views for the product: where all its SKUs have the
  same number, it is the product's; different numbers are parts of it.
columns:
  refunded: Money given back on the day, by the day of the refund, as the traffic report has it; missing where it has none
*/
with product_day as (
    select *
    from staging.stg_product_day
    semi join changed_days using (shop, day)
),

products as (
    select
        shop,
        day,
        product_id,
        max(item_number) as item_number,
        cast(sum(visitors) as bigint) as visitors,
        cast(if(min(views) = max(views), max(views), sum(views)) as bigint) as views,
        cast(sum(search_impressions) as bigint) as search_impressions,
        cast(sum(search_clicks) as bigint) as search_clicks,
        cast(sum(cart_buyers) as bigint) as cart_buyers,
        cast(sum(order_buyers) as bigint) as order_buyers,
        cast(sum(pay_buyers) as bigint) as pay_buyers,
        cast(sum(pay_pieces) as bigint) as pay_pieces,
        cast(sum(pay_amount) as decimal(18, 2)) as pay_amount,
        cast(sum(refunded) as decimal(18, 2)) as refunded,
        min(load_id) as load_id
    from product_day
    group by shop, day, product_id
),

shops as (
    select * from staging.stg_shops
)

select
    products.shop,
    products.day,
    cast(date_trunc('week', products.day) as date) as week_start,
    products.product_id,
    products.item_number,
    products.visitors,
    products.views,
    products.search_impressions,
    products.search_clicks,
    products.cart_buyers,
    products.order_buyers,
    products.pay_buyers,
    products.pay_pieces,
    products.pay_amount,
    products.refunded,
    shops.currency,
    products.load_id
from products
inner join shops using (shop)
order by day
