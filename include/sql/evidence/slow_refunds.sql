/*
grain: one row per refund carried out in the period, the slowest first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  hours: {title: {zh: 用时, en: Took}, unit: hours}
  amount: {title: {zh: 退款金额, en: Refunded}, unit: money}
  applied_at: {title: {zh: 申请时间, en: Applied at}}
  completed_at: {title: {zh: 退款时间, en: Refunded at}}
  reason: {title: {zh: 退款原因, en: Reason}}
*/
with shops as (
    select * from marts.dim_shop
),

refunds as (
    select
        *,
        round(epoch(completed_at - applied_at) / 3600, 1) as hours
    from marts.fct_refund
    semi join shops using (shop, currency)
    where
        shop = $shop
        and day between $first_day and $last_day
        and status = 'refunded'
        and applied_at is not null
        and completed_at is not null
)

select order_id, hours, amount, applied_at, completed_at, reason
from refunds
order by hours desc, order_id
