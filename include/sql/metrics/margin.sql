/*
title: {zh: 毛利率, en: margin}
stage: 3
by: [product, shop]
may_be_negative: true
unit: share
direction: up
inputs: [product_day, product_costs]
numerator: {zh: 支付金额减成本, en: paid amount minus cost}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: （支付金额 − 支付件数 × 单件成本）÷ 支付金额；单件成本含包材、运费、扣点等，按当日有效的成本计；全店为各商品之和
  en: >-
    (paid amount - pieces paid x cost of a piece) / paid amount; the cost includes packing, freight and commission, as
    it holds on each day
caveat:
  zh: 不扣推广费和之后的退款；没有成本的日子不计；只有规格成本的商品按各规格平均
  en: >-
    ad spend and later refunds are not taken off; days without a known cost are left out; a product with costs of its
    units only has their average
at_stake:
  zh: 距本店毛利率目标缺少的毛利
  en: money missing to the shop's margin target
source: manual 3 (products, selection); cost workbook and 生意参谋 商品_全部
*/
with product_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_product_day
),

prices as (
    select * from marts.dim_product_price
),

targets as (
    select * from staging.stg_targets
    where metric = 'margin'
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from product_day
),

touched as (
    select *
    from by_period
    semi join touched_periods using (shop, grain, period_start)
),

costed as (
    select
        touched.shop,
        touched.product_id,
        touched.grain,
        touched.period_start,
        touched.pay_amount as revenue,
        touched.pay_amount - touched.pay_pieces * prices.unit_cost as margin
    from touched
    inner join prices
        on
            touched.shop = prices.shop
            and touched.product_id = prices.product_id
            and touched.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
    where prices.unit_cost is not null
),

things as (
    select shop, 'product' as entity_type, product_id as entity, grain, period_start, revenue, margin
    from costed
    where grain = 'week'
    union all
    select shop, 'shop' as entity_type, shop as entity, grain, period_start, revenue, margin
    from costed
),

summed as (
    select
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        sum(revenue) as revenue,
        sum(margin) as margin
    from things
    group by shop, entity_type, entity, grain, period_start
)

select
    summed.shop,
    summed.entity_type,
    summed.entity,
    summed.grain,
    summed.period_start,
    cast(summed.margin as decimal(18, 4)) as numerator,
    cast(summed.revenue as decimal(18, 4)) as denominator,
    cast(summed.margin as double) / nullif(cast(summed.revenue as double), 0) as value,
    cast(not_below_zero(targets.target * summed.revenue - summed.margin) as decimal(18, 2)) as at_stake
from summed
left join targets using (shop, grain, period_start)
