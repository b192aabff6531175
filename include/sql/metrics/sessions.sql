/*
title: {zh: 会话数, en: sessions}
stage: 7
grains: {shop: [day, week, month]}
value: sum
adds_up: true
unit: count
direction: up
inputs: [sessions]
numerator: {zh: 会话数, en: sessions}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 全店会话数（一次来访记一次），各日之和
  en: sessions of the shop (visits), summed over the days
caveat:
  zh: 会话不是访客，同一访客一天可有多次；亚马逊与 GA4 只提供会话数
  en: sessions are not visitors, who may have several a day; Amazon and GA4 count sessions only
at_stake: {zh: 不适用, en: does not apply}
evidence: session_days
source: manual 7 (weekly review); Amazon business report by date, GA4 traffic acquisition
*/
with session_day as (
    select * from marts.fct_session_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    sessions as numerator
from session_day
