/*
grain: one row per month of the last 12 in which buyers' first order had the product, the newest first
of: [product]
place: 6
title: {zh: 首单买了本商品的买家, en: Buyers who started with this product}
columns:
  month: {title: {zh: 首次付款月份, en: Month of first order}, as: text}
  new_buyers: {title: {zh: 新买家数, en: New buyers}, as: count}
  repeat_buyers: {title: {zh: 90 天内复购人数, en: Bought again in 90 days}, as: count}
  repeat_share: {title: {zh: 90 天复购率, en: Repeat rate in 90 days}, as: share}
*/
with first_products as (
    select * from marts.fct_first_product_month
    where shop = $shop and product_id = $entity and cohort_month > cast($night as date) - interval 12 month
)

-- The share of a month whose 90 days are not over would look low.
select
    strftime(cohort_month, '%Y-%m') as month,
    new_buyers,
    repeat_buyers,
    if(has_matured, cast(repeat_buyers as double) / new_buyers, null) as repeat_share
from first_products
order by cohort_month desc
