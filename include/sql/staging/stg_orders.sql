/*
grain: one row an order of an order-level export
partition: day
columns:
  paid: The paid amount as the export states it, before or after refunds
  paid_gross: "What the buyer paid, before refunds; zero until the order is paid"
  refunded: Refunded so far; missing while the export does not tell
*/
with orders as (
    select *
    from raw.orders
    semi join touched_days using (shop, day)
),

money as (
    select * from seed.money
),

meant as (
    select
        orders.*,
        money.is_refund_here and not money.has_refund_amount as is_complete,
        is_money_in(orders.status, orders.paid_at, null, money.is_sales_list) as is_paid,
        orders.paid + if(money.is_net_of_refunds, coalesce(orders.refunded, 0), 0) as paid_for
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
