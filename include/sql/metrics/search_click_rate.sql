/*
title: {zh: 搜索点击率, en: search click rate}
stage: 3
grains: {product: [week], shop: [week]}
value: ratio
unit: share
direction: up
inputs: [product_day]
numerator: {zh: 搜索点击次数, en: clicks in search}
denominator: {zh: 搜索曝光次数, en: impressions in search}
definition:
  zh: 搜索点击次数除以搜索曝光次数，按商品和全店；一周按各日之和计算
  en: clicks in search divided by impressions in search, by product and of the shop; over a week the ratio of the sums of its days
caveat:
  zh: 目前只有京东商智的商品明细报这两个数；没有曝光的商品不适用
  en: of the exports, only JD Shangzhi's product report has both; not applicable to a product without impressions
at_stake: {zh: 不适用, en: does not apply}
evidence: product_weeks
source: manual 3 (products, weekly optimisation); 京东商智 商品明细
*/
with product_week as (
    select * from marts.fct_product_week
    where search_impressions is not null
)

select
    shop,
    unnest([
        {'entity_type': 'product', 'entity': product_id},
        {'entity_type': 'shop', 'entity': shop}
    ], recursive := true),
    week_start as day,
    search_clicks as numerator,
    search_impressions as denominator
from product_week
