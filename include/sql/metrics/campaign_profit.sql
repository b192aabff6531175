/*
title: {zh: 计划利润, en: profit of a campaign}
stage: 4
grains: {campaign: [week]}
value: sum
may_be_negative: true
unit: money
direction: up
inputs: [orders, order_refunds, order_products, goods_costs, selling_costs, ad_day]
numerator: {zh: 广告成交带来的毛利减花费, en: margin of attributed revenue minus spend}
denominator: {zh: 花费, en: spend}
definition:
  zh: 总成交金额 × 全店当周推广前利润率 − 花费
  en: attributed revenue x the shop's margin before ads of the week - spend
caveat:
  zh: 归因口径由平台决定；计划报表不写卖了哪些商品，所以按全店的利润率和退款算
  en: >-
    attribution is the platform's own; campaign reports do not name the products sold, so margin and refunds are the shop's
at_stake: {zh: 不适用, en: does not apply}
source: ad reports by campaign, order lines, refunds, cost workbook, workbook of selling costs
*/
with campaign_week as (
    select * from marts.fct_campaign_profit_week
)

select
    shop,
    'campaign' as entity_type,
    campaign_id as entity,
    week_start as day,
    profit as numerator,
    spend as denominator,
    profit is null as is_unknown
from campaign_week
