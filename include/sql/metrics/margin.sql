/*
title: {zh: 毛利率, en: margin}
stage: 3
by: [product]
may_be_negative: true
unit: share
direction: up
inputs: [product_day, product_costs]
numerator: {zh: 支付金额减成本, en: paid amount minus cost}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: （支付金额 − 支付件数 × 单件成本）÷ 支付金额；单件成本含包材、运费、扣点等，按当日有效的成本计
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
    select *
    from marts.fct_product_day
    semi join touched_weeks using (shop, week_start)
),

prices as (
    select * from marts.dim_product_price
),

targets as (
    select shop, period_start as week_start, target
    from staging.stg_targets
    where metric = 'margin' and grain = 'week'
),

costed as (
    select
        product_day.shop,
        product_day.week_start,
        product_day.product_id,
        sum(product_day.pay_amount) as revenue,
        sum(product_day.pay_amount - product_day.pay_pieces * prices.unit_cost) as margin
    from product_day
    inner join prices
        on
            product_day.shop = prices.shop
            and product_day.product_id = prices.product_id
            and product_day.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
    where prices.unit_cost is not null
    group by product_day.shop, product_day.week_start, product_day.product_id
)

select
    costed.shop,
    'product' as entity_type,
    costed.product_id as entity,
    'week' as grain,
    costed.week_start as period_start,
    cast(costed.margin as decimal(18, 4)) as numerator,
    cast(costed.revenue as decimal(18, 4)) as denominator,
    cast(costed.margin as double) / nullif(cast(costed.revenue as double), 0) as value,
    cast(not_below_zero(targets.target * costed.revenue - costed.margin) as decimal(18, 2)) as at_stake
from costed
left join targets using (shop, week_start)
