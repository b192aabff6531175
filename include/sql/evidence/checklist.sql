/*
grain: the item of the set-up checklist as of the last day
columns:
  owner: {title: {zh: 负责部门, en: Department}, words: shopwatch_checklist.owner}
  due_on: {title: {zh: 应完成日, en: Due on}}
  done_on: {title: {zh: 完成日, en: Done on}}
  expires_on: {title: {zh: 到期日, en: Expires on}}
*/
with checklist_day as (
    select * from marts.fct_checklist_day
    where shop = $shop and area || '/' || item = $entity and day = $last_day
)

select owner, due_on, done_on, expires_on
from checklist_day
