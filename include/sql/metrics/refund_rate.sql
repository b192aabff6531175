/*
title: {zh: 退款率, en: refund rate}
stage: 5
by: [shop]
unit: share
direction: down
inputs: [orders, order_refunds]
numerator: {zh: 退款金额, en: money given back}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: 当期付款的订单至今的退款金额除以支付金额
  en: what was given back up to now for orders paid in the period, divided by what was paid for them
caveat:
  zh: 按金额不按件数；退款晚于付款，最近几周还会变大；单独记为一单的退货按退货日计，最多为 100%；没有退款数据时不判断
  en: >-
    of money, not of orders; refunds come after payment, so recent weeks still grow; a return booked as an order of its
    own counts on its own day, up to 100 %; not judged where no export reports refunds
at_stake: {zh: 当期订单的退款金额, en: money given back for the period's orders}
source: manual 5 (order fulfilment, default); order exports, 天猫退款
*/
with shop_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_shop_day
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from shop_day
),

summed as (
    select
        shop,
        grain,
        period_start,
        whole_sum(refunded, revenue) as refunded,
        sum(revenue) as revenue
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
    cast(refunded as decimal(18, 4)) as numerator,
    cast(revenue as decimal(18, 4)) as denominator,
    cast(if(refunded > revenue, revenue, refunded) as double) / nullif(cast(revenue as double), 0) as value,
    cast(refunded as decimal(18, 2)) as at_stake
from summed
where revenue is not null
