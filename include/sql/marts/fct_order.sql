/*
grain: one row per order
partition: day
note: >
  An order in both an order list and a line-level export is one order: its money comes from the list, the lines only
  fill gaps; if the list has the order unpaid and the lines have it paid, the lines are newer.
  A presale with only its deposit paid does not count as paid, whether or not the deposit was refunded. Refunded is
  the largest amount in list, lines and refund exports, shown on the day of the order; a status "refunded" (拼多多) means
  in full only where no refund export states an amount. The excess over the paid amount
  is refund_excess. Refunds of an order are known if its list or lines state them, if a refund export names the order,
  or if refund exports cover its day. A return that is booked as a separate order (status refund) has nothing paid.
  An order in a currency other than the shop's is included here, but in no KPI.
columns:
  subtotal: >-
    Money for the goods of a paid order, after all discounts: as the export states it, else paid gross less postage and added
    tax. Tax that prices include is part of it
  ordered_hour: Hour in which the order was placed (0 to 23), in the shop's time zone
  input: "Which input gives the order's money (orders: a list; order_lines: its lines)"
*/
with listed as (
    select *
    from staging.stg_orders
    semi join changed_orders using (shop, order_id)
    qualify row_number() over (partition by shop, order_id order by source) = 1
),

line_orders as (
    select *
    from intermediate.int_line_orders
    semi join changed_orders using (shop, order_id)
),

order_refunds as (
    select *
    from intermediate.int_order_refunds
    semi join changed_orders using (shop, order_id)
),

order_extras as (
    select *
    from intermediate.int_order_extras
    semi join changed_orders using (shop, order_id)
),

refund_days as (
    select shop, day
    from intermediate.int_covered_days
    where input = 'refunds'
),

shops as (
    select * from staging.stg_shops
),

matched as (
    select
        shop,
        order_id,
        if(
            listed.day is null
            or (
                not listed.is_paid
                and coalesce(line_orders.is_paid, false)
                and not (listed.is_deposit_only and listed.status = 'closed')
            ),
            'order_lines',
            'orders'
        ) as input,
        coalesce(listed.buyer, line_orders.buyer) as buyer,
        line_orders.region as country,
        coalesce(listed.province, line_orders.province) as province,
        coalesce(listed.city, line_orders.city) as city,
        coalesce(listed.quantity, line_orders.quantity) as quantity,
        coalesce(listed.currency, line_orders.currency) as currency,
        coalesce(listed.ordered_at, line_orders.ordered_at) as ordered_at,
        coalesce(listed.paid_at, line_orders.paid_at) as paid_at,
        line_orders.promised_ship_at,
        coalesce(listed.shipped_at, line_orders.shipped_at) as shipped_at,
        coalesce(listed.completed_at, line_orders.completed_at) as completed_at,
        coalesce(listed.load_id, line_orders.load_id) as load_id,
        if(input = 'orders', listed.day, line_orders.day) as day,
        if(input = 'orders', coalesce(listed.status, line_orders.status), line_orders.status) as status,
        if(input = 'orders', listed.is_paid, line_orders.is_paid) as is_paid,
        if(input = 'orders', listed.paid_gross, line_orders.paid_gross) as paid_gross,
        greatest(
            listed.refunded,
            if(line_orders.status = 'refunded' and order_refunds.refunded > 0, null, line_orders.refunded),
            order_refunds.refunded,
            0
        ) as refunded,
        listed.refunded is not null
        or coalesce(line_orders.is_refund_known, false)
        or order_refunds.refunded is not null as is_refund_stated,
        coalesce(line_orders.is_amount_missing, false) as is_amount_missing
    from listed
    full join line_orders using (shop, order_id)
    left join order_refunds using (shop, order_id)
),

orders as (
    select
        matched.* exclude (refunded),
        matched.refunded as refunded_stated,
        case
            when matched.is_refund_stated or (refund_days.day is not null and not matched.is_amount_missing)
                then case
                    when matched.status = 'refund' then matched.refunded
                    when not matched.is_paid then 0
                    else least(matched.refunded, matched.paid_gross)
                end
        end as refunded
    from matched
    left join refund_days using (shop, day)
),

changed as (
    select *
    from orders
    semi join changed_days using (shop, day)
)

select
    changed.shop,
    changed.day,
    changed.order_id,
    changed.buyer,
    changed.country,
    changed.province,
    changed.city,
    changed.status,
    changed.is_paid,
    changed.quantity,
    cast(changed.paid_gross as decimal(18, 2)) as paid_gross,
    cast(
        if(
            changed.is_paid,
            coalesce(
                order_extras.subtotal,
                not_below_zero(changed.paid_gross - order_extras.postage - order_extras.added_tax)
            ),
            0
        ) as decimal(18, 2)
    ) as subtotal,
    cast(changed.refunded as decimal(18, 2)) as refunded,
    cast(changed.paid_gross - changed.refunded as decimal(18, 2)) as paid_net,
    cast(changed.refunded_stated - changed.refunded as decimal(18, 2)) as refund_excess,
    coalesce(changed.currency, shops.currency) as currency,
    changed.ordered_at,
    extract('hour' from changed.ordered_at) as ordered_hour,
    changed.paid_at,
    changed.promised_ship_at,
    changed.shipped_at,
    changed.completed_at,
    changed.input,
    changed.load_id
from changed
inner join shops using (shop)
left join order_extras using (shop, order_id)
order by day
