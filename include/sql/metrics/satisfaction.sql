/*
title: {zh: 客户满意率, en: satisfaction}
stage: 6
by: [agent, shop]
unit: share
direction: up
inputs: [service_agent_day]
numerator: {zh: 询单人数 × 满意率, en: inquiries x satisfaction}
denominator: {zh: 询单人数, en: inquiries}
definition:
  zh: 客户满意率的平均值，各日各客服按询单人数加权
  en: mean of the days' satisfaction, each day and agent weighed by inquiries
caveat:
  zh: 平台不给评价人数，只能按询单人数加权；期内有一天没有询单人数的，各日同权
  en: >-
    platforms do not tell how many rated, so inquiries weigh the days; where one day of the period has none, each
    day weighs the same
at_stake: {zh: 不适用, en: does not apply}
source: manual 6 (customer service); 千牛 客服绩效, 飞鸽 客服数据
*/
with service_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_service_day
    where satisfaction is not null
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
    select shop, 'agent' as entity_type, agent as entity, grain, period_start, inquiries, satisfaction from touched
    union all
    select shop, 'shop' as entity_type, shop as entity, grain, period_start, inquiries, satisfaction from touched
),

weighed as (
    select
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        cast(sum(inquiries * cast(satisfaction as decimal(18, 6))) as double) as content,
        cast(sum(inquiries) as bigint) as inquiries,
        count(inquiries) = count(*) and sum(inquiries) > 0 as is_weighed,
        avg(satisfaction) as mean_of_days
    from answers
    group by shop, entity_type, entity, grain, period_start
)

select
    shop,
    entity_type,
    entity,
    grain,
    period_start,
    if(is_weighed, cast(content as decimal(18, 4)), null) as numerator,
    if(is_weighed, cast(inquiries as decimal(18, 4)), null) as denominator,
    if(is_weighed, content / inquiries, mean_of_days) as value,
    cast(null as decimal(18, 2)) as at_stake
from weighed
