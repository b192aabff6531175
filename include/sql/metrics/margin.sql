/*
title: {zh: 毛利率, en: margin}
stage: 3
grains: {product: [week], shop: [week, month]}
value: ratio
shortfall: money
may_be_negative: true
unit: share
direction: up
inputs: [product_day, product_costs]
parts: money
numerator: {zh: 支付金额减成本, en: paid amount minus cost}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: （支付金额 − 支付件数 × 单件成本）÷ 支付金额；单件成本是成本表的成本价加其他单件成本，按当日有效的计；全店为各商品之和
  en: >-
    (paid amount - pieces paid x cost of a piece) / paid amount; the cost is unit cost and other cost per piece of the cost
    workbook, as they hold on each day
caveat:
  zh: 包材、运费、扣点只有填进单件成本的才扣，销售费用表的费用不扣，推广费和之后的退款也不扣；没有成本的日子不计；只有规格成本的商品按各规格平均
  en: >-
    packing, freight and commission are taken off only where they are in the cost of a piece; selling costs of their own
    workbook, ad spend and later refunds are not; days without a known cost are left out; a product with costs of its
    units only has their average
at_stake:
  zh: 本店毛利率目标 × 支付金额 − 毛利，下一周期照旧即再少这么多
  en: "the shop's margin target x paid amount - margin: what another period like this one goes without"
evidence: prices
source: manual 3 (products, selection); cost workbook and 生意参谋 商品_全部
*/
with product_day as (
    select * from marts.fct_product_day
),

prices as (
    select * from marts.dim_product_price
    where unit_cost is not null
)

select
    product_day.shop,
    unnest([
        {'entity_type': 'product', 'entity': product_day.product_id},
        {'entity_type': 'shop', 'entity': product_day.shop}
    ], recursive := true),
    product_day.day,
    product_day.pay_amount - product_day.pay_pieces * prices.unit_cost as numerator,
    product_day.pay_amount as denominator
from product_day
inner join prices
    on
        product_day.shop = prices.shop
        and product_day.product_id = prices.product_id
        and product_day.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
