/*
title: {zh: 支付转化率, en: pay conversion}
stage: 3
grains: {product: [week], shop: [week, month]}
value: ratio
shortfall: priced
unit: share
direction: up
inputs: [product_day]
covered_by: {shop: visitors}
numerator: {zh: 支付买家数, en: paying buyers}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 支付买家数除以访客数，商品用商品访客数，全店用店铺访客数；一周或一月按各日之和计算
  en: paying buyers divided by visitors, of a product its own, of the shop the shop's; over a week or month the ratio of the sums of its days
caveat:
  zh: 平台按商品和日去重访客，同一访客两天来访计两次，周去重访客无从得知
  en: platforms count a visitor once per product and day; a visitor on two days counts twice, so weekly unique visitors are unknown
at_stake:
  zh: （本店目标转化率 × 访客数 − 支付买家数）× 每位买家成交额，下一周期照旧即再少这么多
  en: >-
    (the shop's conversion target x visitors - paying buyers) x value per buyer: sales that another period like this one
    goes without
evidence: product_weeks
source: manual 2.3 (products, weekly optimisation); 生意参谋 商品_全部; of the shop 生意参谋 店铺日数据, 京东商智 店铺
*/
with product_week as (
    select * from marts.fct_product_week
),

traffic_day as (
    select * from marts.fct_traffic_day
    where visitors is not null and pay_buyers is not null
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    pay_buyers as numerator,
    visitors as denominator,
    pay_amount as at_stake
from product_week
union all by name
select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    pay_buyers as numerator,
    visitors as denominator,
    pay_amount as at_stake
from traffic_day
