/*
grain: one row per day and service agent of the period, newest first; of the agent, or of all agents of the shop
columns:
  day: {title: {zh: 日期, en: Day}}
  agent: {title: {zh: 客服, en: Agent}}
  inquiries: {title: {zh: 询单人数, en: Inquiries}}
  first_answer_seconds: {title: {zh: 首次响应, en: First reply}, unit: seconds}
  others_seconds: {title: {zh: 其他客服首次响应, en: Other agents' first reply}, unit: seconds}
  satisfaction: {title: {zh: 满意率, en: Satisfaction}, unit: share}
  answer_rate: {title: {zh: 回复率, en: Answered}, unit: share}
  answered_in_30_seconds: {title: {zh: 30 秒应答率, en: In 30 seconds}, unit: share}
*/
with service_day as (
    select * from marts.fct_service_day
    where shop = $shop and day between $first_day and $last_day
),

compared as (
    select
        service_day.*,
        sum(inquiries * first_answer_seconds) over one_day - inquiries * first_answer_seconds as others_total,
        sum(if(first_answer_seconds is null, null, inquiries)) over one_day - inquiries as others_inquiries
    from service_day
    window one_day as (partition by day)
)

select
    day,
    agent,
    inquiries,
    first_answer_seconds,
    cast(others_total as double) / nullif(others_inquiries, 0) as others_seconds,
    satisfaction,
    answer_rate,
    answered_in_30_seconds
from compared
where $entity in (agent, shop)
order by day desc, inquiries desc nulls last, agent
