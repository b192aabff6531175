/*
title: {zh: 发货时长, en: hours to ship}
stage: 5
by: [shop, carrier, region]
partition: whole
unit: hours
direction: down
inputs: [orders]
numerator: {zh: 从付款到发货的小时数之和, en: hours from payment to shipping}
denominator: {zh: 当期发货的订单数, en: orders shipped in the period}
definition:
  zh: 当期发货的订单从付款到发货平均多少小时，按全店、快递和收货省份
  en: mean hours from payment to shipping of the orders shipped in the period, of the shop, by carrier and by province
caveat:
  zh: 一单多包按第一个包裹；没有发货时间的订单不在其中
  en: an order of several parcels ships with its first; orders without a time of shipping are not in it
at_stake: {zh: 不适用, en: does not apply}
source: manual 5 (order fulfilment)
*/
with shipments as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_shipment
    where ship_hours is not null
),

ended as (
    select
        *,
        cast(date_trunc(grain, shipped_at) as date) as period_start
    from shipments
),

of_whom as (
    select shop, 'shop' as entity_type, shop as entity, grain, period_start, ship_hours from ended
    union all
    select shop, 'carrier' as entity_type, carrier as entity, grain, period_start, ship_hours from ended
    union all
    select shop, 'region' as entity_type, province as entity, grain, period_start, ship_hours from ended
),

summed as (
    select
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        cast(sum(cast(ship_hours * 3600 as bigint)) as double) / 3600 as hours,
        cast(count(*) as bigint) as shipments
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
    cast(shipments as decimal(18, 4)) as denominator,
    hours / shipments as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
