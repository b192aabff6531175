/*
title: {zh: 首次响应时长, en: seconds to the first answer}
stage: 6
by: [agent, shop]
unit: seconds
direction: down
inputs: [service_agent_day]
numerator: {zh: 询单人数 × 首次响应秒数, en: inquiries x seconds to the first answer}
denominator: {zh: 询单人数, en: inquiries}
definition:
  zh: 首次响应时长的平均值，各日各客服按询单人数加权
  en: mean of the days' seconds to the first answer, each day and agent weighed by inquiries
caveat:
  zh: 平台只给日均值，周均值由日均值加权得到；期内有一天没有询单人数的，各日同权
  en: >-
    platforms tell a day's mean only, longer periods are made from these; where one day of the period has no
    inquiries, each day weighs the same
at_stake: {zh: 不适用, en: does not apply}
source: manual 6 (customer service); 千牛 客服绩效, 飞鸽 客服数据
*/
with service_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_service_day
    where first_answer_seconds is not null
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from service_day
),

touched as (
    select *
    from by_period
    semi join touched_periods using (shop, grain, period_start)
),

answers as (
    select shop, 'agent' as entity_type, agent as entity, grain, period_start, inquiries, first_answer_seconds from touched
    union all
    select shop, 'shop' as entity_type, shop as entity, grain, period_start, inquiries, first_answer_seconds from touched
),

weighed as (
    select
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        cast(sum(inquiries * cast(first_answer_seconds as decimal(18, 6))) as double) as seconds,
        cast(sum(inquiries) as bigint) as inquiries,
        count(inquiries) = count(*) and sum(inquiries) > 0 as is_weighed,
        avg(first_answer_seconds) as mean_of_days
    from answers
    group by shop, entity_type, entity, grain, period_start
)

select
    shop,
    entity_type,
    entity,
    grain,
    period_start,
    if(is_weighed, cast(seconds as decimal(18, 4)), null) as numerator,
    if(is_weighed, cast(inquiries as decimal(18, 4)), null) as denominator,
    if(is_weighed, seconds / inquiries, mean_of_days) as value,
    cast(null as decimal(18, 2)) as at_stake
from weighed
