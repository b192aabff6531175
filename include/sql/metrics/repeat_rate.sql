/*
variants:
  repeat_rate_30: {parameters: {days: 30}, evidence: first_products}
  repeat_rate_60: {parameters: {days: 60}}
  repeat_rate_90: {parameters: {days: 90}}
title: {zh: "{days} 天复购率", en: "repeat rate in {days} days"}
stage: 4
grains: {shop: [week, month]}
partition: whole
value: ratio
unit: share
direction: up
inputs: [orders, "orders_of_{days}_days"]
numerator: {zh: "{days} 天内再次付款的新买家数", en: "new buyers who paid again within {days} days"}
denominator: {zh: "当期满 {days} 天的新买家数", en: "new buyers of {days} days ago"}
definition:
  zh: 首次付款到当期满 {days} 天的买家中，{days} 天内又付过款的比例
  en: >-
    of the buyers whose first paid order became {days} days old in the period, the share who paid for another within these
    {days} days
caveat:
  zh: 说的是 {days} 天前来的买家，这 {days} 天的订单齐了，当天才算有数（覆盖率）；第一份导出之前的订单无从得知，老买家会被当成新买家
  en: >-
    it is about buyers who came {days} days ago, and a day counts as covered only if no orders of these {days} days are missing;
    orders before the first export are not known, so that a buyer of long ago looks new
at_stake: {zh: 不适用, en: does not apply}
source: manual 4 (marketing, repeat purchase rises); order exports
*/
with repeat_day as (
    select * from marts.fct_repeat_day
    where days_after = $days
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    repeat_buyers as numerator,
    new_buyers as denominator
from repeat_day
