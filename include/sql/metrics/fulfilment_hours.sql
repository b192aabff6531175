/*
variants:
  ship_hours:
    parameters: {mart: marts.fct_shipment, hours: ship_hours, ended_at: shipped_at}
    inputs: [orders]
    title: {zh: 发货时长, en: hours to ship}
    numerator: {zh: 从付款到发货的小时数之和, en: hours from payment to shipping}
    denominator: {zh: 当期发货的订单数, en: orders shipped in the period}
    definition:
      zh: 当期发货的订单从付款到发货平均多少小时，按全店、快递和收货省份
      en: mean hours from payment to shipping of the orders shipped in the period, of the shop, by carrier and by province
    caveat:
      zh: 一单多包按第一个包裹；没有发货时间的订单不在其中
      en: an order of several parcels ships with its first; orders without a time of shipping are not in it
    source: manual 5 (order fulfilment)
  deliver_hours:
    parameters: {mart: marts.fct_parcel, hours: deliver_hours, ended_at: signed_at}
    inputs: [parcels]
    title: {zh: 送达时长, en: hours to deliver}
    numerator: {zh: 从发货到签收的小时数之和, en: hours from shipping to delivery}
    denominator: {zh: 当期签收的包裹数, en: parcels delivered in the period}
    definition:
      zh: 当期签收的包裹从发货到签收平均多少小时，按全店、快递和收货省份
      en: mean hours from shipping to delivery of the parcels delivered in the period, of the shop, by carrier and by province
    caveat:
      zh: 还没有签收的包裹不在其中
      en: parcels still under way are not in it
    source: manual 5 (order fulfilment); shopwatch 包裹跟踪表
stage: 5
grains: {shop: [week, month], carrier: [week, month], region: [week, month]}
partition: whole
value: ratio
unit: hours
direction: down
at_stake: {zh: 不适用, en: does not apply}
*/
with journeys as (
    select * from $mart
    where $hours is not null
),

ended as (
    select
        shop,
        carrier,
        province,
        cast($ended_at as date) as day,
        sum(cast($hours * 3600 as bigint)) as seconds,
        count(*) as count
    from journeys
    group by all
),

measured as (
    select
        *,
        unnest([
            {'entity_type': 'shop', 'entity': shop},
            {'entity_type': 'carrier', 'entity': carrier},
            {'entity_type': 'region', 'entity': province}
        ], recursive := true)
    from ended
)

select
    shop,
    entity_type,
    entity,
    day,
    sum(seconds) as numerator,
    sum(count) as denominator
from measured
group by shop, entity_type, entity, day
