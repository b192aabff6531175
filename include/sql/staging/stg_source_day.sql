/*
grain: one row per shop, day and source of traffic
partition: day
note: >
  Sources are a tree in which 汇总, or nothing, at a level stands for all that is below it, so rows are never added up.
columns:
  visitors: Visitors who came from the source, counted once a source and day
  views: Views by those who came from the source
  cart_buyers: Buyers from the source who put something into the cart
  order_buyers: Buyers from the source who placed an order
  pay_buyers: Buyers from the source who paid
  pay_amount: Money that the platform attributes to the source, gross of later refunds
*/
with source_day as (
    select *
    from raw.source_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    source_1,
    source_2,
    source_3,
    visitors,
    sessions,
    engaged_sessions,
    views,
    cart_buyers,
    order_buyers,
    pay_buyers,
    pay_pieces,
    pay_amount,
    source,
    load_id,
    line
from source_day
