/*
grain: one row per week of the product, the newest first, at most 12
of: [product]
place: 1
title: {zh: 每周销售, en: Sales by week}
columns:
  week_start: {title: {zh: 周一, en: Week from}, as: day}
  revenue: {title: {zh: 成交额, en: Revenue}, as: money}
  revenue_change: {title: {zh: 环比, en: Change}, as: change}
  pieces: {title: {zh: 件数, en: Pieces}, as: count}
  visitors: {title: {zh: 访客数, en: Visitors}, as: count}
  pay_conversion: {title: {zh: 支付转化率, en: Conversion}, as: share}
  refunded: {title: {zh: 退款, en: Refunds}, as: money}
  spend: {title: {zh: 推广花费, en: Ad spend}, as: money}
  roas: {title: {zh: 投入产出比, en: ROAS}, as: ratio}
*/
with weeks as (
    select * from review.weekly_product
    where shop = $shop and product_id = $entity
),

ads as (
    select
        week_start,
        cast(sum(spend) as decimal(18, 2)) as spend,
        cast(sum(ad_revenue) as decimal(18, 2)) as ad_revenue
    from marts.fct_ad_product_day
    where shop = $shop and product_id = $entity
    group by week_start
)

select
    weeks.week_start,
    weeks.revenue,
    weeks.revenue_change,
    weeks.pieces,
    weeks.visitors,
    weeks.pay_conversion,
    weeks.refunded,
    ads.spend,
    cast(ads.ad_revenue as double) / nullif(cast(ads.spend as double), 0) as roas,
    weeks.currency
from weeks
left join ads using (week_start)
order by weeks.week_start desc
limit 12
