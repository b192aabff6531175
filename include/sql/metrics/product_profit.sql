/*
title: {zh: 商品利润, en: profit of a product}
stage: 3
grains: {product: [week, month]}
value: sum
may_be_negative: true
unit: money
direction: up
inputs: [orders, order_refunds, order_products, selling_costs, ad_spend]
entity_input: goods_costs
numerator: {zh: 贡献利润, en: contribution margin}
denominator: {zh: 退款后净额, en: amount after refunds}
definition:
  zh: 商品的退款后净额 − 成本（加回可再售的退货）− 按比例或按件分摊的佣金、手续费、运费、退货运费、税费 − 报表记在它名下的推广费
  en: >-
    amount after refunds of the product - its cost (less returned goods sold again) - its part of commission, payment
    fees, freight, return freight and tax - ad spend that reports name for it
caveat:
  zh: 没有记到商品的推广费和买家付的邮费不在任何商品里；没有成本的商品不算，有订单没有明细的日子也不算；成本表和销售费用表都填的费用会扣两次，除非申报为“已含在商品成本中”
  en: >-
    ad spend that names no product, and postage, are in none; a product without a known cost has no profit, nor has any on a
    day with orders without lines; a cost that both the cost workbook and the selling costs have counts twice, unless declared
    part of the product's cost
at_stake: {zh: 不适用, en: does not apply}
source: order lines, refunds, cost workbook, workbook of selling costs, ad reports
*/
with product_profit_day as (
    select * from marts.fct_product_profit_day
    where product_id is not null
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    day,
    profit as numerator,
    revenue - refunded as denominator,
    profit is null as is_unknown
from product_profit_day
