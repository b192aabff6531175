/*
title: {zh: 利润, en: profit}
stage: 7
grains: {shop: [day, week, month]}
value: sum
partition: whole
adds_up: true
may_be_negative: true
unit: money
direction: up
inputs: [orders, order_refunds, order_products, goods_costs, selling_costs, ad_spend]
numerator: {zh: 贡献利润, en: contribution margin}
denominator: {zh: 退款后净额, en: amount after refunds}
definition:
  zh: 退款后净额 − 商品成本（加回可再售的退货）− 平台佣金 − 支付手续费 − 运费 − 退货运费 − 税费 − 其他费用 − 推广费，按付款日
  en: >-
    amount after refunds - goods (less returned goods sold again) - commission - payment fees - freight - return freight
    - tax - other costs - ad spend, by the day of payment
caveat:
  zh: 不含工资、房租；缺任何一项就不算；成本表和销售费用表都填的费用会扣两次，除非申报为“已含在商品成本中”；退款晚于付款，最近几周还会变
  en: >-
    no wages and no rent; missing while any of it is unknown; a cost that both the cost workbook and the selling costs have
    counts twice, unless declared part of the product's cost; refunds come after payment, so recent weeks still change
at_stake: {zh: 不适用, en: does not apply}
source: order lines, refunds, cost workbook, workbook of selling costs, ad reports
*/
with profit_day as (
    select * from marts.fct_profit_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    profit as numerator,
    revenue - refunded as denominator,
    profit is null as is_unknown
from profit_day
