/*
title: {zh: 拉新成本, en: cost of a new buyer}
stage: 4
grains: {shop: [week]}
partition: onward
value: ratio
needs_denominator: true
unit: money
direction: down
inputs: [ad_day, orders]
numerator: {zh: 花费, en: spend}
denominator: {zh: 新买家数, en: new buyers}
definition:
  zh: 一周的推广花费除以当周第一次付款的买家数
  en: ad spend of the week divided by the buyers who paid for the first time
caveat:
  zh: 花费含老客带来的部分；只认得导出里出现过的买家；订单不写买家的店没有这个数
  en: >-
    all spend, also what regulars clicked; only buyers in earlier exports are known; shops whose orders name no buyer have
    none
at_stake: {zh: 不适用, en: does not apply}
source: ad reports, order exports
*/
with new_buyer_week as (
    select * from marts.fct_new_buyer_week
    where entity_type = 'shop'
),

shop_week as (
    select * from marts.fct_shop_week
    where spend is not null
)

select
    new_buyer_week.shop,
    'shop' as entity_type,
    new_buyer_week.shop as entity,
    new_buyer_week.week_start as day,
    shop_week.spend as numerator,
    new_buyer_week.new_buyers as denominator
from new_buyer_week
inner join shop_week using (shop, week_start)
