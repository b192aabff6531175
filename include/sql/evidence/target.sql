/*
grain: the target of the day's week or month, with the actions that it is split into
columns:
  action: {title: {zh: 拆分的动作, en: Actions}}
  actual: {title: {zh: 目前完成, en: So far}}
  target: {title: {zh: 目标, en: Target}}
  days_left: {title: {zh: 剩余天数, en: Days left}}
  pace_needed: {title: {zh: 剩下每天要做, en: Needed a day}}
  owner: {title: {zh: 负责部门, en: Department}, words: shopwatch_targets.owner}
*/
with targets as (
    select * from kpi.fct_target
    where
        shop = $shop
        and metric || '/' || grain = $entity
        and $last_day between period_start and period_end
)

select action, actual, target, days_left, pace_needed, owner
from targets
