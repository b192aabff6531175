/*
grain: one row per reason of the product's refunds of orders of the period, the most money first
columns:
  reason: {title: {zh: 退款原因, en: Reason}}
  refunds: {title: {zh: 笔数, en: Refunds}}
  amount: {title: {zh: 退款金额, en: Amount}, unit: money}
  newest: {title: {zh: 最近一笔, en: Latest}}
*/
with refunds as (
    select * from marts.fct_refund
    where
        shop = $shop
        and product_id = $entity
        and order_day between $first_day and $last_day
        and status = 'refunded'
)

select
    coalesce(reason, '—') as reason,
    count(*) as refunds,
    cast(sum(amount) as decimal(18, 2)) as amount,
    max(day) as newest
from refunds
group by reason
order by amount desc nulls last, refunds desc, reason
