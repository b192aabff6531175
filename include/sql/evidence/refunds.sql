/*
grain: one row per order in the shop's currency, paid in the period and refunded, the most money first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  refunded: {title: {zh: 已退款, en: Refunded}, unit: money}
  paid_gross: {title: {zh: 支付金额, en: Paid}, unit: money}
  products: {title: {zh: 商品, en: Products}}
  reasons: {title: {zh: 退款原因, en: Reasons}}
*/
with shops as (
    select * from marts.dim_shop
),

orders as (
    select * from marts.fct_order
    semi join shops using (shop, currency)
    where shop = $shop and day between $first_day and $last_day and refunded > 0
),

lines as (
    select * from marts.fct_order_line
    where shop = $shop and day between $first_day and $last_day
),

refunds as (
    select * from marts.fct_refund
    where shop = $shop and order_day between $first_day and $last_day
),

products as (
    select order_id, string_agg(distinct product_name, '、' order by product_name) as products
    from lines
    group by order_id
),

reasons as (
    select order_id, string_agg(distinct reason, '、' order by reason) as reasons
    from refunds
    group by order_id
)

select orders.order_id, orders.refunded, orders.paid_gross, products.products, reasons.reasons
from orders
left join products using (order_id)
left join reasons using (order_id)
order by orders.refunded desc, orders.order_id
