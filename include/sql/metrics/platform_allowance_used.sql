/*
title: {zh: 平台考核余量占用, en: platform's allowance used}
stage: 6
grains: {measure: [day]}
partition: whole
value: given
unit: ratio
direction: down
inputs: [platform_standards]
numerator: {zh: 平台显示的数值, en: value that the platform states}
denominator: {zh: 平台要求, en: what the platform requires}
definition:
  zh: 平台允许的余地用掉了多少，到 1 即不达标：上限类为数值 ÷ 上限；下限为比率的，为（1 − 数值）÷（1 − 下限）；其他下限为 2 − 数值 ÷ 下限
  en: >-
    share of the platform's allowance that is used up; at 1 the requirement is not met. For a limit: value / limit; for a minimum
    rate: (1 - value) / (1 - minimum); for another minimum: 2 - value / minimum
caveat:
  zh: 数值和要求都照抄平台页面，按最近一次查看；平台改了要求，要写进下一次的表
  en: value and requirement are copied from the platform's page, as looked at last; if the platform changes a requirement, the next list has to
at_stake: {zh: 不适用, en: does not apply}
evidence: platform_standards
source: the platform's own page (Amazon Account Health and the like); platform standards workbook
*/
with standards as (
    select * from marts.fct_platform_standard
),

days as (
    select * from intermediate.int_days
)

select
    standards.shop,
    'measure' as entity_type,
    standards.measure as entity,
    days.day,
    standards.stated as numerator,
    standards.required as denominator,
    standards.allowance_used as value
from standards
inner join days
    on
        standards.shop = days.shop
        and days.day between standards.valid_from and coalesce(standards.valid_until, date '9999-12-31')
