/*
title: {zh: 访客价值, en: value per visitor}
stage: 7
by: [shop]
unit: money
direction: up
nothing: not_applicable
inputs: [shop_day]
numerator: {zh: 支付金额, en: paid amount}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 平台报告的支付金额除以访客数（UV 价值）
  en: paid amount as the platform reports it divided by visitors
caveat:
  zh: 支付金额是平台口径，与按订单算的成交额可能有出入
  en: the amount is the platform's own and may differ from revenue made from orders
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); 生意参谋 店铺日数据, 京东商智 店铺
*/
with traffic_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_traffic_day
    where pay_amount is not null and visitors is not null
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from traffic_day
),

summed as (
    select
        shop,
        grain,
        period_start,
        cast(sum(pay_amount) as decimal(18, 2)) as pay_amount,
        cast(sum(visitors) as bigint) as visitors
    from by_period
    semi join touched_periods using (shop, grain, period_start)
    group by shop, grain, period_start
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    grain,
    period_start,
    cast(pay_amount as decimal(18, 4)) as numerator,
    cast(visitors as decimal(18, 4)) as denominator,
    cast(pay_amount as double) / nullif(visitors, 0) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
