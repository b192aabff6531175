/*
title: {zh: 退款订单与往常之比, en: refunded orders against usual}
stage: 5
grains: {shop: [week]}
partition: whole
rows: period
value: given
unit: ratio
direction: down
inputs: [orders, order_refunds]
numerator: {zh: 有退款的订单数, en: refunded orders}
denominator: {zh: 按前 8 周推算的有退款的订单数（至少 5 单）, en: refunded orders to be expected from the 8 weeks before (at least 5)}
definition:
  zh: 本周付款的订单中有退款的单数，除以按前 8 周退款占比（至少 4 周有数据）推算的单数；推算不足 5 单的按 5 单
  en: >-
    refunded orders of the week divided by the number expected from the refund share of the 8 weeks before (at least 4 of
    them known); an expectation below 5 counts as 5
caveat:
  zh: 按单数不按金额；退款晚于付款，前几周的退款更齐全，刚结束的一周偏低；不到 10 单退款不会翻倍；没有退款数据时不判断
  en: >-
    of orders, not of money; refunds come after payment, and more of those of earlier weeks are known, so the latest week
    is low; fewer than 10 refunded orders never count as doubled; not judged where no export reports refunds
at_stake:
  zh: 本周退款金额 ×（1 − 推算的退款单数 ÷ 退款单数），即多于往常的退款
  en: "money given back for the week's orders x (1 - expected / refunded orders): the refunds beyond the usual"
evidence: refunds
source: manual 5 (order fulfilment, default); order exports, 天猫退款
*/
with shop_day as (
    select * from marts.fct_shop_day
),

shop_week as (
    select
        shop,
        cast(date_trunc('week', day) as date) as week_start,
        cast(sum(orders_paid) as bigint) as orders_paid,
        cast(whole_sum(orders_refunded, orders_paid) as bigint) as orders_refunded,
        cast(whole_sum(refunded, revenue) as decimal(18, 2)) as refunded
    from shop_day
    group by all
),

with_usual as (
    select
        *,
        sum(orders_refunded) over weeks_before as orders_refunded_before,
        sum(orders_paid) filter (where orders_refunded is not null) over weeks_before as orders_paid_before,
        count(orders_refunded) filter (where orders_paid > 0) over weeks_before as weeks_known
    from shop_week
    window weeks_before as (
        partition by shop order by week_start
        range between interval 56 day preceding and interval 7 day preceding
    )
),

compared as (
    select
        *,
        if(
            weeks_known >= 4,
            greatest(cast(orders_paid * orders_refunded_before as double) / nullif(orders_paid_before, 0), 5),
            null
        ) as orders_expected
    from with_usual
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    'week' as grain,
    week_start as period_start,
    orders_refunded as numerator,
    orders_expected as denominator,
    if(orders_paid > 0, cast(orders_refunded as double) / orders_expected, null) as value,
    refunded * not_below_zero(1 - orders_expected / nullif(orders_refunded, 0)) as at_stake
from compared
