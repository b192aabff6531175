/*
title: {zh: 商品访客数, en: product visitors}
stage: 3
grains: {product: [week]}
value: sum
unit: count
direction: up
inputs: [product_day]
numerator: {zh: 商品访客数, en: visitors of the product}
denominator: {zh: 有数据的天数, en: days reported}
definition:
  zh: 一周各日商品访客数之和
  en: sum of the product's daily visitors over the week
caveat:
  zh: 不能跨商品相加；平台按商品和日去重，同一人两天来访计两次
  en: they do not add up over products; a visitor on two days counts twice
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
    visitors as numerator,
    days_reported as denominator
from product_week
