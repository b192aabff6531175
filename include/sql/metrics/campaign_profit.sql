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
    select * from marts.fct_campaign_week
),

profit_week as (
    select * from marts.fct_profit_week
)

select
    campaign_week.shop,
    'campaign' as entity_type,
    campaign_week.campaign_id as entity,
    campaign_week.week_start as day,
    cast(campaign_week.ad_revenue * profit_week.margin_rate_before_ads - campaign_week.spend as decimal(18, 2))
        as numerator,
    campaign_week.spend as denominator,
    numerator is null as is_unknown
from campaign_week
left join profit_week using (shop, week_start)
