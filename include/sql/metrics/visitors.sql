/*
title: {zh: 访客数, en: visitors}
stage: 7
grains: {shop: [day, week, month]}
value: sum
adds_up: true
unit: count
direction: up
inputs: [shop_day]
numerator: {zh: 访客数, en: visitors}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 全店访客数，各日之和
  en: visitors of the shop, summed over the days
caveat:
  zh: 平台按日去重，一周是各日之和：两天都来的人计两次
  en: platforms count a person once a day and a week is the sum of its days; a visitor on two days counts twice
at_stake: {zh: 不适用, en: does not apply}
evidence: channels
source: manual 7 (weekly review); 生意参谋 店铺日数据, 京东商智 店铺
*/
with traffic_day as (
    select * from marts.fct_traffic_day
    where visitors is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    visitors as numerator
from traffic_day
