/*
title: {zh: 推广花费, en: ad spend}
stage: 4
grains: {shop: [week], campaign: [week]}
value: sum
unit: money
direction: down
inputs: [ad_day]
numerator: {zh: 花费, en: spend}
denominator: {zh: 总成交金额, en: attributed revenue}
definition:
  zh: 一周的推广花费；店铺的花费每个资金池只算一次，含计划报表没有的部分
  en: ad spend of the week; for the shop each ad account once, including spend in no campaign report
caveat:
  zh: 计划之和可能小于店铺花费；只有平台报表里的广告费，没有让利
  en: the campaigns may add up to less than the shop; ad spend as reported, without discounts
at_stake: {zh: 不适用, en: does not apply}
source: manual 4 (marketing, paid traffic); ad reports
*/
with campaign_week as (
    select * from marts.fct_campaign_week
),

shop_week as (
    select * from marts.fct_shop_week
    where spend is not null
),

ads as (
    select shop, 'campaign' as entity_type, campaign_id as entity, week_start, spend, ad_revenue from campaign_week
    union all
    select shop, 'shop' as entity_type, shop as entity, week_start, spend, ad_revenue from shop_week
)

select
    shop,
    entity_type,
    entity,
    week_start as day,
    spend as numerator,
    ad_revenue as denominator
from ads
