/*
title: {zh: 保本投产比, en: break-even ROAS}
stage: 4
grains: {shop: [week], product: [week]}
value: ratio
needs_denominator: true
unit: ratio
direction: down
inputs: [orders, order_refunds, order_products, selling_costs]
entity_input: goods_costs
parts: money
numerator: {zh: 支付金额, en: paid amount}
denominator: {zh: 推广前利润, en: margin before ads}
definition:
  zh: 支付金额 ÷ 推广前利润，即 1 ÷（净额利润率 ×（1 − 退款占比））；投产比低于它，广告就亏钱
  en: >-
    paid amount divided by the margin before ads, which is 1 / (margin rate of the amount after refunds x (1 - refund
    share)); ads with a lower ROAS lose money
caveat:
  zh: 推广前就亏钱的商品没有保本线，投多少亏多少；缺任何一项费用就不算
  en: a product that loses money before ads has none, as each sale by ads loses more; missing while a cost is unknown
at_stake: {zh: 不适用, en: does not apply}
source: order lines, refunds, cost workbook, workbook of selling costs
*/
with profit_day as (
    select * from marts.fct_profit_day
),

product_profit_day as (
    select * from marts.fct_product_profit_day
    where product_id is not null
),

earned as (
    select shop, 'shop' as entity_type, shop as entity, day, revenue, margin_before_ads from profit_day
    union all
    select shop, 'product' as entity_type, product_id as entity, day, revenue, margin_before_ads from product_profit_day
)

select
    shop,
    entity_type,
    entity,
    day,
    revenue as numerator,
    margin_before_ads as denominator,
    margin_before_ads is null as is_unknown
from earned
