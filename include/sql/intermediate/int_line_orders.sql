/*
grain: one row an order that its lines make known
partition: order
note: >
  Lines that do not say when they were ordered or paid make no order. Money of the order counts once: the order's own
  where the lines state it, else the paid lines': what was paid for them, else their amounts with tax and postage
  minus discounts, else quantity times price. An order whose lines sum below zero is a cancellation of an
  earlier one, so it is a refund.
*/
with order_lines as (
    select
        *,
        list_position(['unpaid', 'paid', 'shipped', 'delivered', 'completed', 'refunded', 'closed'], status) as step
    from intermediate.int_order_lines
    semi join touched_orders using (shop, order_id)
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
        coalesce(
            max(order_paid),
            sum(line_paid) filter (where is_paid),
            sum(list_sum([line_amount, line_tax, line_postage, -line_discount]))
                filter (where is_paid and line_amount is not null),
            round(sum(quantity * unit_price) filter (where is_paid), 2)
        ) as amount,
        coalesce(max(order_refunded), sum(line_refunded)) as refunded,
        min(ordered_at) as ordered_at,
        min(paid_at) as paid_at,
        max(shipped_at) as shipped_at,
        max(completed_at) as completed_at,
        min(load_id) as load_id
    from order_lines
    group by shop, order_id
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
    ) as paid,
    cast(greatest(-amount, refunded, 0) as decimal(18, 2)) as refunded,
    currency,
    ordered_at,
    paid_at,
    shipped_at,
    completed_at,
    load_id
from summed
