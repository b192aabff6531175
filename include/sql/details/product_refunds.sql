/*
grain: one row per reason of the product's refunds in the last 8 weeks, the most money first
of: [product]
place: 3
title: {zh: 近 8 周退款原因, en: Refund reasons of the last 8 weeks}
columns:
  reason: {title: {zh: 原因, en: Reason}, as: text}
  refunds: {title: {zh: 笔数, en: Refunds}, as: count}
  amount: {title: {zh: 退款额, en: Amount}, as: money}
  newest: {title: {zh: 最近一笔, en: Latest}, as: day}
*/
with refunds as (
    select * from marts.fct_refund
    where shop = $shop and product_id = $entity and day > cast($night as date) - 56
)

select
    coalesce(reason, '—') as reason,
    count(*) as refunds,
    cast(sum(amount) as decimal(18, 2)) as amount,
    max(day) as newest,
    any_value(currency) as currency
from refunds
group by reason
order by amount desc nulls last, refunds desc, reason
limit 20
