/*
variants:
  new_buyer_cost:
    parameters: {dividend: spend, divisor: new_buyers}
    title: {zh: 拉新成本, en: cost of a new buyer}
    unit: money
    direction: down
    numerator: {zh: 花费, en: spend}
    denominator: {zh: 新买家数, en: new buyers}
    definition:
      zh: 一周的推广花费除以当周第一次付款的买家数
      en: ad spend of the week divided by the buyers who paid for the first time
    caveat:
      zh: 花费含老客带来的部分；只认得导出里出现过的买家；订单不写买家的店没有这个数
      en: >-
        all spend, also what regulars clicked; only buyers in earlier exports are known; shops whose orders name no buyer
        have none
  new_buyer_roas:
    parameters: {dividend: new_buyer_revenue, divisor: spend}
    title: {zh: 新客投产比, en: ROAS of new buyers}
    unit: ratio
    direction: up
    numerator: {zh: 新买家支付金额, en: paid by new buyers}
    denominator: {zh: 花费, en: spend}
    definition:
      zh: 当周第一次付款的买家在当周付的钱，除以推广花费
      en: what buyers who paid for the first time paid in that week, divided by ad spend
    caveat:
      zh: 不看归因，自然流量带来的新客也算；只认得导出里出现过的买家
      en: without attribution, so new buyers by free traffic count as well; only buyers in earlier exports are known
stage: 4
grains: {shop: [week]}
partition: onward
value: ratio
needs_denominator: true
inputs: [ad_day, orders]
at_stake: {zh: 不适用, en: does not apply}
source: ad reports, order exports
*/
with new_buyer_week as (
    select * from marts.fct_new_buyer_week
    where entity_type = 'shop'
),

shop_week as (
    select shop, week_start, spend from marts.fct_shop_week
    where spend is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    week_start as day,
    $dividend as numerator,
    $divisor as denominator
from new_buyer_week
inner join shop_week using (shop, week_start)
