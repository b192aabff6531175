/*
title: {zh: 新客占比, en: share of new buyers}
stage: 1
grains: {shop: [week], region: [week]}
partition: whole
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
with orders as (
    select * from marts.fct_order
    where is_paid
),

buyers as (
    select shop, buyer, first_paid_on from marts.dim_buyer
),

shops as (
    select shop, currency from marts.dim_shop
),

bought as (
    select
        orders.shop,
        orders.buyer,
        coalesce(orders.province, orders.region) as region,
        cast(date_trunc('week', orders.day) as date) as week_start,
        buyers.first_paid_on
    from orders
    inner join buyers using (shop, buyer)
    semi join shops using (shop, currency)
),

-- A buyer who had parcels sent to two provinces is one buyer of the shop.
of_whom as (
    select shop, 'shop' as entity_type, shop as entity, week_start, buyer, first_paid_on from bought
    union
    select shop, 'region' as entity_type, region as entity, week_start, buyer, first_paid_on from bought
)

select
    shop,
    entity_type,
    entity,
    week_start as day,
    count(*) filter (where first_paid_on >= week_start) as numerator,
    count(*) as denominator
from of_whom
group by all
