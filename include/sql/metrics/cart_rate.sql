/*
title: {zh: 加购率, en: add-to-cart rate}
stage: 3
grains: {product: [week], shop: [week]}
value: ratio
unit: share
direction: up
inputs: [product_day]
covered_by: {shop: visitors}
numerator: {zh: 加购人数, en: buyers who added to cart}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 加购人数除以访客数，商品用商品访客数，全店用店铺访客数；一周按各日之和计算
  en: buyers who added to the cart divided by visitors of the product or of the shop; over a week the ratio of the sums of its days
caveat:
  zh: 平台按商品和日去重，同一人两天来访计两次
  en: platforms count a person once per product and day; a visitor on two days counts twice
at_stake: {zh: 不适用, en: does not apply}
evidence: product_weeks
source: manual 3 (products, weekly optimisation); 生意参谋 商品_全部; of the shop 生意参谋 店铺日数据, 京东商智 店铺
*/
with product_week as (
    select * from marts.fct_product_week
),

traffic_day as (
    select * from marts.fct_traffic_day
    where visitors is not null and cart_buyers is not null
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    cart_buyers as numerator,
    visitors as denominator
from product_week
union all by name
select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    cart_buyers as numerator,
    visitors as denominator
from traffic_day
