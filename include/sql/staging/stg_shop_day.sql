/*
grain: one row per shop and day of a platform's own report of the whole shop
partition: day
note: >
  The only source of a shop's visitors: reports by product count a visitor once for each product. Its money is the
  platform's own count; revenue is made from orders.
columns:
  visitors: Visitors of the shop, counted once a day; they do not add up over days
  views: Views of all the shop's pages
  new_visitors: Visitors who were not there before, as the platform counts them
  old_visitors: Visitors who were there before, as the platform counts them
  cart_buyers: Buyers who put something into the cart, counted once a day
  order_buyers: Buyers who placed an order, counted once a day
  pay_buyers: Buyers who paid, counted once a day
  pay_amount: Money paid in the shop, gross of later refunds, as the platform reports it
*/
with shop_day as (
    select *
    from raw.shop_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    visitors,
    sessions,
    views,
    new_visitors,
    old_visitors,
    cart_buyers,
    cart_pieces,
    order_buyers,
    order_pieces,
    order_items,
    order_amount,
    pay_buyers,
    pay_pieces,
    pay_orders,
    pay_amount,
    refunded,
    source,
    load_id,
    line
from shop_day
