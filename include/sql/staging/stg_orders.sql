/*
grain: one row per order of an order-level export
partition: day
columns:
  paid: The paid amount as the export states it, before or after refunds
  paid_gross: "What the buyer paid, before refunds; zero until the order is paid"
  refunded: Refunded so far; missing while the export does not state it
  is_deposit_only: Whether only the deposit of a presale was paid, which is no payment of the order
*/
with orders as (
    select *
    from raw.orders
    semi join changed_days using (shop, day)
),

money as (
    select * from seed.money
),

meant as (
    select
        orders.*,
        money.is_refund_here and not money.has_refund_amount as is_complete,
        orders.paid + if(money.is_net_of_refunds, coalesce(orders.refunded, 0), 0) as paid_for,
        is_deposit_only(orders.stages, paid_for, orders.payable) as is_deposit_only,
        is_money_in(orders.status, orders.paid_at, null, money.is_sales_list, null) and not is_deposit_only as is_paid
    from orders
    left join money using (source)
)

select
    shop,
    day,
    order_id,
    buyer,
    province,
    city,
    status,
    close_reason,
    quantity,
    payable,
    postage,
    is_paid,
    is_deposit_only,
    paid,
    cast(if(is_paid, paid_for, 0) as decimal(18, 2)) as paid_gross,
    cast(refunded_of(paid_for, is_paid, refunded, status, null, is_complete) as decimal(18, 2)) as refunded,
    currency,
    ordered_at,
    paid_at,
    shipped_at,
    completed_at,
    source,
    load_id,
    line
from meant
order by day
