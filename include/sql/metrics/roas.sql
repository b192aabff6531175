/*
title: {zh: 投入产出比, en: ROAS}
stage: 4
grains: {shop: [week, month], campaign: [week], tool: [week], product: [week], creative: [week]}
value: ratio
needs_denominator: true
shortfall: money
unit: ratio
direction: up
inputs: [ad_day]
parts: money
numerator: {zh: 总成交金额, en: attributed revenue}
denominator: {zh: 花费, en: spend}
definition:
  zh: 广告带来的总成交金额除以花费；手册的 ROI 1:3 即不低于 3
  en: revenue that the platform attributes to the ads divided by spend; the manual's ROI 1:3 is 3 or more
caveat:
  zh: 归因口径由平台决定；没有花费时不适用，既不是无穷大也不是零
  en: attribution is the platform's own; without spend it does not apply, it is neither infinite nor zero
at_stake:
  zh: 目标投产比 × 花费 − 总成交金额，下一周期照旧即再少这么多
  en: "the shop's ROAS target x spend - attributed revenue: what another period like this one goes without"
evidence: ad_weeks
source: manual 4 (marketing, paid traffic); 万相台无界 计划报表, 巨量千川 素材报表
*/
with campaign_week as (
    select
        *,
        week_start as day
    from marts.fct_campaign_week
),

product_day as (
    select * from marts.fct_ad_product_day
),

creative_day as (
    select * from marts.fct_ad_creative_day
),

ad_day as (
    select * from marts.fct_ad_day
),

ads as (
    select shop, 'shop' as entity_type, shop as entity, day, spend, ad_revenue from ad_day
    union all
    select shop, 'campaign' as entity_type, campaign_id as entity, day, spend, ad_revenue from campaign_week
    union all
    select shop, 'tool' as entity_type, tool as entity, day, spend, ad_revenue from campaign_week
    union all
    select shop, 'product' as entity_type, product_id as entity, day, spend, ad_revenue from product_day
    union all
    select shop, 'creative' as entity_type, creative_id as entity, day, spend, ad_revenue from creative_day
)

select
    shop,
    entity_type,
    entity,
    day,
    ad_revenue as numerator,
    spend as denominator,
    ad_revenue is null and spend > 0 as is_unknown
from ads
