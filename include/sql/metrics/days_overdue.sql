/*
title: {zh: 逾期天数, en: days overdue}
stage: 2
grains: {item: [day]}
partition: whole
value: last
unit: days
direction: down
inputs: [checklist]
numerator: {zh: 逾期天数, en: days overdue}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 当日仍未完成的事项超过应完成日的天数；已完成或未到期为 0
  en: days by which an item that was not done that day had passed its due date; 0 where it was done or not due yet
caveat:
  zh: 按最新的开店清单回看各日；没有应完成日的事项不计
  en: the newest checklist read back over all days; an item without a due date does not count
at_stake: {zh: 不适用, en: does not apply}
evidence: checklist
source: manual 2 (store set-up); shopwatch 开店清单
*/
with checklist_day as (
    select * from marts.fct_checklist_day
    where days_overdue is not null
)

select
    shop,
    'item' as entity_type,
    area || '/' || item as entity,
    day,
    days_overdue as numerator
from checklist_day
