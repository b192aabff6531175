/*
title: {zh: 商品退款率, en: refund rate of a product}
stage: 5
grains: {product: [week]}
value: ratio
at_most_one: true
unit: share
direction: down
inputs: [orders, order_refunds, order_products]
parts: money
numerator: {zh: 退款金额, en: money given back}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: 当周付款的订单里，这个商品至今的退款金额除以它的支付金额
  en: refunds to date for the product in orders paid in the week, divided by the amount paid for it
caveat:
  zh: 只注明订单的退款按金额分摊到各商品；邮费不在内；退款晚于付款，最近几周还会变大
  en: a refund that names only its order is shared by its products by value; without postage; refunds come after payment, so recent weeks still grow
at_stake:
  zh: 当周的退款金额，下一周照旧即再退这么多
  en: "money given back for the week's orders: what another week like this one gives back"
evidence: product_refunds
source: manual 5 (order fulfilment, default); order exports, refund lists
*/
with sales_week as (
    select * from marts.fct_product_sales_week
    where revenue > 0
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    refunded as numerator,
    revenue as denominator,
    refunded as at_stake,
    refunded is null as is_unknown
from sales_week
