/*
title: {zh: 退款后投产比, en: ROAS after refunds}
stage: 4
grains: {shop: [week]}
value: ratio
needs_denominator: true
unit: ratio
direction: up
inputs: [ad_day, orders, order_refunds]
parts: money
numerator: {zh: 退款后的总成交金额, en: attributed revenue after refunds}
denominator: {zh: 花费, en: spend}
definition:
  zh: 总成交金额 ×（1 − 全店当周退款率）÷ 花费
  en: attributed revenue x (1 - the shop's refund rate of the week) / spend
caveat:
  zh: 广告带来的订单按全店的退款率估算；退款晚于付款，最近几周还会变小
  en: orders by ads are taken to be refunded like the shop's others; refunds come after payment, so recent weeks still shrink
at_stake: {zh: 不适用, en: does not apply}
source: ad reports, order exports, refund exports
*/
with shop_week as (
    select * from marts.fct_shop_week
    where spend is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    week_start as day,
    cast(ad_revenue * cast(net_revenue as double) / nullif(revenue, 0) as decimal(18, 2)) as numerator,
    spend as denominator,
    numerator is null and spend > 0 as is_unknown
from shop_week
