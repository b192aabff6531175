/*
grain: one row per week of the product, of the four up to this one, newest first
columns:
  week_start: {title: {zh: 周一, en: Week from}}
  visitors: {title: {zh: 访客数, en: Visitors}, unit: count}
  cart_rate: {title: {zh: 加购率, en: Add-to-cart rate}, unit: share}
  pay_conversion: {title: {zh: 支付转化率, en: Conversion}, unit: share}
  pay_pieces: {title: {zh: 支付件数, en: Pieces}, unit: pieces}
  price: {title: {zh: 件均价, en: Mean price}, unit: money}
*/
with weeks as (
    select * from marts.fct_product_week
    where
        shop = $shop
        and product_id = $entity
        and week_start between cast($first_day as date) - 21 and $first_day
)

select
    week_start,
    visitors,
    cart_buyers / nullif(visitors, 0) as cart_rate,
    pay_buyers / nullif(visitors, 0) as pay_conversion,
    pay_pieces,
    cast(pay_amount as double) / nullif(pay_pieces, 0) as price
from weeks
order by week_start desc
