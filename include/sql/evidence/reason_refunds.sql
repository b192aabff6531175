/*
grain: one row per product with refunds for the reason in the period, the most money first
columns:
  product: {title: {zh: 商品, en: Product}}
  refunds: {title: {zh: 笔数, en: Refunds}}
  amount: {title: {zh: 退款金额, en: Amount}, unit: money}
  newest: {title: {zh: 最近一笔, en: Latest}}
*/
with refunds as (
    select * from marts.fct_refund
    where shop = $shop and reason = $entity and day between $first_day and $last_day and status = 'refunded'
),

products as (
    select * from marts.dim_product
    where shop = $shop
)

select
    coalesce(products.title, refunds.product_id, '—') as product,
    count(*) as refunds,
    cast(sum(refunds.amount) as decimal(18, 2)) as amount,
    max(refunds.day) as newest
from refunds
left join products using (product_id)
group by all
order by amount desc nulls last, refunds desc, product
