/*
title: {zh: 免费流量占比, en: share of free traffic}
stage: 4
grains: {shop: [week, month]}
value: ratio
unit: share
direction: up
nothing: not_applicable
inputs: [source_day]
numerator: {zh: 免费来源的访客数, en: visitors of free sources}
denominator: {zh: 各来源访客数之和, en: visitors of all sources}
definition:
  zh: 流量来源第一级中，不是付费推广的来源带来的访客占各来源访客之和的比例
  en: visitors who came by first-level sources of traffic that are not paid ads, as a share of the visitors of all sources
caveat:
  zh: 第一级来源名称里有“付费”“广告”或“推广”的算付费；同一人从两个来源进来计两次；只用生意参谋流量来源，不用 GA4
  en: >-
    a first-level source is paid if its name has 付费, 广告 or 推广 in it; a person who came by two sources counts twice; of
    Sycm's traffic sources only, not of GA4
at_stake: {zh: 不适用, en: does not apply}
source: manual 4 (marketing, free traffic); 生意参谋 流量来源
*/
with source_day as (
    select
        *,
        regexp_matches(source_1, '付费|广告|推广') as is_paid,
        coalesce(source_2, '汇总') = '汇总' as is_total
    from staging.stg_source_day
    where coalesce(source_1, '汇总') != '汇总' and coalesce(source_3, '汇总') = '汇总' and visitors is not null
),

-- A first-level source without a total of its own is the sum of its second level.
firsts as (
    select *
    from source_day
    qualify is_total or not bool_or(is_total) over (partition by shop, day, source, source_1)
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    sum(if(is_paid, 0, visitors)) as numerator,
    sum(visitors) as denominator
from firsts
group by shop, day
