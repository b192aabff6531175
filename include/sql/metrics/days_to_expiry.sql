/*
title: {zh: 距到期天数, en: days to expiry}
stage: 2
grains: {item: [day]}
partition: whole
value: last
may_be_negative: true
unit: days
direction: up
inputs: [checklist]
numerator: {zh: 距到期天数, en: days to expiry}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 资质或合同距到期日的天数，过期后为负
  en: days until a qualification or contract expires, negative once it has
caveat:
  zh: 换发后清单里改成新的到期日，之前的日子也按新的到期日计算，所以提醒会撤回
  en: once renewed, the checklist has the new date for the days before as well, so that the alert is withdrawn
at_stake: {zh: 不适用, en: does not apply}
evidence: checklist
source: manual 2 (store set-up); shopwatch 开店清单
*/
with checklist_day as (
    select * from marts.fct_checklist_day
    where days_to_expiry is not null
)

select
    shop,
    'item' as entity_type,
    area || '/' || item as entity,
    day,
    days_to_expiry as numerator
from checklist_day
