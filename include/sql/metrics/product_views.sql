/*
title: {zh: 商品浏览量, en: product views}
stage: 3
grains: {product: [week]}
value: sum
unit: count
direction: up
inputs: [product_day]
numerator: {zh: 商品浏览量, en: "views of the product's page"}
denominator: {zh: 商品访客数, en: visitors of the product}
definition:
  zh: 一周各日商品详情页被浏览的次数之和
  en: views of the product's page, summed over the days of the week
caveat:
  zh: 次数，不是人数
  en: views, not people
at_stake: {zh: 不适用, en: does not apply}
source: manual 3 (products, weekly optimisation); 生意参谋 商品_全部
*/
with product_week as (
    select * from marts.fct_product_week
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    views as numerator,
    visitors as denominator
from product_week
