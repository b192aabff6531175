/*
title: {zh: 询单转化率, en: inquiry conversion}
stage: 6
grains: {agent: [week, month], shop: [week, month]}
value: ratio
unit: share
direction: up
nothing: not_applicable
inputs: [service_agent_day]
numerator: {zh: 询单后付款的人数, en: inquirers who paid}
denominator: {zh: 询单人数, en: inquiries}
definition:
  zh: 询单的买家中最终付款的占比，按客服和全店；一周按各日之和计算
  en: of the buyers who inquired, the share who paid in the end, by agent and of the shop; over a week the ratio of the sums of its days
caveat:
  zh: 付款归到哪位客服由平台判定；只报下单人数的平台（咚咚）没有这个指标；刚过去几天的询单还可能付款
  en: >-
    the platform decides which agent a payment belongs to; platforms that report placed orders only (Dongdong) have no such
    number; those who inquired in the last days may still pay
at_stake: {zh: 不适用, en: does not apply}
source: manual 6 (customer service); 千牛 客服绩效, 飞鸽 客服数据
*/
with service_day as (
    select * from marts.fct_service_day
    where paid_inquiries is not null and inquiries is not null
)

select
    shop,
    unnest([
        {'entity_type': 'agent', 'entity': agent},
        {'entity_type': 'shop', 'entity': shop}
    ], recursive := true),
    day,
    paid_inquiries as numerator,
    inquiries as denominator
from service_day
