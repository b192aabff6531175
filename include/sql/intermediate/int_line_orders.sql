/*
grain: one row per order that order lines describe
partition: order
note: >
  Lines without a time of order or payment make no order. Money of the order counts once: the order's own
  where the lines state it, else the paid lines' together. An order whose lines sum below zero is a cancellation of
  an earlier one, so it is a refund. An order is shipped when its last line is, so it is promised for when the last is.
columns:
  refunded: Refunds that its lines state, as far as they do
  is_refund_known: Whether they state it for all that was paid
  is_amount_missing: Whether they state a refund without its amount
*/
with order_lines as (
    select
        *,
        list_position(['unpaid', 'paid', 'shipped', 'delivered', 'completed', 'refunded', 'closed'], status) as step
    from intermediate.int_order_lines
    semi join changed_orders using (shop, order_id)
    where is_paid is not null
),

summed as (
    select
        shop,
        order_id,
        coalesce(min(day) filter (where is_paid), min(day)) as day,
        bool_or(is_paid) as is_paid,
        any_value(buyer order by line_id, line) as buyer,
        any_value(region order by line_id, line) as region,
        any_value(province order by line_id, line) as province,
        any_value(city order by line_id, line) as city,
        any_value(currency order by line_id, line) as currency,
        coalesce(min(step) filter (where is_paid), min(step)) as step,
        sum(quantity) as quantity,
        max(order_paid) as order_paid,
        coalesce(max(order_paid), round(sum(line_gross) filter (where is_paid), 2)) as amount,
        max(order_refunded) as order_refunded,
        sum(line_refunded) filter (where is_paid) as lines_refunded,
        bool_and(line_refunded is not null) filter (where is_paid) as is_lines_known,
        bool_or(refund_status = 'refunded' and line_refunded is null) as is_amount_missing,
        coalesce(max(refund_status) filter (where refund_status = 'refunded'), max(refund_status)) as refund_status,
        bool_and(is_refund_complete) as is_refund_complete,
        min(ordered_at) as ordered_at,
        min(paid_at) as paid_at,
        max(promised_ship_at) filter (where is_paid) as promised_ship_at,
        max(shipped_at) as shipped_at,
        max(completed_at) as completed_at,
        min(load_id) as load_id
    from order_lines
    group by shop, order_id
),

given_back as (
    select
        *,
        case
            when not is_paid then 0
            when amount < 0 then -amount
            when coalesce(order_paid, order_refunded) is null then lines_refunded
            else refunded_of(
                amount, true, order_refunded, if(step >= 6, 'closed', 'paid'), refund_status, is_refund_complete
            )
        end as refunded
    from summed
)

select
    shop,
    order_id,
    day,
    buyer,
    region,
    province,
    city,
    case
        when amount < 0 then 'refund'
        else coalesce(['unpaid', 'paid', 'shipped', 'delivered', 'completed', 'refunded', 'closed'][step], 'paid')
    end as status,
    is_paid and coalesce(amount, 0) >= 0 as is_paid,
    cast(quantity as bigint) as quantity,
    cast(
        case
            when not is_paid or amount < 0 then 0
            else amount
        end as decimal(18, 2)
    ) as paid_gross,
    cast(refunded as decimal(18, 2)) as refunded,
    refunded is not null and (is_lines_known or not is_paid or amount < 0 or order_paid is not null or order_refunded is not null)
        as is_refund_known,
    coalesce(is_amount_missing, false) as is_amount_missing,
    currency,
    ordered_at,
    paid_at,
    promised_ship_at,
    shipped_at,
    completed_at,
    load_id
from given_back
order by day
