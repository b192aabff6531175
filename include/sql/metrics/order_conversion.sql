/*
title: {zh: 下单转化率, en: order conversion}
stage: 3
grains: {product: [week], shop: [week]}
value: ratio
unit: share
direction: up
inputs: [product_day]
covered_by: {shop: visitors}
numerator: {zh: 下单买家数, en: buyers who ordered}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 下单买家数除以访客数，商品用商品访客数，全店用店铺访客数；一周按各日之和计算
  en: buyers who placed an order divided by visitors of the product or of the shop; over a week the ratio of the sums of its days
caveat:
  zh: 下单未必付款；平台按商品和日去重，同一人两天来访计两次
  en: an order may never be paid; a visitor on two days counts twice
at_stake: {zh: 不适用, en: does not apply}
source: manual 3 (products, weekly optimisation); 生意参谋 商品_全部; of the shop 生意参谋 店铺日数据, 京东商智 店铺
*/
with product_week as (
    select * from marts.fct_product_week
),

traffic_day as (
    select * from marts.fct_traffic_day
    where visitors is not null and order_buyers is not null
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    order_buyers as numerator,
    visitors as denominator
from product_week
union all by name
select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    order_buyers as numerator,
    visitors as denominator
from traffic_day
