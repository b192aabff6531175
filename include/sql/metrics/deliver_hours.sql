/*
title: {zh: 送达时长, en: hours to deliver}
stage: 5
by: [shop, carrier, region]
partition: whole
unit: hours
direction: down
inputs: [parcels]
numerator: {zh: 从发货到签收的小时数之和, en: hours from shipping to delivery}
denominator: {zh: 当期签收的包裹数, en: parcels delivered in the period}
definition:
  zh: 当期签收的包裹从发货到签收平均多少小时，按全店、快递和收货省份
  en: mean hours from shipping to delivery of the parcels delivered in the period, of the shop, by carrier and by province
caveat:
  zh: 还没有签收的包裹不在其中
  en: parcels still under way are not in it
at_stake: {zh: 不适用, en: does not apply}
source: manual 5 (order fulfilment); shopwatch 包裹跟踪表
*/
with parcels as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_parcel
    where deliver_hours is not null
),

ended as (
    select
        *,
        cast(date_trunc(grain, signed_at) as date) as period_start
    from parcels
),

of_whom as (
    select shop, 'shop' as entity_type, shop as entity, grain, period_start, deliver_hours from ended
    union all
    select shop, 'carrier' as entity_type, carrier as entity, grain, period_start, deliver_hours from ended
    union all
    select shop, 'region' as entity_type, province as entity, grain, period_start, deliver_hours from ended
),

summed as (
    select
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        cast(sum(cast(deliver_hours * 3600 as bigint)) as double) / 3600 as hours,
        cast(count(*) as bigint) as parcels
    from of_whom
    where entity is not null
    group by shop, entity_type, entity, grain, period_start
)

select
    shop,
    entity_type,
    entity,
    grain,
    period_start,
    cast(hours as decimal(18, 4)) as numerator,
    cast(parcels as decimal(18, 4)) as denominator,
    hours / parcels as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
