/*
title: {zh: 支付转化率, en: pay conversion}
stage: 3
by: [product, shop]
unit: share
direction: up
inputs: [product_day]
numerator: {zh: 支付买家数, en: paying buyers}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 支付买家数除以访客数，商品用商品访客数，全店用店铺访客数；一周或一月按各日之和计算
  en: paying buyers divided by visitors, of a product its own, of the shop the shop's; over a week or month the ratio of the sums of its days
caveat:
  zh: 平台按商品和日去重访客，同一访客两天来访计两次，周去重访客无从得知
  en: platforms count a visitor once per product and day; a visitor on two days counts twice, so weekly unique visitors are unknown
at_stake:
  zh: 按本店目标转化率本可多得的成交额
  en: sales that the shop's conversion target would have brought on top
source: manual 2.3 (products, weekly optimisation); 生意参谋 商品_全部
*/
with product_week as (
    select *
    from marts.fct_product_week
    semi join touched_weeks using (shop, week_start)
),

targets as (
    select * from staging.stg_targets
    where metric = 'pay_conversion'
),

traffic_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_traffic_day
    where visitors is not null and pay_buyers is not null
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from traffic_day
),

shop_price as (
    select
        shop,
        'week' as grain,
        week_start as period_start,
        cast(sum(pay_amount) as double) / nullif(sum(pay_buyers), 0) as value_per_buyer
    from product_week
    group by shop, week_start
),

things as (
    select
        shop,
        'product' as entity_type,
        product_id as entity,
        'week' as grain,
        week_start as period_start,
        visitors,
        pay_buyers,
        pay_amount
    from product_week
    union all
    select
        shop,
        'shop' as entity_type,
        shop as entity,
        grain,
        period_start,
        cast(sum(visitors) as bigint) as visitors,
        cast(sum(pay_buyers) as bigint) as pay_buyers,
        cast(sum(pay_amount) as decimal(18, 2)) as pay_amount
    from by_period
    semi join touched_periods using (shop, grain, period_start)
    group by shop, grain, period_start
),

priced as (
    select
        things.*,
        targets.target,
        coalesce(
            cast(things.pay_amount as double) / nullif(things.pay_buyers, 0),
            shop_price.value_per_buyer
        ) as value_per_buyer
    from things
    left join targets using (shop, grain, period_start)
    left join shop_price using (shop, grain, period_start)
)

select
    shop,
    entity_type,
    entity,
    grain,
    period_start,
    cast(pay_buyers as decimal(18, 4)) as numerator,
    cast(visitors as decimal(18, 4)) as denominator,
    cast(pay_buyers as double) / nullif(visitors, 0) as value,
    cast(not_below_zero(target * visitors - pay_buyers) * value_per_buyer as decimal(18, 2)) as at_stake
from priced
