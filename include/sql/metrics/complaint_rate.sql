/*
title: {zh: 投诉率, en: complaint rate}
stage: 6
grains: {shop: [week, month]}
rows: period
partition: whole
value: ratio
unit: share
direction: down
inputs: [orders, reviews, refunds]
numerator: {zh: 有投诉的订单数, en: orders that complained}
denominator: {zh: 支付订单数, en: paid orders}
definition:
  zh: 当期收到差评（1 到 2 星）、或申请退款且原因归咎店铺（质量、描述不符、破损、发错漏发、发货物流）的订单数，每单只计一次，除以当期支付订单数
  en: >-
    orders that in the period got a bad review (1 or 2 stars) or had a refund requested for a reason that blames the shop
    (quality, not as described, damage, wrong or missing item, delivery), each once, divided by orders paid in it
caveat:
  zh: 平台导出没有投诉清单，以差评和退款原因代替；原因是买家选的，不论退款结果；没写订单号的差评各算一单；多来自更早的订单
  en: >-
    no platform's export lists complaints, so bad reviews and reasons of refunds stand for them; buyers choose the
    reason, and it counts whatever became of the refund; a bad review without an order number counts as one; most are
    about earlier orders
at_stake: {zh: 不适用, en: does not apply}
evidence: complaints
source: manual 6 (customer service); shopwatch 评价主题表, 天猫退款
*/
with reviews as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_review
),

refunds as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_refund
    where fault is not null
),

shop_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_shop_day
),

complaining as (
    select
        shop,
        grain,
        day,
        coalesce(order_id, load_id || ':' || line) as complaint
    from reviews
    where is_bad
    union all
    select
        shop,
        grain,
        coalesce(cast(applied_at as date), day) as day,
        order_id as complaint
    from refunds
),

complaints as (
    select
        shop,
        grain,
        cast(date_trunc(grain, day) as date) as period_start,
        count(distinct complaint) as complaints
    from complaining
    group by all
),

sales as (
    select
        shop,
        grain,
        cast(date_trunc(grain, day) as date) as period_start,
        sum(orders_paid) as orders_paid
    from shop_day
    group by all
),

-- Before the first review that is written down nothing is known of complaints, afterwards none means none.
firsts as (
    select
        shop,
        grain,
        min(cast(date_trunc(grain, day) as date)) as first_period
    from reviews
    group by all
)

select
    sales.shop,
    'shop' as entity_type,
    sales.shop as entity,
    sales.grain,
    sales.period_start,
    coalesce(complaints.complaints, 0) as numerator,
    sales.orders_paid as denominator
from sales
inner join firsts using (shop, grain)
left join complaints using (shop, grain, period_start)
where sales.period_start >= firsts.first_period
