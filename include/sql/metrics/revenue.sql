/*
title: {zh: 成交额, en: revenue}
stage: 7
by: [shop]
adds_up: true
unit: money
direction: up
inputs: [orders]
numerator: {zh: 支付金额, en: paid amount}
denominator: {zh: 支付订单数, en: paid orders}
definition:
  zh: 当期支付的订单金额之和，不扣除之后的退款；未支付和取消的订单不计
  en: money paid for orders in the period, gross of later refunds; unpaid and cancelled orders do not count
caveat:
  zh: 退款另列一栏；净成交额等于成交额减退款；非本店币种的订单不计入，件数见 fct_shop_day
  en: >-
    refunds are a column of their own; net revenue is revenue minus refunds; orders in another currency than the
    shop's are left out, fct_shop_day counts them
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); order exports
*/
with shop_day as (
    select
        *,
        unnest(['day', 'week', 'month']) as grain
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
        sum(revenue) as revenue,
        sum(orders_paid) as orders_paid
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
    cast(revenue as decimal(18, 4)) as numerator,
    cast(orders_paid as decimal(18, 4)) as denominator,
    cast(revenue as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
where revenue is not null
