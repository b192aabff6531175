/*
title: {zh: 滞留包裹, en: stuck parcels}
stage: 5
grains: {carrier: [day]}
partition: whole
value: last
unit: count
direction: down
nothing: zero
inputs: [parcels]
numerator: {zh: 没有动静的包裹数, en: parcels that do not move}
denominator: {zh: 在途包裹数, en: parcels under way}
definition:
  zh: 当日结束时发货满 24 小时还没有物流轨迹，或跟踪表记为滞留的包裹数
  en: parcels that at the end of the day had no trace 24 hours after shipping, or are marked as stuck in the workbook
caveat:
  zh: 以最近一次查询为准，没有再查的包裹一直算到 30 天
  en: as of the last check; a parcel that is not checked again counts up to 30 days
at_stake: {zh: 不适用, en: does not apply}
evidence: stuck_parcels
source: manual 5 (order fulfilment, default); shopwatch 包裹跟踪表
*/
with carrier_day as (
    select * from marts.fct_carrier_day
)

select
    shop,
    'carrier' as entity_type,
    carrier as entity,
    day,
    parcels_stuck as numerator,
    parcels_under_way as denominator
from carrier_day
