/*
title: {zh: 超时送达率, en: late deliveries}
stage: 5
grains: {carrier: [week, month], shop: [week, month]}
partition: whole
value: ratio
unit: share
direction: down
inputs: [parcels]
numerator: {zh: 7 天内没有签收的包裹数, en: parcels not delivered within 7 days}
denominator: {zh: 当期到 7 天的包裹数, en: parcels whose 7 days ended in the period}
definition:
  zh: 发货后满 7 天落在当期的包裹中，到时还没有签收的占比
  en: of the parcels whose 7 days after shipping ended in the period, the share not delivered by then
caveat:
  zh: 满 7 天以后没有再查过、也没有签收时间的包裹不知道结果，不计入
  en: excludes parcels without a delivery time that were not checked after their 7 days
at_stake: {zh: 不适用, en: does not apply}
evidence: late_parcels
source: manual 5 (order fulfilment, default); shopwatch 包裹跟踪表
*/
with parcels as (
    select * from marts.fct_parcel
    where is_late is not null
),

due as (
    select
        shop,
        unnest([
            {'entity_type': 'carrier', 'entity': carrier},
            {'entity_type': 'shop', 'entity': shop}
        ], recursive := true),
        cast(delivery_due_at as date) as day,
        is_late
    from parcels
)

select
    shop,
    entity_type,
    entity,
    day,
    count(*) filter (where is_late) as numerator,
    count(*) as denominator
from due
group by all
