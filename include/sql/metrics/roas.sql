/*
title: {zh: 投入产出比, en: ROAS}
stage: 4
by: [shop, campaign, tool, product, creative]
unit: ratio
direction: up
inputs: [ad_day]
numerator: {zh: 总成交金额, en: attributed revenue}
denominator: {zh: 花费, en: spend}
definition:
  zh: 广告带来的总成交金额除以花费；手册的 ROI 1:3 即不低于 3
  en: revenue that the platform attributes to the ads divided by spend; the manual's ROI 1:3 is 3 or more
caveat:
  zh: 归因口径由平台决定；没有花费时不适用，既不是无穷大也不是零
  en: attribution is the platform's own; without spend it does not apply, it is neither infinite nor zero
at_stake:
  zh: 距目标投产比缺少的成交额
  en: revenue missing to the shop's ROAS target
source: manual 4 (marketing, paid traffic); 万相台无界 计划报表, 巨量千川 素材报表
*/
with campaign_week as (
    select *
    from marts.fct_campaign_week
    semi join touched_weeks using (shop, week_start)
),

product_day as (
    select *
    from marts.fct_ad_product_day
    semi join touched_weeks using (shop, week_start)
),

creative_day as (
    select *
    from marts.fct_ad_creative_day
    semi join touched_weeks using (shop, week_start)
),

ad_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_ad_day
),

targets as (
    select * from staging.stg_targets
    where metric = 'roas'
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from ad_day
),

ads as (
    select
        shop,
        'campaign' as entity_type,
        campaign_id as entity,
        'week' as grain,
        week_start as period_start,
        spend,
        ad_revenue
    from campaign_week
    union all
    select
        shop,
        'tool' as entity_type,
        tool as entity,
        'week' as grain,
        week_start as period_start,
        sum(spend) as spend,
        whole_ad_revenue(ad_revenue, spend) as ad_revenue
    from campaign_week
    where tool is not null
    group by shop, tool, week_start
    union all
    select
        shop,
        'product' as entity_type,
        product_id as entity,
        'week' as grain,
        week_start as period_start,
        sum(spend) as spend,
        whole_ad_revenue(ad_revenue, spend) as ad_revenue
    from product_day
    group by shop, product_id, week_start
    union all
    select
        shop,
        'creative' as entity_type,
        creative_id as entity,
        'week' as grain,
        week_start as period_start,
        sum(spend) as spend,
        whole_ad_revenue(ad_revenue, spend) as ad_revenue
    from creative_day
    group by shop, creative_id, week_start
    union all
    select
        shop,
        'shop' as entity_type,
        shop as entity,
        grain,
        period_start,
        sum(spend) as spend,
        whole_ad_revenue(ad_revenue, spend) as ad_revenue
    from by_period
    semi join touched_periods using (shop, grain, period_start)
    group by shop, grain, period_start
)

select
    ads.shop,
    ads.entity_type,
    ads.entity,
    ads.grain,
    ads.period_start,
    cast(ads.ad_revenue as decimal(18, 4)) as numerator,
    cast(ads.spend as decimal(18, 4)) as denominator,
    if(ads.spend > 0, cast(ads.ad_revenue as double) / cast(ads.spend as double), null) as value,
    cast(
        if(ads.spend > 0, not_below_zero(targets.target * ads.spend - ads.ad_revenue), null)
        as decimal(18, 2)
    ) as at_stake
from ads
left join targets using (shop, grain, period_start)
