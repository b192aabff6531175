/*
title: {zh: 浏览量, en: views}
stage: 7
grains: {shop: [day, week, month]}
value: sum
adds_up: true
unit: count
direction: up
inputs: [shop_day]
numerator: {zh: 浏览量, en: views}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 全店浏览量
  en: views of all the shop's pages
caveat:
  zh: 平台自己的统计
  en: as the platform counts them
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); 生意参谋 店铺日数据, 京东商智 店铺
*/
with traffic_day as (
    select * from marts.fct_traffic_day
    where views is not null and visitors is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    views as numerator,
    visitors as denominator
from traffic_day
