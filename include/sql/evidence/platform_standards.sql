/*
grain: one row per look at the measure up to the last day, the newest first
columns:
  valid_from: {title: {zh: 检查日期, en: Checked on}}
  stated: {title: {zh: 当前数值, en: Value}, unit: ratio}
  required: {title: {zh: 平台要求, en: Required}, unit: ratio}
  direction: {title: {zh: 要求方向, en: Direction}, words: shopwatch_platform_standards.direction}
  stated_in: {title: {zh: 出处, en: Stated in}}
*/
with standards as (
    select * from marts.fct_platform_standard
    where shop = $shop and measure = $entity and valid_from <= $last_day
)

select valid_from, stated, required, direction, stated_in
from standards
order by valid_from desc
limit 12
