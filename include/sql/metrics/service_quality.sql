/*
variants:
  first_answer_seconds:
    parameters: {measure: first_answer_seconds}
    unit: seconds
    direction: down
    title: {zh: 首次响应时长, en: seconds to the first answer}
    numerator: {zh: 询单人数 × 首次响应秒数, en: inquiries x seconds to the first answer}
    definition:
      zh: 首次响应时长的平均值，各日各客服按询单人数加权
      en: mean of the days' seconds to the first answer, each day and agent weighed by inquiries
    caveat:
      zh: 平台只给日均值，周均值由日均值加权得到；期内有一天没有询单人数的，各日同权
      en: >-
        platforms report daily means only, and longer periods are their means; where one day of the period has no
        inquiries, each day weighs the same
  satisfaction:
    parameters: {measure: satisfaction}
    unit: share
    direction: up
    title: {zh: 客户满意率, en: satisfaction}
    numerator: {zh: 询单人数 × 满意率, en: inquiries x satisfaction}
    definition:
      zh: 客户满意率的平均值，各日各客服按询单人数加权
      en: mean of the days' satisfaction, each day and agent weighed by inquiries
    caveat:
      zh: 平台不给评价人数，只能按询单人数加权；期内有一天没有询单人数的，各日同权
      en: >-
        platforms do not report how many rated, so days are weighted by inquiries; where one day of the period has none, each
        day weighs the same
  answer_rate:
    parameters: {measure: answer_rate}
    unit: share
    direction: up
    title: {zh: 客服回复率, en: answer rate}
    numerator: {zh: 询单人数 × 回复率, en: inquiries x answer rate}
    definition:
      zh: 旺旺回复率的平均值，各日各客服按询单人数加权
      en: mean of the days' share of conversations that were answered, each day and agent weighed by inquiries
    caveat:
      zh: 目前只有千牛报这个数；平台不给接待次数，只能按询单人数加权；期内有一天没有询单人数的，各日同权
      en: >-
        of the exports, only Qianniu reports it, without the number of conversations, so days are weighted by inquiries; where one
        day of the period has none, each day weighs the same
  answered_in_30_seconds:
    parameters: {measure: answered_in_30_seconds}
    unit: share
    direction: up
    title: {zh: 30 秒应答率, en: answers within 30 seconds}
    numerator: {zh: 询单人数 × 30 秒应答率, en: inquiries x share answered within 30 seconds}
    definition:
      zh: 30 秒应答率的平均值，各日各客服按询单人数加权
      en: mean of the days' share of chats that were answered within 30 seconds, each day and agent weighed by inquiries
    caveat:
      zh: 目前有京东咚咚（30s应答率）和拼多多（8 点到 23 点）；平台不给会话数，只能按询单人数加权；期内有一天没有询单人数的，各日同权
      en: >-
        of the exports, Dongdong and Pinduoduo (from 8:00 to 23:00) report it, without the number of chats, so days are weighted by
        inquiries; where one day of the period has none, each day weighs the same
stage: 6
grains: {agent: [week, month], shop: [week, month]}
value: mean
inputs: [service_agent_day]
denominator: {zh: 询单人数, en: inquiries}
at_stake: {zh: 不适用, en: does not apply}
evidence: agent_days
source: manual 6 (customer service); 千牛 客服绩效, 飞鸽 客服数据, 咚咚 客服数据明细, 拼多多 客服绩效
*/
with service_day as (
    select * from marts.fct_service_day
    where $measure is not null
)

select
    shop,
    unnest([
        {'entity_type': 'agent', 'entity': agent},
        {'entity_type': 'shop', 'entity': shop}
    ], recursive := true),
    day,
    $measure as value,
    inquiries as denominator
from service_day
