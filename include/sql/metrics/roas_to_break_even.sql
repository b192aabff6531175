/*
title: {zh: 广告毛利与花费之比, en: margin of ads to spend}
stage: 4
grains: {campaign: [week]}
value: ratio
needs_denominator: true
may_be_negative: true
unit: ratio
direction: up
inputs: [orders, order_refunds, order_products, goods_costs, selling_costs, ad_day]
parts: money
numerator: {zh: 广告成交带来的毛利, en: margin of attributed revenue}
denominator: {zh: 花费, en: spend}
definition:
  zh: 总成交金额 × 全店当周推广前利润率 ÷ 花费，即投产比 ÷ 保本投产比；低于 1 就亏钱
  en: >-
    attributed revenue x the shop's margin before ads of the week, divided by spend: ROAS by break-even ROAS; below 1 the
    campaign loses money
caveat:
  zh: 归因口径由平台决定；计划报表不写买家买了什么，所以按全店的利润率和退款算；没有花费时不适用
  en: >-
    attribution is the platform's own; campaign reports do not name what buyers bought, so margin and refunds are the
    shop's; without spend it does not apply
at_stake:
  zh: 花费 − 广告成交带来的毛利，下一周期照旧即再亏这么多
  en: "spend - margin of attributed revenue: what another period like this one loses"
evidence: break_even
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
    ad_margin as numerator,
    spend as denominator,
    not_below_zero(spend - ad_margin) as at_stake,
    ad_margin is null as is_unknown
from campaign_week
