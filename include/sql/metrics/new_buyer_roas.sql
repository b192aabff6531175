/*
title: {zh: 新客投产比, en: ROAS of new buyers}
stage: 4
grains: {shop: [week]}
partition: onward
value: ratio
needs_denominator: true
unit: ratio
direction: up
inputs: [ad_day, orders]
numerator: {zh: 新买家支付金额, en: paid by new buyers}
denominator: {zh: 花费, en: spend}
definition:
  zh: 当周第一次付款的买家在当周付的钱，除以推广花费
  en: what buyers who paid for the first time paid in that week, divided by ad spend
caveat:
  zh: 不看归因，自然流量带来的新客也算；只认得导出里出现过的买家
  en: without attribution, so new buyers by free traffic count as well; only buyers in earlier exports are known
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
    new_buyer_week.new_buyer_revenue as numerator,
    shop_week.spend as denominator
from new_buyer_week
inner join shop_week using (shop, week_start)
