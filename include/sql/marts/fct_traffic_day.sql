/*
grain: one row per shop and day of a platform's own report of the whole shop
partition: day
note: >
  The only source of a shop's visitors: reports by product count a visitor once for each product. Its money is the
  platform's own count; revenue is made from orders.
columns:
  visitors: Visitors of the shop, counted once a day; they do not add up over days
  views: Views of all the shop's pages
  cart_buyers: Buyers who put something into the cart, counted once a day
  order_buyers: Buyers who placed an order, counted once a day
  pay_buyers: Buyers who paid, counted once a day
  pay_amount: Money paid in the shop, gross of later refunds, as the platform reports it
*/
with shop_day as (
    select *
    from staging.stg_shop_day
    semi join changed_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
)

select
    shop_day.shop,
    shop_day.day,
    cast(date_trunc('week', shop_day.day) as date) as week_start,
    shop_day.visitors,
    shop_day.new_visitors,
    shop_day.old_visitors,
    shop_day.views,
    shop_day.cart_buyers,
    shop_day.order_buyers,
    shop_day.pay_buyers,
    shop_day.pay_pieces,
    shop_day.pay_amount,
    shops.currency,
    shop_day.load_id
from shop_day
inner join shops using (shop)
