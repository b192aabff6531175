/*
grain: one row per source of the shop's traffic in the 28 days up to the night, the most visitors first
of: [shop]
place: 1
title: {zh: 近 28 天流量来源, en: Traffic by source in 28 days}
columns:
  channel: {title: {zh: 来源, en: Source}, as: text}
  visitors: {title: {zh: 访客数, en: Visitors}, as: count}
  pay_buyers: {title: {zh: 支付买家数, en: Buyers}, as: count}
  conversion: {title: {zh: 支付转化率, en: Conversion}, as: share}
  revenue: {title: {zh: 支付金额, en: Revenue}, as: money}
  newest: {title: {zh: 数据截至, en: Data up to}, as: day}
*/
with channels as (
    select * from marts.fct_channel_day
    where shop = $shop and day > cast($night as date) - 28 and day <= cast($night as date)
)

select
    channel,
    cast(sum(visitors) as bigint) as visitors,
    cast(sum(pay_buyers) as bigint) as pay_buyers,
    cast(sum(pay_buyers) as double) / nullif(cast(sum(visitors) as double), 0) as conversion,
    cast(sum(pay_amount) as decimal(18, 2)) as revenue,
    max(day) as newest,
    any_value(currency) as currency
from channels
group by channel
order by visitors desc nulls last, channel
limit 20
