/*
title: {zh: 新客占比, en: share of new buyers}
stage: 1
grains: {shop: [week], region: [week]}
partition: onward
value: ratio
unit: share
direction: up
inputs: [orders]
numerator: {zh: 新买家数, en: new buyers}
denominator: {zh: 支付买家数, en: buyers who paid}
definition:
  zh: 当周支付买家中第一次付款的占比，按全店和收货省份
  en: of the week's paying buyers, the share that had never paid before, of the shop and by province
caveat:
  zh: 只认得导出里出现过的买家，开头几周几乎都算新客；没有买家代号的订单不计
  en: only buyers in earlier exports are known, so in the first weeks nearly all are new; orders without a buyer are left out
at_stake: {zh: 不适用, en: does not apply}
source: manual 1 (audience profile); order exports
*/
with new_buyer_week as (
    select * from marts.fct_new_buyer_week
)

select
    shop,
    entity_type,
    entity,
    week_start as day,
    new_buyers as numerator,
    buyers as denominator
from new_buyer_week
