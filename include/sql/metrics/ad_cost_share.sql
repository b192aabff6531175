/*
title: {zh: 推广费占比, en: ad cost share (TACoS)}
stage: 4
grains: {shop: [week, month]}
value: ratio
needs_denominator: true
unit: share
direction: down
inputs: [ad_day, orders]
parts: money
numerator: {zh: 花费, en: spend}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: 推广花费除以全店支付金额，不论订单来自广告还是自然流量
  en: ad spend divided by all that was paid in the shop, whether ads or free traffic brought the order
caveat:
  zh: 只含平台报表里的推广费；没有推广报表的日子，花费和支付金额都不计
  en: only ad spend that platforms report; days without a report count neither spend nor payments
at_stake: {zh: 不适用, en: does not apply}
source: ad reports, order exports
*/
with ad_day as (
    select * from marts.fct_ad_day
),

reported_days as (
    select distinct shop, day from intermediate.int_covered_days
    where input = 'ad_day'
),

shop_day as (
    select * from marts.fct_shop_day
    semi join reported_days using (shop, day)
    where revenue is not null
),

parts as (
    select shop, day, spend, 0 as revenue from ad_day
    union all
    select shop, day, 0 as spend, revenue from shop_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    spend as numerator,
    revenue as denominator
from parts
