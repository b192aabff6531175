/*
grain: one row per version of the keyword's bid, the newest first, at most 12
of: [keyword]
place: 1
title: {zh: 出价记录, en: Bids}
columns:
  valid_from: {title: {zh: 自, en: From}, as: day}
  tool: {title: {zh: 工具, en: Tool}, as: text}
  name: {title: {zh: 推广计划, en: Campaign}, as: id}
  bid: {title: {zh: 出价, en: Bid}, as: money}
  industry_bid: {title: {zh: 行业均价, en: Industry average}, as: money}
  to_industry: {title: {zh: 出价 / 均价, en: Bid to average}, as: ratio}
  daily_cap: {title: {zh: 日限额, en: Daily cap}, as: money}
*/
with bids as (
    select * from marts.dim_keyword
    where shop = $shop and keyword = $entity
)

select
    valid_from,
    tool,
    campaign_id as name,
    'campaign' as entity_type,
    campaign_id as entity,
    bid,
    industry_bid,
    cast(bid as double) / nullif(cast(industry_bid as double), 0) as to_industry,
    daily_cap,
    currency
from bids
order by valid_from desc, campaign_id
limit 12
